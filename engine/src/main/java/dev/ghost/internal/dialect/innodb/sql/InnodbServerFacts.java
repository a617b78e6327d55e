package dev.ghost.internal.dialect.innodb.sql;

import dev.ghost.api.RefusedException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The server's settings, as far as a migration depends on them.
 *
 * @param variables as the server writes them, by their names in lower case
 */
public record InnodbServerFacts(String version, Map<String, String> variables) {

  /**
   * Bytes of {@code max_allowed_packet}. A string that is longer than that is NULL, and so would be
   * the digest of the row; all of a row but its large values, which are digested each by itself,
   * takes less.
   */
  public static final long LEAST_PACKET = 1 << 20;

  /** The server takes no more. */
  public static final long MOST_PACKET = 1 << 30;

  public static InnodbServerFacts read(Connection c) throws SQLException {
    Map<String, String> shown = new HashMap<>();
    String sql =
        """
        SHOW GLOBAL VARIABLES WHERE Variable_name IN (
          'version', 'log_bin', 'binlog_format', 'binlog_row_image', 'binlog_order_commits',
          'binlog_row_value_options', 'gtid_mode', 'time_zone', 'max_write_lock_count',
          'innodb_native_foreign_keys', 'max_allowed_packet')
        """;
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      while (rs.next()) {
        shown.put(rs.getString(1), rs.getString(2));
      }
    }
    return of(shown);
  }

  static InnodbServerFacts of(Map<String, String> shown) {
    Map<String, String> variables = new HashMap<>();
    shown.forEach((name, value) -> variables.put(name.toLowerCase(Locale.ROOT), value));
    String version = variables.getOrDefault("version", "").replaceFirst("-.*", "");
    return new InnodbServerFacts(version, Map.copyOf(variables));
  }

  /**
   * One of the settings that are words, in upper case; the given value where the server no longer
   * has it.
   */
  public String get(String name, String absent) {
    return variables.getOrDefault(name, absent).toUpperCase(Locale.ROOT);
  }

  /** The zone of sessions that set none. The case matters: it can be the name of a file. */
  public String timeZone() {
    return variables.getOrDefault("time_zone", "SYSTEM");
  }

  /** Refuses strings that are too short for a row. */
  public static void checkPacket(long bytes) {
    if (bytes < LEAST_PACKET) {
      throw new RefusedException(
          "max_allowed_packet is %d bytes; comparing rows needs %d.".formatted(bytes, LEAST_PACKET),
          "SET GLOBAL max_allowed_packet = %d; then run the command again.".formatted(64L << 20));
    }
  }

  public boolean atLeast(int major, int minor, int patch) {
    String[] parts = version.split("[^0-9]+", 4);
    int[] wanted = {major, minor, patch};
    for (int i = 0; i < wanted.length; i++) {
      int part = i < parts.length && !parts[i].isEmpty() ? Integer.parseInt(parts[i]) : 0;
      if (part != wanted[i]) {
        return part > wanted[i];
      }
    }
    return true;
  }
}
