package dev.ghost.internal.migration;

import dev.ghost.internal.change.ChangeStream;
import dev.ghost.internal.checkpoint.RunLock;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.verify.GhostDefinition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Does what has to be done again and again while a phase lasts. It looks whether to stop, whether
 * server, source and ghost are still as planned, and how far the stream lags. It tells the
 * progress, writes the checkpoint, and throws what has ended another thread. Used by the run's own
 * thread only; or by the thread that makes the cutover for it.
 */
final class Heartbeat {

  private static final long PROGRESS_NANOS = Duration.ofMillis(250).toNanos();
  private static final long MARKER_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long HARM_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long CHECK_NANOS = Duration.ofSeconds(5).toNanos();

  private final StopSignal stopSignal;
  private final PlannedMigration planned;
  private final GhostDefinition ghost;
  private final RunLock runLock;
  private final Replicator replicator;
  private final Workers workers;
  private final RunProgress progress;

  private long nextProgress;
  private long nextMarker;
  private long nextHarm;
  private long nextCheck = System.nanoTime() + CHECK_NANOS;
  private long markerOut;
  private long markerWritten;
  private Duration lag = Duration.ZERO;

  Heartbeat(
      StopSignal stopSignal,
      PlannedMigration planned,
      GhostDefinition ghost,
      RunLock runLock,
      Replicator replicator,
      Workers workers,
      RunProgress progress) {
    this.stopSignal = stopSignal;
    this.planned = planned;
    this.ghost = ghost;
    this.runLock = runLock;
    this.replicator = replicator;
    this.workers = workers;
    this.progress = progress;
  }

  /** Does what is due by now; to be called several times a second. */
  void beat() throws SQLException, InterruptedException {
    beat(progress::rows);
  }

  /**
   * Does the same.
   *
   * @param rows counts those of the phase
   */
  void beat(LongSupplier rows) throws SQLException, InterruptedException {
    replicator.stream().check();
    stopSignal.stopIfAsked();
    Session session = replicator.session();
    long now = System.nanoTime();
    measureLag(replicator.stream(), now);
    if (now - nextProgress >= 0) {
      nextProgress = now + PROGRESS_NANOS;
      progress.report(rows.getAsLong(), lag);
    }
    if (now - nextHarm >= 0) {
      nextHarm = now + HARM_NANOS;
      session.execute(planned::checkHarmless);
    }
    if (now - nextCheck >= 0) {
      nextCheck = now + CHECK_NANOS;
      session.execute(planned::checkUnchanged);
      ghost.check(session);
      runLock.check();
    }
    replicator.beat(progress::noted);
    workers.check();
  }

  /** Tells the progress, whether it is due or not. */
  void report() {
    progress.report(progress.rows(), lag);
  }

  private void measureLag(ChangeStream stream, long now) throws SQLException, InterruptedException {
    if (markerOut != 0 && !stream.hasSeen(markerOut)) {
      Duration waiting = Duration.ofNanos(now - markerWritten);
      lag = waiting.compareTo(lag) > 0 ? waiting : lag;
      return;
    }
    if (markerOut != 0) {
      lag = Duration.ofNanos(now - markerWritten);
      markerOut = 0;
    }
    if (now - nextMarker >= 0) {
      nextMarker = now + MARKER_NANOS;
      markerWritten = now;
      markerOut = replicator.marker().write(replicator.session());
    }
  }
}
