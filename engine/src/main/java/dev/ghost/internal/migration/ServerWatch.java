package dev.ghost.internal.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.ResourceUsage;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.session.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Looks every five seconds at what the run costs the server, and at who would be in the way of the
 * cutover; ends the run when that passes a limit. Used by one thread.
 */
final class ServerWatch {

  private static final long LOOK_NANOS = Duration.ofSeconds(5).toNanos();

  private final PlannedMigration planned;
  private final ServerStats stats;
  private final Sessions sessions;
  private final Settings.Limits limits;
  private final ProgressReporter reporter;
  private final long begun = System.nanoTime();
  private final Set<String> told = new HashSet<>();

  private ResourceUsage footprint = ResourceUsage.UNKNOWN;
  private OptionalLong logAtFirst = OptionalLong.empty();
  private OptionalLong deadlocksAtFirst = OptionalLong.empty();
  private long nextLook = begun;

  ServerWatch(
      PlannedMigration planned,
      Sessions sessions,
      Settings.Limits limits,
      ProgressReporter reporter) {
    this.planned = planned;
    this.stats = planned.stats();
    this.sessions = sessions;
    this.limits = limits;
    this.reporter = reporter;
  }

  /**
   * Looks, when it is time.
   *
   * @return what it has seen last
   */
  ResourceUsage look(Session session) throws SQLException, InterruptedException {
    stopAfterItsTime();
    if (System.nanoTime() - nextLook >= 0) {
      nextLook = System.nanoTime() + LOOK_NANOS;
      List<Long> ours = sessions.numbers();
      List<Blocker> inTheWay =
          session.transaction(c -> stats.inTheWay(c, limits.longTransaction(), ours)).stream()
              .filter(Blocker::known)
              .toList();
      footprint = session.transaction(c -> footprint(c, ours, inTheWay));
      warn(inTheWay);
      stopBeyondLimits();
    }
    return footprint;
  }

  private ResourceUsage footprint(Connection c, List<Long> ours, List<Blocker> inTheWay)
      throws SQLException {
    long log = stats.logOnDisk(c).orElse(0);
    long deadlocks = stats.deadlocks(c).orElse(0);
    logAtFirst = OptionalLong.of(logAtFirst.orElse(log));
    // A server that was started again counts from the beginning.
    deadlocksAtFirst = OptionalLong.of(Math.min(deadlocksAtFirst.orElse(deadlocks), deadlocks));
    return new ResourceUsage(
        stats.ghostBytes(c),
        stats.keptLog(c).orElse(0),
        log,
        log - logAtFirst.getAsLong(),
        deadlocks - deadlocksAtFirst.getAsLong(),
        inTheWay.stream().map(Blocker::what).toList(),
        stats.waitingFor(c, ours));
  }

  private void warn(List<Blocker> inTheWay) {
    for (Blocker blocker : inTheWay) {
      // Without what changes from look to look.
      String who =
          blocker.certain()
              ? blocker.session()
              : blocker.what().replaceAll("(?s) in a transaction.*", "");
      if (told.add(who)) {
        reporter.warning("The cutover would have to wait: " + blocker.what());
      }
    }
  }

  /** The server's disk must not become full. */
  private void stopBeyondLimits() {
    if (footprint.keptLogBytes() > limits.maxLog()) {
      throw new StoppedException(
          "The server keeps %d MB of log for the change stream; %d MB are allowed."
              .formatted(footprint.keptLogBytes() >> 20, limits.maxLog() >> 20),
          "The change stream cannot keep up, or a long transaction holds it back. Allow more with"
              + " --max-log, or run the command again when the server writes less. What was copied"
              + " is removed, so that the server can give the log up.",
          null,
          false);
    }
    if (!planned.filled() && footprint.ghostBytes() > limits.maxDisk()) {
      throw new CancelledException(
          "%s takes %d MB by now; %d MB are allowed."
              .formatted(
                  planned.names().ghost(), footprint.ghostBytes() >> 20, limits.maxDisk() >> 20),
          "Run the command again with a larger --max-disk, and it continues; or have ghost cleanup"
              + " --table %s give the room back.".formatted(planned.names().source().table()));
    }
  }

  private void stopAfterItsTime() {
    if (limits
        .maxDuration()
        .filter(most -> System.nanoTime() - begun > most.toNanos())
        .isPresent()) {
      throw new CancelledException(
          "The run has taken longer than %s.".formatted(limits.maxDuration().orElseThrow()),
          "Run the command again, and it continues where it was.");
    }
  }
}
