package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The settings by which a session of this user reads and writes values as text when nobody sets
 * any. What they are is not to be seen in our own sessions: the driver logs in with the time zone
 * of this machine and with a style of dates, and these go before the user's.
 *
 * @param values by name, without the time zone where that is not to be found out
 * @param dateFormat how dates are written: iso, or what our driver could not read
 */
public record PostgresUserSettings(Map<String, String> values, String dateFormat) {

  public static final String TIME_ZONE = "TimeZone";

  private static final List<String> ORDERS = List.of("mdy", "dmy", "ymd");

  /** Roles and databases have settings of their own; otherwise it is what the server has. */
  static PostgresUserSettings read(Connection c) throws SQLException {
    String sql =
        """
        WITH own AS (
          SELECT DISTINCT ON (lower(o.name)) lower(o.name) AS name, o.value
            FROM pg_db_role_setting AS s
           CROSS JOIN unnest(s.setconfig) AS u (setting)
           CROSS JOIN LATERAL (SELECT split_part(u.setting, '=', 1), substr(u.setting, strpos(u.setting, '=') + 1)) AS o (name, value)
           WHERE s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
             AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
           ORDER BY lower(o.name), s.setrole <> 0 DESC, s.setdatabase <> 0 DESC)
        SELECT p.name, p.boot_val, p.reset_val, own.value
          FROM pg_settings AS p LEFT JOIN own ON own.name = lower(p.name)
         WHERE lower(p.name) IN ('timezone', 'datestyle', 'intervalstyle', 'extra_float_digits', 'bytea_output')
        """;
    Map<String, String> file = file(c);
    Map<String, String> values = new LinkedHashMap<>();
    String dates = "iso, mdy";
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      while (rs.next()) {
        String name = rs.getString(1);
        String own = rs.getString(4);
        String fromFile = file.get(name.toLowerCase(Locale.ROOT));
        switch (name) {
          case TIME_ZONE -> {
            String zone = own != null ? own : fromFile;
            if (zone != null || !file.isEmpty()) {
              values.put(name, zone != null ? zone : rs.getString(2));
            }
          }
          // The driver names no order, so the server's is left in what it has made of it.
          case "DateStyle" ->
              dates =
                  dateStyle(
                      dates, fromFile != null ? fromFile : rs.getString(3), own != null ? own : "");
          default -> values.put(name, rs.getString(3));
        }
      }
    }
    values.put("DateStyle", "ISO, " + dates.substring(dates.indexOf(' ') + 1));
    if (values.containsKey(TIME_ZONE)) {
      values.put(TIME_ZONE, asShown(c, values.get(TIME_ZONE)));
    }
    return new PostgresUserSettings(values, dates.substring(0, dates.indexOf(',')));
  }

  /** What the server has read from its files, where this user may see that; else empty. */
  private static Map<String, String> file(Connection c) throws SQLException {
    Map<String, String> values = new LinkedHashMap<>();
    if (!Sql.yes(
        c,
        """
        SELECT has_table_privilege('pg_file_settings', 'SELECT')
           AND has_function_privilege('pg_show_all_file_settings()', 'EXECUTE')
        """)) {
      return values;
    }
    try (var statement = c.createStatement();
        ResultSet rs =
            statement.executeQuery(
                """
                SELECT lower(name), setting FROM pg_file_settings
                 WHERE name IS NOT NULL AND setting IS NOT NULL AND error IS NULL
                 ORDER BY seqno
                """)) {
      while (rs.next()) {
        values.put(rs.getString(1), rs.getString(2));
      }
    }
    return values;
  }

  /** The server has names of its own for some zones. */
  private static String asShown(Connection c, String zone) throws SQLException {
    String before = Sql.string(c, "SELECT current_setting('TimeZone')");
    String shown = Sql.string(c, "SELECT set_config('TimeZone', ?, true)", zone);
    Sql.string(c, "SELECT set_config('TimeZone', ?, true)", before);
    return shown;
  }

  /**
   * What becomes of a style of dates when others come on top, each of which may leave out the
   * format or the order.
   *
   * @return format and order, in lower case
   */
  static String dateStyle(String... styles) {
    String format = "iso";
    String order = "mdy";
    for (String style : styles) {
      boolean ordered = false;
      for (String word : style.toLowerCase(Locale.ROOT).split("[\\s,'\"]+")) {
        if (word.equals("default")) {
          format = "iso";
          order = "mdy";
        } else if (ORDERS.contains(word)) {
          order = word;
          ordered = true;
        } else if (word.startsWith("euro") || word.startsWith("noneuro") || word.equals("us")) {
          order = word.startsWith("euro") ? "dmy" : "mdy";
          ordered = true;
        } else if (!word.isEmpty()) {
          format = word;
          order = word.equals("german") && !ordered ? "dmy" : order;
        }
      }
    }
    return format + ", " + order;
  }

  public boolean knowsTimeZone() {
    return values.containsKey(TIME_ZONE);
  }

  /** Statements that give a transaction these settings. */
  public List<String> local() {
    return local(values);
  }

  public static List<String> local(Map<String, String> settings) {
    return settings.entrySet().stream()
        .map(v -> "SET LOCAL %s = %s".formatted(v.getKey(), Sql.literal(v.getValue())))
        .toList();
  }
}
