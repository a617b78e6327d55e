package dev.ghost.internal.migration;

import dev.ghost.internal.change.Applier;
import dev.ghost.internal.change.ChangeStream;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.change.PreparedChanges;
import dev.ghost.internal.copy.RowWriter;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.function.SqlRunnable;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.log.Steps;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the cutover needs of the change stream. Used by the run's own thread only. */
record CutoverBacklog(
    Driver driver,
    Marker marker,
    Session markerSession,
    ChangeStream stream,
    PendingKeys pending,
    PreparedChanges prepared,
    Applier applier,
    RowWriter writer,
    ProgressReporter reporter,
    Task nearlyEmpty,
    Workers.SessionTask lastLook,
    Runnable ahead)
    implements Cutover.Backlog {

  private static final Logger LOG = LoggerFactory.getLogger(CutoverBacklog.class);

  private static final int CUTOVER_BATCH = 1_000;

  @Override
  public void awaitNearlyEmpty() throws SQLException, InterruptedException {
    nearlyEmpty.run();
  }

  @Override
  public Pause pause() throws InterruptedException {
    Pause looks = prepared.pause();
    Pause applies = applier.pause();
    return () -> {
      applies.close();
      looks.close();
    };
  }

  @Override
  public boolean drain(Session session, Duration limit, SqlRunnable meanwhile, SqlRunnable arrived)
      throws SQLException, InterruptedException {
    Steps steps = new Steps(LOG, "Drain under the lock");
    long deadline = System.nanoTime() + limit.toNanos();
    long last = lastMarker(limit);
    meanwhile.run();
    if (!stream.await(last, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
      return false;
    }
    steps.done("the last change has arrived");
    arrived.run();
    // Anyone who has written to the source is done with it: else the lock would not have been
    // granted.
    prepared.decideAll();
    if (!drained(session, deadline)) {
      return false;
    }
    steps.done("what was pending is applied");
    if (pending.size() != 0) {
      throw new IllegalStateException("keys are held although no chunk is in flight");
    }
    lastLook.run(session);
    steps.end("the last look is taken");
    return true;
  }

  private long lastMarker(Duration limit) throws SQLException, InterruptedException {
    markerSession.setDeadline(limit);
    try {
      return marker.write(markerSession);
    } finally {
      markerSession.clearDeadline();
    }
  }

  private boolean drained(Session session, long deadline)
      throws SQLException, InterruptedException {
    boolean settled = false;
    try {
      for (List<RowKey> batch = next(session); !batch.isEmpty(); batch = next(session)) {
        if (System.nanoTime() > deadline) {
          return false;
        }
        writer.write(session, new KeyList(batch));
        pending.settle();
      }
      settled = true;
      return true;
    } catch (SQLException e) {
      if (!driver.classify(e).isTransient()) {
        throw e;
      }
      // Somebody held a lock for too long, while the application waited for us.
      return false;
    } finally {
      if (!settled) {
        pending.unpoll();
      }
    }
  }

  private List<RowKey> next(Session session) throws SQLException, InterruptedException {
    applier.follow(session);
    return pending.poll(CUTOVER_BATCH);
  }

  @Override
  public void aheadOfOthers() {
    ahead.run();
  }

  @Override
  public void ended(Blocker blocker) {
    reporter.warning("Ended, for it was in the way of the cutover: " + blocker.what());
  }

  @Override
  public void postponed(int attempt, String reason) {
    reporter.postponed(attempt, reason);
  }
}
