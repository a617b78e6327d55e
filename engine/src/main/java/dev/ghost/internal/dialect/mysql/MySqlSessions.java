package dev.ghost.internal.dialect.mysql;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What MySQL tells of its sessions. */
final class MySqlSessions {

  /** What tells of sessions and does not fail at what their statements contain. */
  private static final String SESSIONS =
      """
      (SELECT processlist_id AS id, processlist_command AS command
         FROM performance_schema.threads
        WHERE processlist_id IS NOT NULL)
      """;

  private static final String PROCESSLIST = "information_schema.processlist";

  private MySqlSessions() {}

  /**
   * The other table fails for everybody while any session that the user may see runs a statement
   * with a character of four bytes, or with bytes that are no text. A user who may not read
   * performance_schema mostly sees no others; nobody sees any there where it is switched off.
   */
  static String table(Connection c) throws SQLException {
    String own =
        "SELECT COUNT(*) FROM performance_schema.threads WHERE processlist_id = CONNECTION_ID()";
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(own)) {
      rs.next();
      return rs.getInt(1) > 0 ? SESSIONS : PROCESSLIST;
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      return PROCESSLIST;
    }
  }

  /** Those that were connected before a setting was made, or have made their own. */
  static List<String> thatLogLess(Connection c) throws SQLException {
    String sql =
        """
        SELECT t.processlist_id, t.processlist_user, t.processlist_host, v.variable_name, v.variable_value
          FROM performance_schema.variables_by_thread AS v
          JOIN performance_schema.threads AS t ON t.thread_id = v.thread_id
         WHERE (v.variable_name = 'binlog_format' AND v.variable_value <> 'ROW'
                OR v.variable_name = 'binlog_row_image' AND v.variable_value <> 'FULL'
                OR v.variable_name = 'binlog_row_value_options' AND v.variable_value <> '')
           AND t.type = 'FOREGROUND'
         LIMIT 10
        """;
    List<String> sessions = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      while (rs.next()) {
        sessions.add(
            "session %d (%s@%s) has %s = %s"
                .formatted(
                    rs.getLong(1),
                    rs.getString(2),
                    rs.getString(3),
                    rs.getString(4),
                    rs.getString(5)));
      }
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      // A user who may not look: the stream is what notices then.
    }
    return sessions;
  }
}
