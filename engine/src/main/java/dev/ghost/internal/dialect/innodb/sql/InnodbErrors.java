package dev.ghost.internal.dialect.innodb.sql;

import dev.ghost.internal.dialect.ErrorClass;
import java.sql.SQLException;
import java.util.Set;

/** The errors of the server; their numbers are the same in both products. */
public final class InnodbErrors {

  /** ER_NO_SUCH_TABLE. */
  public static final int NO_SUCH_TABLE = 1146;

  private static final Set<Integer> DUPLICATES = Set.of(1062, 1586, 1761, 1762);
  private static final Set<Integer> MISFITS =
      Set.of(
          1048, 1138, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1411, 1416, 1441, 1526, 1690, 3140,
          3156, 3157, 3668, 3819, 3903, 4025, 1918, 6136);

  /** With 1040, 1203 and 1226, all connections are taken: none is to be had just now. */
  private static final Set<Integer> LOST =
      Set.of(1040, 1053, 1152, 1184, 1203, 1226, 1927, 2006, 2013, 4031);

  private static final Set<Integer> DENIED = Set.of(1044, 1142, 1143, 1227, 1370);

  /**
   * Wrong user or password (1045, 1698), host blocked (1129) or not allowed (1130), a plugin that
   * one side lacks (1251, 1275, 1524), password expired (1820, 1862), account locked (3118, 3955;
   * MariaDB: 4151), TLS required (3159).
   */
  private static final Set<Integer> LOGIN =
      Set.of(1045, 1129, 1130, 1251, 1275, 1524, 1698, 1820, 1862, 3118, 3159, 3955, 4151);

  /**
   * No memory (1037, 1038, 1041), no thread (1135), no room in the table of locks (1206); shutting
   * down (1077, 1079, 1080); a file or a storage engine that failed (1026, 1030, 1180); a plugin
   * that stopped a commit (3100), not available (3168).
   */
  private static final Set<Integer> UNABLE =
      Set.of(1026, 1030, 1037, 1038, 1041, 1077, 1079, 1080, 1135, 1180, 1206, 3100, 3168);

  private InnodbErrors() {}

  /** What an error means for us. */
  public static ErrorClass classOf(SQLException error) {
    int code = error.getErrorCode();
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    if (DUPLICATES.contains(code)) {
      return ErrorClass.DUPLICATE;
    }
    if (MISFITS.contains(code)) {
      return ErrorClass.MISFIT;
    }
    if (DENIED.contains(code)) {
      return ErrorClass.DENIED;
    }
    if (LOGIN.contains(code)) {
      return ErrorClass.LOGIN;
    }
    if (UNABLE.contains(code)) {
      return ErrorClass.UNABLE;
    }
    return switch (code) {
      // 1020: a row was changed since it was read; newer MariaDB says so at once.
      case 1020, 1213, 3101 -> ErrorClass.DEADLOCK;
      case 1205 -> ErrorClass.LOCK_TIMEOUT;
      // 1969 and 3024: the time that somebody allows for a statement is over.
      case 1317, 1969, 3024 -> ErrorClass.KILLED;
      // The table's file, or a temporary one, cannot grow.
      case 1021, 1114 -> ErrorClass.DISK_FULL;
      case NO_SUCH_TABLE -> ErrorClass.NO_TABLE;
      case 1049 -> ErrorClass.NO_SCHEMA;
      // An unknown column; and a table that was altered since the snapshot was taken.
      case 1054, 1412 -> ErrorClass.ALTERED;
      case 1064 -> ErrorClass.SYNTAX;
      case 1290, 1792, 1836 -> ErrorClass.READ_ONLY;
      default ->
          LOST.contains(code) || (code == 0 && state.startsWith("08"))
              ? ErrorClass.CONNECTION_LOST
              : ErrorClass.OTHER;
    };
  }

  /** True for the errors of a statement whose wait for locks was ended, by whomever. */
  public static boolean isEndedWait(SQLException error) {
    ErrorClass errorClass = classOf(error);
    return errorClass == ErrorClass.KILLED
        || errorClass == ErrorClass.LOCK_TIMEOUT
        || errorClass == ErrorClass.DEADLOCK;
  }
}
