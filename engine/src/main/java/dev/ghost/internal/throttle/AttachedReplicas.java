package dev.ghost.internal.throttle;

import dev.ghost.api.ServerAddress;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.ServerStats.Replica;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Objects while one of the replicas is too far behind that the server says are attached to it. One
 * that is attached later counts as well; one that is gone no longer does. Used by one thread.
 */
public final class AttachedReplicas implements Probe {

  private static final long LIST_NANOS = Duration.ofSeconds(10).toNanos();

  private final Driver driver;
  private final PlannedMigration planned;
  private final Marker marker;
  private final ServerAddress primary;
  private final Duration most;
  private final Map<String, ReplicaProbe> asked = new HashMap<>();
  private List<Replica> attached = List.of();
  private long nextList = System.nanoTime();

  /**
   * @param primary whose login is used for the replicas, too
   */
  public AttachedReplicas(
      Driver driver,
      PlannedMigration planned,
      Marker marker,
      ServerAddress primary,
      Duration most) {
    this.driver = driver;
    this.planned = planned;
    this.marker = marker;
    this.primary = primary;
    this.most = most;
  }

  @Override
  public Optional<String> objection(Session session) throws SQLException, InterruptedException {
    // What the server itself knows is fresh only with each look.
    if (System.nanoTime() - nextList >= 0 || attached.stream().anyMatch(r -> r.host().isEmpty())) {
      nextList = System.nanoTime() + LIST_NANOS;
      attached = session.transaction(planned.stats()::replicas);
      forgetGone();
    }
    Optional<String> objection = Optional.empty();
    for (Replica replica : attached) {
      if (objection.isEmpty()) {
        objection =
            replica.host().isEmpty()
                ? ReplicaProbe.objection(replica.name(), replica.lagSeconds(), most)
                : probe(replica).objection(session);
      }
    }
    return objection;
  }

  private ReplicaProbe probe(Replica replica) {
    return asked.computeIfAbsent(
        replica.name(),
        name ->
            new ReplicaProbe(
                driver, planned, marker, primary.at(replica.host(), replica.port()), most));
  }

  private void forgetGone() {
    Set<String> names = attached.stream().map(Replica::name).collect(Collectors.toSet());
    asked
        .entrySet()
        .removeIf(
            e -> {
              boolean gone = !names.contains(e.getKey());
              if (gone) {
                e.getValue().close();
              }
              return gone;
            });
  }

  @Override
  public void close() {
    asked.values().forEach(ReplicaProbe::close);
  }
}
