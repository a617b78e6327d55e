package dev.ghost.internal.dialect.postgres.sql;

import dev.ghost.internal.dialect.ErrorClass;
import java.sql.SQLException;
import java.util.Set;

/** Tells the kinds of PostgreSQL's errors apart. */
public final class PostgresErrors {

  private static final Set<String> MISFITS = Set.of("23502", "23503", "23514");
  private static final Set<String> DUPLICATES = Set.of("23505", "23P01");

  /**
   * With 53300, all connections are taken: none is to be had just now. 25P03 and 25P04 end a
   * transaction that has rested, or lasted, for too long, and the session with it.
   */
  private static final Set<String> LOST =
      Set.of("53300", "57P01", "57P02", "57P03", "57P05", "25P03", "25P04");

  /** Classes of errors: resources are short, an operator has intervened, the system has failed. */
  private static final Set<String> UNABLE = Set.of("53", "57", "58");

  private PostgresErrors() {}

  /** Classifies an error by its SQLSTATE. */
  public static ErrorClass classOf(SQLException error) {
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    if (DUPLICATES.contains(state)) {
      return ErrorClass.DUPLICATE;
    }
    if (MISFITS.contains(state) || state.startsWith("22")) {
      return ErrorClass.MISFIT;
    }
    // 08004: no password where one is needed, no TLS where it is wanted; the driver says so.
    if (state.startsWith("28") || state.equals("08004")) {
      return ErrorClass.LOGIN;
    }
    if (state.startsWith("08") || LOST.contains(state)) {
      return ErrorClass.CONNECTION_LOST;
    }
    return switch (state) {
      case "40P01", "40001" -> ErrorClass.DEADLOCK;
      case "55P03" -> ErrorClass.LOCK_TIMEOUT;
      case "57014" -> ErrorClass.KILLED;
      case "53100" -> ErrorClass.DISK_FULL;
      case "42P01" -> ErrorClass.NO_TABLE;
      case "3F000", "3D000", "57P04" -> ErrorClass.NO_SCHEMA;
      case "42501" -> ErrorClass.DENIED;
      case "P0001" -> ErrorClass.RAISED;
      case "42601" -> ErrorClass.SYNTAX;
      case "25006" -> ErrorClass.READ_ONLY;
      case "42703" -> ErrorClass.ALTERED;
      // A slot, or another object, that is in use just now.
      case "55006" -> ErrorClass.UNABLE;
      default ->
          UNABLE.contains(state.substring(0, Math.min(2, state.length())))
              ? ErrorClass.UNABLE
              : ErrorClass.OTHER;
    };
  }
}
