package dev.ghost.migration;

import dev.ghost.change.ChangeStream;
import dev.ghost.change.Marker;
import dev.ghost.dialect.PlannedMigration;
import dev.ghost.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What has to be done again and again while a phase lasts: look whether to stop, whether server,
 * source and ghost are still as planned, how far the stream lags; tell the progress. Used by the
 * run's own thread only.
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
  private final Marker marker;
  private final Session session;

  private long nextProgress;
  private long nextMarker;
  private long nextHarm;
  private long nextCheck = System.nanoTime() + CHECK_NANOS;
  private long markerOut;
  private long markerWritten;
  private Duration lag = Duration.ZERO;

  /** Tells how far a phase is. */
  interface Report {
    void progress(long rows, Duration lag);
  }

  Heartbeat(
      StopSignal stopSignal,
      PlannedMigration planned,
      GhostDefinition ghost,
      RunLock runLock,
      Marker marker,
      Session session) {
    this.stopSignal = stopSignal;
    this.planned = planned;
    this.ghost = ghost;
    this.runLock = runLock;
    this.marker = marker;
    this.session = session;
  }

  void beat(ChangeStream stream, Report report, LongSupplier rows)
      throws SQLException, InterruptedException {
    stopSignal.stopIfAsked();
    long now = System.nanoTime();
    measureLag(stream, now);
    if (now - nextProgress >= 0) {
      nextProgress = now + PROGRESS_NANOS;
      report(report, rows);
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
  }

  void report(Report report, LongSupplier rows) {
    report.progress(rows.getAsLong(), lag);
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
      markerOut = marker.write(session);
    }
  }
}
