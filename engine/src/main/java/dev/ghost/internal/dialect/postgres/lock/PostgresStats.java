package dev.ghost.internal.dialect.postgres.lock;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongToDoubleFunction;

/** What PostgreSQL tells of itself. */
public record PostgresStats(String user, TableName ghost, long source, String slot)
    implements ServerStats {

  /** Figures of load, and the backends that each counts. */
  private static final Map<String, String> FIGURES =
      Map.of(
          "active_backends", "state = 'active'",
          "waiting_backends", "wait_event_type = 'Lock'",
          "idle_in_transaction", "state LIKE 'idle in transaction%'");

  /** By the last commit that it has: with every marker there is one. */
  @Override
  public double replicaLag(Connection replica, int slot, LongToDoubleFunction age)
      throws SQLException {
    return ask(
        replica,
        """
        SELECT CASE WHEN NOT pg_is_in_recovery()
                      OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
        """);
  }

  /** Counts of client backends, our own not among them. */
  @Override
  public OptionalDouble load(Connection c, String name) throws SQLException {
    String condition = FIGURES.get(name);
    if (condition == null) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        ask(
            c,
            """
            SELECT count(*)
              FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND %s
               AND application_name IS DISTINCT FROM current_setting('application_name')
            """
                .formatted(condition)));
  }

  @Override
  public int busyElsewhere(Connection c, Collection<Long> ours) throws SQLException {
    return Integer.parseInt(
        Sql.string(
            c,
            """
            SELECT count(*)
              FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND state = 'active'
               AND pid <> pg_backend_pid() AND pid <> ALL (?)
            """,
            Sql.integers(c, ours)));
  }

  @Override
  public String loadFigures() {
    return "Known are " + String.join(", ", FIGURES.keySet().stream().sorted().toList()) + ".";
  }

  @Override
  public double ask(Connection c, String query) throws SQLException {
    try (var statement = c.createStatement();
        var rs = statement.executeQuery(query)) {
      return rs.next() ? rs.getDouble(1) : 0;
    }
  }

  /** Standbys; anyone who decodes a logical slot, as we do, is none. */
  @Override
  public List<Replica> replicas(Connection c) throws SQLException {
    String sql =
        """
        SELECT format('%s (%s)', r.application_name, COALESCE(host(r.client_addr), 'local')),
               r.replay_lsn IS NOT NULL,
               CASE WHEN pg_current_wal_lsn() <= r.replay_lsn THEN 0
                    ELSE COALESCE(extract(epoch FROM r.replay_lag), 0) END
          FROM pg_stat_replication AS r
         WHERE (r.state IS NULL OR r.state = 'streaming')
           AND NOT EXISTS (SELECT
                             FROM pg_replication_slots AS s
                            WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
        """;
    List<Replica> replicas = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      while (rs.next()) {
        if (!rs.getBoolean(2)) {
          throw new RefusedException(
              "The server does not tell this user how far its replicas are behind.",
              "GRANT pg_monitor TO %s;".formatted(Sql.quote(user)));
        }
        replicas.add(new Replica(rs.getString(1), "", 0, rs.getDouble(3)));
      }
    }
    return replicas;
  }

  @Override
  public OptionalLong keptLog(Connection c) throws SQLException {
    return Sql.strings(
            c,
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
              FROM pg_replication_slots WHERE slot_name = ?
            """,
            slot)
        .stream()
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  @Override
  public OptionalLong logOnDisk(Connection c) throws SQLException {
    return Sql.yes(c, "SELECT has_function_privilege('pg_ls_waldir()', 'EXECUTE')")
        ? OptionalLong.of(
            Long.parseLong(Sql.string(c, "SELECT COALESCE(sum(size), 0) FROM pg_ls_waldir()")))
        : OptionalLong.empty();
  }

  @Override
  public OptionalLong deadlocks(Connection c) throws SQLException {
    return OptionalLong.of(
        Long.parseLong(
            Sql.string(
                c, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")));
  }

  @Override
  public long ghostBytes(Connection c) throws SQLException {
    return Long.parseLong(
        Sql.string(
            c, "SELECT COALESCE(pg_total_relation_size(to_regclass(?)), 0)", Sql.quote(ghost)));
  }

  @Override
  public List<Blocker> inTheWay(Connection c, Duration age, Collection<Long> ours)
      throws SQLException {
    return PostgresBlockers.read(c, source, age.toSeconds(), ours);
  }

  @Override
  public List<String> waitingFor(Connection c, Collection<Long> ours) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT format('session %s (%s@%s, %s) has waited for %s s: %s',
                      pid, usename, COALESCE(host(client_addr), 'local'), application_name,
                      extract(epoch FROM clock_timestamp() - state_change)::bigint, left(query, 200))
          FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND pid <> ALL (?) AND pg_blocking_pids(pid) && ?
         LIMIT 10
        """,
        Sql.integers(c, ours),
        Sql.integers(c, ours));
  }
}
