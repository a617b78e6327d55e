package dev.ghost.internal.dialect.postgres.lock;

import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Who holds locks that a cutover waits for, or would wait for. */
public final class PostgresBlockers {

  /**
   * A process number comes again after a while; with the moment at which it began it is this
   * session's only.
   */
  private static final String SESSION = "a.pid || '@' || extract(epoch FROM a.backend_start)";

  private static final String DOING =
      """
      format('session %s (%s@%s, %s) holds a lock%s, now %s; last statement: %s',
             a.pid, a.usename, COALESCE(host(a.client_addr), 'local'), a.application_name,
             COALESCE(', in a transaction for ' || extract(epoch FROM now() - a.xact_start)::bigint || ' s', ''),
             COALESCE(a.state, a.backend_type), left(a.query, 200))
      """;

  /** The modes that SHARE UPDATE EXCLUSIVE, which a publication takes, does not go with. */
  private static final String BARRING =
      "'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',"
          + " 'AccessExclusiveLock'";

  private PostgresBlockers() {}

  /** Those who stand before the waiting session. */
  public static List<Blocker> read(Connection c, int waiting) throws SQLException {
    return read(
        c,
        """
        SELECT session, doing
          FROM unnest(pg_blocking_pids(?)) AS b (pid)
          JOIN pg_stat_activity AS a ON a.pid = b.pid
         CROSS JOIN LATERAL (SELECT SESSION, DOING) AS d (session, doing)
         UNION ALL
        SELECT '', format('prepared transaction %L of %s, for %s s; COMMIT PREPARED or ROLLBACK PREPARED ends it',
                          gid, owner, extract(epoch FROM now() - prepared)::bigint)
          FROM pg_prepared_xacts
         WHERE database = current_database() AND 0 = ANY (pg_blocking_pids(?))
         LIMIT 10
        """,
        waiting,
        waiting);
  }

  /** The tables and views whose lock a session waits for. */
  static List<String> awaited(Connection c, int waiting) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT n.nspname || '.' || t.relname
          FROM pg_locks AS l
          JOIN pg_class AS t ON t.oid = l.relation
          JOIN pg_namespace AS n ON n.oid = t.relnamespace
         WHERE l.pid = ? AND NOT l.granted AND l.locktype = 'relation'
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        waiting);
  }

  /** Those who hold a lock on the table in a transaction older than this. */
  public static List<Blocker> read(Connection c, long table, long seconds, Collection<Long> ours)
      throws SQLException {
    return read(
        c,
        """
        SELECT session, doing
          FROM pg_stat_activity AS a
         CROSS JOIN LATERAL (SELECT SESSION, DOING) AS d (session, doing)
         WHERE a.xact_start < clock_timestamp() - make_interval(secs => ?)
           AND a.pid <> ALL (?)
           AND EXISTS (SELECT
                         FROM pg_locks AS l
                        WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation'
                          AND l.relation = ?::oid
                          AND l.database = (SELECT oid FROM pg_database
                                             WHERE datname = current_database()))
         ORDER BY a.xact_start
         LIMIT 10
        """,
        (double) seconds,
        Sql.integers(c, ours),
        table);
  }

  /** Those who hold, or queue for, a lock on one of the tables that bars a publication. */
  public static List<Blocker> ofPublication(Connection c, Collection<Long> tables)
      throws SQLException {
    return read(
        c,
        """
        SELECT DISTINCT session, doing
          FROM pg_locks AS l
          JOIN pg_stat_activity AS a ON a.pid = l.pid
         CROSS JOIN LATERAL (SELECT SESSION, DOING) AS d (session, doing)
         WHERE l.locktype = 'relation' AND l.relation = ANY (?::oid[])
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND l.mode IN (MODES)
           AND a.pid <> pg_backend_pid()
         UNION ALL
        SELECT '', format('prepared transaction %L of %s, for %s s; COMMIT PREPARED or ROLLBACK PREPARED ends it',
                          x.gid, x.owner, extract(epoch FROM now() - x.prepared)::bigint)
          FROM pg_prepared_xacts AS x
         WHERE x.database = current_database()
           AND EXISTS (SELECT
                         FROM pg_locks AS l
                        WHERE l.pid IS NULL AND l.mode IN (MODES) AND l.relation = ANY (?::oid[])
                          AND l.virtualtransaction = '-1/' || x.transaction::text)
         LIMIT 10
        """
            .replace("MODES", BARRING),
        Sql.oids(tables),
        Sql.oids(tables));
  }

  /**
   * Those who have written something in a transaction that runs on: a new replication slot waits
   * for them, in whatever database they are. The oldest first, a line each.
   */
  public static List<String> writing(Connection c) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT doing
          FROM (SELECT age(backend_xid) AS age,
                       format('session %s (%s, %s, database %s) in a transaction%s, now %s; statement%s: %s',
                              pid, usename, COALESCE(NULLIF(application_name, ''), 'no application name'), datname,
                              COALESCE(' for ' || extract(epoch FROM now() - xact_start)::bigint || ' s', ''),
                              COALESCE(state, backend_type),
                              COALESCE(' of ' || extract(epoch FROM now() - query_start)::bigint || ' s ago', ''),
                              left(query, 200)) AS doing
                  FROM pg_stat_activity
                 WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
                 UNION ALL
                SELECT age(transaction),
                       format('prepared transaction %L of %s, database %s, for %s s; COMMIT PREPARED or ROLLBACK PREPARED ends it',
                              gid, owner, database, extract(epoch FROM now() - prepared)::bigint)
                  FROM pg_prepared_xacts) AS writers
         ORDER BY age DESC
         LIMIT 5
        """);
  }

  private static List<Blocker> read(Connection c, String sql, Object... values)
      throws SQLException {
    List<Blocker> blockers = new ArrayList<>();
    try (var statement =
            Sql.prepared(c, sql.replace("SESSION", SESSION).replace("DOING", DOING), values);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        blockers.add(new Blocker(rs.getString(1), rs.getString(2)));
      }
    }
    return blockers;
  }
}
