package dev.ghost.internal.dialect.innodb.rows;

import java.util.ArrayList;
import java.util.List;

/**
 * Which dates without a year, a month or a day the user's own ALTER would refuse to convert. A
 * column that keeps its type keeps such dates in any mode.
 *
 * @param zero refuses 0000-00-00
 * @param inDate refuses a month or a day of zero
 */
public record ZeroDates(boolean zero, boolean inDate) {

  /**
   * Reads a session's settings.
   *
   * @param sqlMode the user's own
   */
  public static ZeroDates of(String sqlMode) {
    List<String> modes = List.of(sqlMode.split(","));
    boolean strict = modes.contains("STRICT_TRANS_TABLES") || modes.contains("STRICT_ALL_TABLES");
    return new ZeroDates(
        strict && modes.contains("NO_ZERO_DATE"), strict && modes.contains("NO_ZERO_IN_DATE"));
  }

  /** The conditions under which a value is refused. */
  List<String> refused(String ref) {
    List<String> conditions = new ArrayList<>();
    String noYear = "YEAR(%1$s) = 0 AND MONTH(%1$s) = 0 AND DAYOFMONTH(%1$s) = 0".formatted(ref);
    if (zero) {
      conditions.add(noYear);
    }
    if (inDate) {
      conditions.add(
          "(MONTH(%1$s) = 0 OR DAYOFMONTH(%1$s) = 0) AND NOT (%2$s)".formatted(ref, noYear));
    }
    return conditions;
  }
}
