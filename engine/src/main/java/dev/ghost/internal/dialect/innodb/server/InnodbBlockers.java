package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ErrorClass;
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

/** Who holds locks that a cutover waits for, where performance_schema tells. */
public final class InnodbBlockers {

  private static final int SHOWN = 10;
  private static final String INSTRUMENT = "wait/lock/metadata/sql/mdl";

  private InnodbBlockers() {}

  /** True when the server keeps book of metadata locks; a stock MariaDB does not. */
  public static boolean watched(Connection c) throws SQLException {
    String sql =
        "SELECT COUNT(*) FROM performance_schema.setup_instruments WHERE name = ? AND enabled ="
            + " 'YES'";
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, INSTRUMENT);
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        return rs.getInt(1) > 0;
      }
    }
  }

  /**
   * Each session that holds a metadata lock on one of these tables. An empty list means that nobody
   * does: where the server does not tell, {@link Blocker#unknown} is in it.
   *
   * @param ages the query for the open transactions: {@code thread_id}, and {@code seconds} since
   *     it was begun
   * @param ours sessions that do not count
   * @param seconds the age of its transaction, at least; with 0 it need not be in one
   */
  public static List<Blocker> read(
      Connection c, String ages, List<TableName> tables, Collection<Long> ours, long seconds)
      throws SQLException {
    String sql =
        """
        SELECT t.processlist_id, t.processlist_user, t.processlist_host, t.processlist_command,
               CONCAT(m.object_schema, '.', m.object_name), x.seconds,
               COALESCE(t.processlist_info, (SELECT LEFT(MAX(e.sql_text), 200)
                                               FROM performance_schema.events_statements_current AS e
                                              WHERE e.thread_id = t.thread_id))
          FROM performance_schema.metadata_locks AS m
          JOIN performance_schema.threads AS t ON t.thread_id = m.owner_thread_id
          LEFT JOIN (%s) AS x ON x.thread_id = t.thread_id
         WHERE m.object_type = 'TABLE' AND m.lock_status = 'GRANTED'
           AND (m.object_schema, m.object_name) IN (%s)
           AND t.processlist_id NOT IN (%s, CONNECTION_ID())
           AND (? = 0 OR x.seconds >= ?)
         LIMIT %d
        """
            .formatted(ages, Sql.pairs(tables), Sql.numbers(ours), SHOWN);
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
      if (blockers.isEmpty() && !watched(c)) {
        blockers.add(
            Blocker.unknown(
                "performance_schema does not watch metadata locks (UPDATE"
                    + " performance_schema.setup_instruments SET enabled = 'YES' WHERE name = '%s')"
                        .formatted(INSTRUMENT)));
      }
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
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
