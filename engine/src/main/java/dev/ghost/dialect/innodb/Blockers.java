package dev.ghost.dialect.innodb;

import dev.ghost.dialect.Blocker;
import dev.ghost.dialect.Fault;
import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Who holds locks that a cutover waits for, where performance_schema tells. */
public final class Blockers {

  private static final int SHOWN = 10;

  private Blockers() {}

  /**
   * Each session that holds a metadata lock on one of these tables.
   *
   * @param ours sessions that do not count
   * @param seconds the age of its transaction, at least; with 0 it need not be in one
   */
  public static List<Blocker> read(
      Connection c, List<TableName> tables, Collection<Long> ours, long seconds)
      throws SQLException {
    String sql =
        """
        SELECT t.processlist_id, t.processlist_user, t.processlist_host, t.processlist_command,
               CONCAT(m.object_schema, '.', m.object_name), TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')),
               COALESCE(t.processlist_info, (SELECT LEFT(MAX(e.sql_text), 200)
                                               FROM performance_schema.events_statements_current AS e
                                              WHERE e.thread_id = t.thread_id))
          FROM performance_schema.metadata_locks AS m
          JOIN performance_schema.threads AS t ON t.thread_id = m.owner_thread_id
          LEFT JOIN information_schema.innodb_trx AS x ON x.trx_mysql_thread_id = t.processlist_id
         WHERE m.object_type = 'TABLE' AND m.lock_status = 'GRANTED'
           AND (m.object_schema, m.object_name) IN (%s)
           AND t.processlist_id NOT IN (%s, CONNECTION_ID())
           AND (? = 0 OR TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')) >= ?)
         LIMIT %d
        """
            .formatted(Sql.pairs(tables), Sql.numbers(ours), SHOWN);
    List<Blocker> blockers = new ArrayList<>();
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      int at = 1;
      for (TableName table : tables) {
        statement.setString(at++, table.schema());
        statement.setString(at++, table.table());
      }
      statement.setLong(at++, seconds);
      statement.setLong(at, seconds);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          blockers.add(new Blocker(rs.getString(1), line(rs)));
        }
      }
    } catch (SQLException e) {
      if (InnodbDialect.faultOf(e) != Fault.DENIED) {
        throw e;
      }
      blockers.add(
          Blocker.unknown(
              "this user may not read performance_schema (GRANT SELECT ON performance_schema.*, and"
                  + " PROCESS ON *.*)"));
    }
    return blockers;
  }

  private static String line(ResultSet rs) throws SQLException {
    String age = rs.getString(6) == null ? "" : ", in a transaction for " + rs.getString(6) + " s";
    String statement = rs.getString(7) == null ? "" : "; last statement: " + rs.getString(7);
    return "session %d (%s@%s) holds a lock on %s%s, now in %s%s"
        .formatted(
            rs.getLong(1),
            rs.getString(2),
            rs.getString(3),
            rs.getString(5),
            age,
            rs.getString(4),
            statement);
  }
}
