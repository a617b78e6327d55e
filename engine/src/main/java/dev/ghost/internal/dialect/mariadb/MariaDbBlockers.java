package dev.ghost.internal.dialect.mariadb;

import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.server.InnodbBlockers;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Who may hold locks that a cutover waits for. A stock server does not tell who holds a metadata
 * lock; but who keeps one for long has a transaction open, and those it does tell. Where
 * performance_schema is on, it is asked instead.
 */
final class MariaDbBlockers {

  private static final int SHOWN = 10;

  private static final String AGES =
      """
      SELECT t.thread_id,
             TIMESTAMPDIFF(SECOND, x.trx_started,
                           CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')) AS seconds
        FROM information_schema.innodb_trx AS x
        JOIN performance_schema.threads AS t ON t.processlist_id = x.trx_mysql_thread_id
      """;

  private MariaDbBlockers() {}

  /**
   * Each of them. An empty list means that nobody is in the way: where the server does not tell,
   * {@link Blocker#unknown} is in it.
   *
   * @param ours sessions that do not count
   * @param seconds the age of its transaction, at least
   */
  static List<Blocker> read(
      Connection c, List<TableName> tables, Collection<Long> ours, long seconds)
      throws SQLException {
    return asksPerformanceSchema(c) && watched(c)
        ? InnodbBlockers.read(c, AGES, tables, ours, seconds)
        : transactions(c, tables, ours, seconds);
  }

  private static boolean asksPerformanceSchema(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT @@performance_schema")) {
      rs.next();
      return rs.getBoolean(1);
    }
  }

  /** With performance_schema on, the instrument is off unless somebody has switched it on. */
  private static boolean watched(Connection c) throws SQLException {
    try {
      return InnodbBlockers.watched(c);
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      return false;
    }
  }

  /** The oldest first. None of them is to be ended for it: they only may be in the way. */
  private static List<Blocker> transactions(
      Connection c, List<TableName> tables, Collection<Long> ours, long seconds)
      throws SQLException {
    String sql =
        """
        SELECT p.id, p.user, p.host, p.command,
               TIMESTAMPDIFF(SECOND, x.trx_started,
                             CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')),
               COALESCE(x.trx_query, '')
          FROM information_schema.innodb_trx AS x
          JOIN information_schema.processlist AS p ON p.id = x.trx_mysql_thread_id
         WHERE p.id NOT IN (%s, CONNECTION_ID())
           AND TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')) >= ?
         ORDER BY x.trx_started
         LIMIT %d
        """
            .formatted(Sql.numbers(ours), SHOWN);
    List<Blocker> blockers = new ArrayList<>();
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setLong(1, seconds);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          blockers.add(new Blocker("", line(rs, tables.get(0))));
        }
      }
      if (blockers.isEmpty()) {
        blockers.add(
            Blocker.unknown(
                "no transaction is open, and this server does not tell who else holds a metadata"
                    + " lock (performance_schema = ON, with the instrument for metadata locks,"
                    + " would)"));
      }
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      blockers.add(Blocker.unknown("this user may not see transactions (GRANT PROCESS ON *.*)"));
    }
    return blockers;
  }

  private static String line(ResultSet rs, TableName table) throws SQLException {
    String statement = rs.getString(6).isEmpty() ? "" : "; statement: " + rs.getString(6);
    return "session %d (%s@%s) may hold a lock on %s: in a transaction for %s s, now in %s%s"
        .formatted(
            rs.getLong(1),
            rs.getString(2),
            rs.getString(3),
            table,
            rs.getString(5),
            rs.getString(4),
            statement);
  }
}
