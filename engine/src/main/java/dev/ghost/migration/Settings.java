package dev.ghost.migration;

import dev.ghost.api.Strategy;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.ServerAddress;
import dev.ghost.throttle.Probe;
import dev.ghost.throttle.Probes;
import dev.ghost.throttle.Throttle;
import dev.ghost.throttle.TimeWindow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a migration is to be run.
 *
 * @param strategy who is to make the change
 * @param chunkTime how long a chunk should take
 * @param copyThreads chunks that are copied, and verified, at once
 * @param applyThreads workers that replay changes
 * @param pendingBytes heap that pending keys may take
 * @param maxLog bytes of log that the server may have to keep for our stream
 * @param verify whether to compare the tables before the cutover
 * @param dropRetired whether to drop the former source at the end
 * @param startOver whether to begin anew where an earlier run could be resumed
 * @param throttling when to hold, and when to give up
 * @param postponeCutover whether the cutover waits for an order
 * @param verifyEvery how long after a comparison the tables are compared again, while it waits
 * @param cutoverWindow the time of the day for the cutover
 * @param keepInStep for how long the retired table is kept in step, at the most
 * @param fenced false only in the test that shows what the fence is for
 */
public record Settings(
    Strategy strategy,
    Duration chunkTime,
    int copyThreads,
    int applyThreads,
    long pendingBytes,
    long maxLog,
    boolean verify,
    boolean dropRetired,
    boolean startOver,
    Throttling throttling,
    boolean postponeCutover,
    Duration verifyEvery,
    Optional<TimeWindow> cutoverWindow,
    Optional<Duration> keepInStep,
    boolean fenced,
    Cutover.Settings cutover) {

  /** The same, for a run that only keeps the retired table in step for a while; or for none. */
  Settings keeping(Optional<Duration> time) {
    return new Settings(
        strategy,
        chunkTime,
        copyThreads,
        applyThreads,
        pendingBytes,
        maxLog,
        verify,
        dropRetired,
        startOver,
        throttling,
        time.isPresent() || postponeCutover,
        verifyEvery,
        time.isPresent() ? Optional.empty() : cutoverWindow,
        time,
        fenced,
        cutover);
  }

  /**
   * What holds the copy.
   *
   * @param maxLoad figures of the server's load with the limits beyond which the copy is held
   * @param criticalLoad the same, with limits beyond which the migration ends
   * @param query holds the copy while its first value is not zero; or empty
   * @param file holds the copy while it is there; or empty
   * @param maxLag how far a replica may be behind before the copy is held
   * @param replicas to be asked for it
   * @param window holds the copy at all other times of the day
   * @param nice rest after a chunk, as a multiple of the time it took
   */
  public record Throttling(
      Map<String, Double> maxLoad,
      Map<String, Double> criticalLoad,
      String query,
      Optional<Path> file,
      Duration maxLag,
      List<ServerAddress> replicas,
      Optional<TimeWindow> window,
      double nice) {

    /** The throttle that is asked for. */
    Throttle throttle(Workbench bench, List<? extends Probe> replicaProbes) {
      return new Throttle(soft(bench, replicaProbes), critical(bench), nice);
    }

    /** What holds the copy while it objects. */
    List<Probe> soft(Workbench bench, List<? extends Probe> replicaProbes) {
      List<Probe> soft = new ArrayList<>(Probes.load(bench, maxLoad));
      soft.addAll(replicaProbes);
      if (!query.isEmpty()) {
        soft.add(Probes.query(bench, query));
      }
      file.ifPresent(path -> soft.add(Probes.file(path)));
      window.ifPresent(time -> soft.add(Probes.window(time)));
      return soft;
    }

    /** What ends the migration when it objects. */
    List<Probe> critical(Workbench bench) {
      return Probes.load(bench, criticalLoad);
    }

    Throttling withMaxLoad(Map<String, Double> limits) {
      return new Throttling(limits, criticalLoad, query, file, maxLag, replicas, window, nice);
    }

    Throttling withCriticalLoad(Map<String, Double> limits) {
      return new Throttling(maxLoad, limits, query, file, maxLag, replicas, window, nice);
    }
  }
}
