package dev.ghost.internal.dialect.postgres.server;

import dev.ghost.api.RefusedException;
import java.sql.SQLException;
import java.util.Optional;

/** Recognizes what a pooler such as PgBouncer says in the place of the server. */
public final class Poolers {

  /** PgBouncer's words for a parameter of the driver's that it does not know. */
  private static final String PARAMETER = "unsupported startup parameter";

  /** The same for a transaction, where each statement may go to another session. */
  private static final String STATEMENT_MODE = "statement pooling mode";

  private static final int DEEPEST = 20;

  private Poolers() {}

  /** Returns the refusal for an error that a pooler has made; empty for any other. */
  public static Optional<RefusedException> refusal(SQLException error) {
    if (says(error, STATEMENT_MODE)) {
      return Optional.of(
          new RefusedException(
              "A pooler in statement mode is between here and the server: it allows no"
                  + " transactions.",
              "Connect to the server directly, or to a pool with pool_mode = session.",
              error));
    }
    return says(error, PARAMETER)
        ? Optional.of(
            new RefusedException(
                "A pooler is between here and the server, and refuses the login: "
                    + error.getMessage(),
                "Connect to the server directly. The change stream logs in for replication, which"
                    + " PgBouncer passes on only since 1.23, and only in session mode.",
                error))
        : Optional.empty();
  }

  private static boolean says(Throwable error, String words) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (String.valueOf(cause.getMessage()).contains(words)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
