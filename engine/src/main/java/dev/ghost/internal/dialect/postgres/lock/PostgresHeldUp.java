package dev.ghost.internal.dialect.postgres.lock;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The transactions that one of ghost's locks holds up. They are known by their virtual numbers,
 * which the server shows to every user, and which no other transaction gets while the session
 * lasts.
 */
public final class PostgresHeldUp {

  private PostgresHeldUp() {}

  /** Those that wait for one of ghost's sessions, or for one that does. */
  public static Set<String> behind(Connection c, int backend) throws SQLException {
    return new HashSet<>(
        Sql.strings(
            c,
            """
            WITH RECURSIVE waiting AS MATERIALIZED (
                   SELECT DISTINCT pid, virtualtransaction, pg_blocking_pids(pid) AS behind
                     FROM pg_locks
                    WHERE NOT granted),
                 held (pid, virtualtransaction) AS (
                   SELECT pid, virtualtransaction FROM waiting WHERE ? = ANY (behind)
                    UNION
                   SELECT w.pid, w.virtualtransaction
                     FROM held AS h
                     JOIN waiting AS w ON h.pid = ANY (w.behind))
            SELECT virtualtransaction FROM held
            """,
            backend));
  }

  /** Those of them that have not ended: each holds a lock on itself until then. */
  public static Map<String, String> unfinished(Connection c, Set<String> transactions)
      throws SQLException {
    return Sql.strings(
            c,
            "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE virtualtransaction = ANY (?)",
            c.createArrayOf("text", transactions.toArray()))
        .stream()
        .collect(Collectors.toMap(name -> name, name -> name));
  }
}
