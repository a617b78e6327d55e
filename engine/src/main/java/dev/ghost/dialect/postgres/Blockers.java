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
         ORDER BY a.xact_start
         LIMIT 10
        """,
        waiting);
  }
}
