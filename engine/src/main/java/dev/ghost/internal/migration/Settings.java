package dev.ghost.internal.migration;

import dev.ghost.api.ServerAddress;
import dev.ghost.api.Strategy;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.throttle.AdaptiveYield;
import dev.ghost.internal.throttle.AttachedReplicas;
import dev.ghost.internal.throttle.Probe;
import dev.ghost.internal.throttle.Probes;
import dev.ghost.internal.throttle.ReplicaProbe;
import dev.ghost.internal.throttle.Throttle;
import dev.ghost.internal.throttle.TimeWindow;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a migration is to be run.
 *
 * @param strategy who is to make the change
 * @param chunkTime how long a chunk should take
 * @param copyThreads chunks that are copied, and verified, at once
 * @param applyThreads workers that replay changes
 * @param pendingBytes heap that pending keys may take
 * @param limits what the run may cost
 * @param verify whether to compare the tables before the cutover
 * @param dropRetired whether to drop the former source at the end
 * @param startOver whether to begin again where an earlier run could be resumed
 * @param acceptedDifferences columns that may become another value than the server's own ALTER
 *     gives
 * @param acceptedPublications of all tables, whose readers pass over those that they do not know
 * @param throttling when to hold, and when to give up
 * @param postponeCutover whether the cutover waits for an order
 * @param verifyEvery how long after a comparison the tables are compared again, while it waits
 * @param cutoverWindow the time of the day for the cutover
 * @param keepInStep for how long the retired table is kept in step, at the most
 */
public record Settings(
    Strategy strategy,
    Duration chunkTime,
    int copyThreads,
    int applyThreads,
    long pendingBytes,
    Limits limits,
    boolean verify,
    boolean dropRetired,
    boolean startOver,
    Set<String> acceptedDifferences,
    Set<String> acceptedPublications,
    Throttling throttling,
    boolean postponeCutover,
    Duration verifyEvery,
    Optional<TimeWindow> cutoverWindow,
    Optional<Duration> keepInStep,
    Cutover.Settings cutover) {

  /** The most {@code copyThreads} that there can be. */
  public static final int MOST_THREADS = 64;

  /** The same, for a run that only keeps the retired table in step for a while; or for none. */
  Settings keeping(Optional<Duration> time) {
    return with(
        throttling,
        time.isPresent() || postponeCutover,
        time.isPresent() ? Optional.empty() : cutoverWindow,
        time);
  }

  /** The same, with these replicas to be asked. */
  public Settings withReplicas(List<ServerAddress> replicas) {
    return with(throttling.withReplicas(replicas), postponeCutover, cutoverWindow, keepInStep);
  }

  private Settings with(
      Throttling throttled,
      boolean postponed,
      Optional<TimeWindow> window,
      Optional<Duration> inStep) {
    return new Settings(
        strategy,
        chunkTime,
        copyThreads,
        applyThreads,
        pendingBytes,
        limits,
        verify,
        dropRetired,
        startOver,
        acceptedDifferences,
        acceptedPublications,
        throttled,
        postponed,
        verifyEvery,
        window,
        inStep,
        cutover);
  }

  /**
   * What the run may cost; more ends it.
   *
   * @param maxLog bytes of log that the server may have to keep for our stream
   * @param maxDisk bytes that the ghost may take
   * @param maxDuration how long it may take
   * @param longTransaction how long a transaction may hold a lock on the table before it is worth a
   *     warning
   */
  public record Limits(
      long maxLog, long maxDisk, Optional<Duration> maxDuration, Duration longTransaction) {}

  /**
   * What holds the copy.
   *
   * @param maxLoad figures of the server's load with the limits beyond which the copy is held
   * @param criticalLoad the same, with limits beyond which the migration ends
   * @param query holds the copy while its first value is not zero; or empty
   * @param http holds the copy while it answers a HEAD request with anything but 200
   * @param file holds the copy while it is there; or empty
   * @param maxLag how far a replica may be behind before the copy is held
   * @param replicas to be asked for it
   * @param discover true to ask the server for more of them
   * @param window holds the copy at all other times of the day
   * @param maxRows rows a second; 0 for no limit
   * @param fullSpeed true for not giving way to the application
   */
  public record Throttling(
      Map<String, Double> maxLoad,
      Map<String, Double> criticalLoad,
      String query,
      Optional<URI> http,
      Optional<Path> file,
      Duration maxLag,
      List<ServerAddress> replicas,
      boolean discover,
      Optional<TimeWindow> window,
      double maxRows,
      boolean fullSpeed) {

    /** The throttle that is asked for. */
    Throttle throttle(
        ServerStats stats, List<? extends Probe> replicaProbes, AdaptiveYield adaptiveYield) {
      return new Throttle(soft(stats, replicaProbes), critical(stats), maxRows, adaptiveYield);
    }

    /**
     * Those that ask replicas.
     *
     * @param marker whose markers tell how far a replica is
     */
    List<Probe> replicaProbes(Server server, PlannedMigration planned, Marker marker) {
      List<Probe> probes = new ArrayList<>();
      for (ServerAddress replica : replicas) {
        probes.add(new ReplicaProbe(server.driver(), planned, marker, replica, maxLag));
      }
      if (discover) {
        probes.add(
            new AttachedReplicas(server.driver(), planned, marker, server.address(), maxLag));
      }
      return probes;
    }

    /** What holds the copy while it objects. */
    List<Probe> soft(ServerStats stats, List<? extends Probe> replicaProbes) {
      List<Probe> soft = new ArrayList<>(Probes.load(stats, maxLoad));
      soft.addAll(replicaProbes);
      if (!query.isEmpty()) {
        soft.add(Probes.query(stats, query));
      }
      http.ifPresent(address -> soft.add(Probes.http(address)));
      file.ifPresent(path -> soft.add(Probes.file(path)));
      window.ifPresent(time -> soft.add(Probes.window(time)));
      return soft;
    }

    /** What ends the migration when it objects. */
    List<Probe> critical(ServerStats stats) {
      return Probes.load(stats, criticalLoad);
    }

    Throttling withMaxLoad(Map<String, Double> limits) {
      return with(limits, criticalLoad, replicas);
    }

    Throttling withCriticalLoad(Map<String, Double> limits) {
      return with(maxLoad, limits, replicas);
    }

    private Throttling withReplicas(List<ServerAddress> known) {
      return with(maxLoad, criticalLoad, known);
    }

    private Throttling with(
        Map<String, Double> most, Map<String, Double> critical, List<ServerAddress> known) {
      return new Throttling(
          most, critical, query, http, file, maxLag, known, discover, window, maxRows, fullSpeed);
    }
  }
}
