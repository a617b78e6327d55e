package dev.ghost.dialect.mariadb;

import dev.ghost.dialect.Fault;
import dev.ghost.dialect.innodb.Blockers;
import dev.ghost.dialect.innodb.InnodbDialect;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Who may hold locks that a cutover waits for. A stock server does not tell who holds a metadata
 * lock; but who keeps one for long has a transaction open, and those it does tell. Where
 * performance_schema is on, it is asked instead.
 */
final class MariaDbBlockers {

  private static final int SHOWN = 10;

  private MariaDbBlockers() {}

  /**
   * A line for each session.
   *
   * @param own the session that waits
   */
  static List<String> read(Connection c, TableNames names, long own) throws SQLException {
    return asksPerformanceSchema(c) ? Blockers.read(c, names, own) : transactions(c, names, own);
  }

  private static boolean asksPerformanceSchema(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT @@performance_schema")) {
      rs.next();
      return rs.getBoolean(1);
    }
  }

  /** The oldest first. */
  private static List<String> transactions(Connection c, TableNames names, long own)
      throws SQLException {
    String sql =
        """
        SELECT p.id, p.user, p.host, p.command,
               TIMESTAMPDIFF(SECOND, x.trx_started,
                             CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')),
               COALESCE(x.trx_query, '')
          FROM information_schema.innodb_trx AS x
          JOIN information_schema.processlist AS p ON p.id = x.trx_mysql_thread_id
         WHERE p.id NOT IN (?, CONNECTION_ID())
         ORDER BY x.trx_started
         LIMIT %d
        """
            .formatted(SHOWN);
    List<String> lines = new ArrayList<>();
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setLong(1, own);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          lines.add(line(rs, names));
        }
      }
    } catch (SQLException e) {
      if (InnodbDialect.faultOf(e) != Fault.DENIED) {
        throw e;
      }
      lines.add("unknown: this user may not see transactions (GRANT PROCESS ON *.*)");
    }
    return lines;
  }

  private static String line(ResultSet rs, TableNames names) throws SQLException {
    String statement = rs.getString(6).isEmpty() ? "" : "; statement: " + rs.getString(6);
    return "session %d (%s@%s) may hold a lock on %s: in a transaction for %s s, now in %s%s"
        .formatted(
            rs.getLong(1),
            rs.getString(2),
            rs.getString(3),
            names.source(),
            rs.getString(5),
            rs.getString(4),
            statement);
  }
}
