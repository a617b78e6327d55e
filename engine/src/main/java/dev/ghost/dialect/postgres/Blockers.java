package dev.ghost.dialect.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Who holds locks that a cutover waits for. */
final class Blockers {

  private Blockers() {}

  /** A line for each session that stands before the waiting one. */
  static List<String> read(Connection c, int waiting) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT format('session %s (%s@%s, %s) holds a lock%s, now %s; last statement: %s',
                      a.pid, a.usename, COALESCE(host(a.client_addr), 'local'), a.application_name,
                      COALESCE(', in a transaction for ' || extract(epoch FROM now() - a.xact_start)::bigint || ' s', ''),
                      COALESCE(a.state, a.backend_type), left(a.query, 200))
          FROM unnest(pg_blocking_pids(?)) AS b (pid)
          JOIN pg_stat_activity AS a ON a.pid = b.pid
         UNION ALL
        SELECT format('prepared transaction %L of %s, for %s s; COMMIT PREPARED or ROLLBACK PREPARED ends it',
                      gid, owner, extract(epoch FROM now() - prepared)::bigint)
          FROM pg_prepared_xacts
         WHERE database = current_database() AND 0 = ANY (pg_blocking_pids(?))
         LIMIT 10
        """,
        waiting,
        waiting);
  }
}
