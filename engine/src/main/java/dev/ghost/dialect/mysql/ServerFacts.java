package dev.ghost.dialect.mysql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The server's settings, as far as a migration depends on them. */
record ServerFacts(String version, Map<String, String> variables) {

  static ServerFacts read(Connection c) throws SQLException {
    Map<String, String> variables = new HashMap<>();
    String sql =
        """
        SHOW GLOBAL VARIABLES WHERE Variable_name IN (
          'version', 'log_bin', 'binlog_format', 'binlog_row_image', 'binlog_order_commits',
          'binlog_row_value_options', 'gtid_mode', 'lower_case_table_names', 'time_zone',
          'max_allowed_packet', 'binlog_row_metadata')
        """;
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      while (rs.next()) {
        variables.put(
            rs.getString(1).toLowerCase(Locale.ROOT), rs.getString(2).toUpperCase(Locale.ROOT));
      }
    }
    return new ServerFacts(variables.getOrDefault("version", ""), Map.copyOf(variables));
  }

  /** A setting, upper case; the given value where the server no longer has it. */
  String get(String name, String absent) {
    return variables.getOrDefault(name, absent);
  }

  boolean atLeast(int major, int minor, int patch) {
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

  boolean gtids() {
    return get("gtid_mode", "OFF").startsWith("ON");
  }

  /** What a running migration leans on, with the value that it needs. */
  static final Map<String, String> NEEDED =
      Map.of(
          "log_bin", "ON",
          "binlog_format", "ROW",
          "binlog_row_image", "FULL",
          "binlog_order_commits", "ON",
          "binlog_row_value_options", "");
}
