package dev.ghost.internal.migration;

import dev.ghost.api.RowRejectedException;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.copy.Copier;
import dev.ghost.internal.function.SqlConsumer;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import dev.ghost.internal.throttle.Throttle;
import dev.ghost.internal.verify.Reconciler;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/**
 * Brings all rows into the ghost; where it has them already, those that differ. Used by the run's
 * own thread.
 */
record CopyPhase(MigrationRun run) {

  /** Returns the threads that do it; what is left to do after them is in {@link #end}. */
  Workers.Group begin() throws SQLException, InterruptedException {
    // The first look is over before the first chunk.
    run.throttle.look(run.replicator.session());
    run.workers.startBackground(
        run.planned.profile().inHaste(), run.throttle::awaitProbes, run.throttle::run);
    run.workers.startBackground(
        run.planned.profile(), run.adaptiveYield::awaitWanted, run.adaptiveYield::run);
    return run.planned.filled() ? reconciling() : copying();
  }

  private Workers.Group copying() throws SQLException, InterruptedException {
    trim();
    Copier copier =
        new Copier(
            run.planned.rows(),
            run.chunkSize(),
            run.frontier,
            run.replicator.writer(),
            worker ->
                new SideBySide(
                    worker,
                    run.replicator.marker().fence(),
                    run.replicator.pending(),
                    run.throttle));
    run.progress.countsCopied(copier::rowsCopied);
    run.reporter.goesOnFrom(run.progress.rowsCopied());
    return run.inParallel(run.planned.profile(), copier::run);
  }

  private Workers.Group reconciling() {
    Reconciler reconciler = new Reconciler(run.planned, run.chunkSize(), run.replicator::suspect);
    run.progress.countsCopied(reconciler::rows);
    return run.inParallel(
        run.planned.profile().withSnapshot(),
        (worker, session) -> reconciler.run(session, run.comparisons.giveWay(worker)));
  }

  /**
   * Removes what an earlier run copied after its last checkpoint: it is copied again. Where that
   * cannot be told from the rest, the frontier knows that it is there.
   */
  private void trim() throws SQLException, InterruptedException {
    KeyRange rest = run.frontier.finished().rest();
    if (run.earlier.isPresent() && !run.frontier.complete() && run.planned.rows().trims()) {
      while (run.replicator.session().transaction(c -> run.planned.rows().trim(c, rest))) {
        run.stopSignal.stopIfAsked();
        run.replicator.stream().check();
      }
    }
  }

  /** Does what is left when the threads of {@link #begin} have ended. */
  void end() throws SQLException, InterruptedException {
    if (run.planned.filled()) {
      run.replicator.settleAll();
      return;
    }
    if (!run.frontier.complete()) {
      throw new IllegalStateException("the copy ended before the end of the table");
    }
    run.heartbeat.report();
    run.keep();
    buildTheRest();
  }

  /** Builds what was left out for the copy's sake. The replay waits: it would wait for locks. */
  private void buildTheRest() throws SQLException, InterruptedException {
    List<SqlConsumer<Connection>> steps = run.planned.afterCopy();
    if (steps.isEmpty()) {
      return;
    }
    run.replicator.settleAll();
    run.ghost.release(run.replicator.session());
    Queue<SqlConsumer<Connection>> left = new ConcurrentLinkedQueue<>(steps);
    try (Pause paused = run.replicator.pause()) {
      run.workers.await(
          run.inParallel(
              run.planned.profile(),
              (worker, session) -> {
                for (var step = left.poll(); step != null; step = left.poll()) {
                  build(session, step);
                }
              }),
          run.heartbeat::beat);
    }
    run.ghost.note(run.replicator.session());
  }

  private void build(Session session, SqlConsumer<Connection> step)
      throws SQLException, InterruptedException {
    try {
      session.execute(step);
    } catch (SQLException e) {
      if (run.server.driver().classify(e).isDataError()) {
        throw new RowRejectedException(
            "A row of %s does not fit the new schema: %s"
                .formatted(run.planned.names().source(), e.getMessage()),
            "Change the row, or the new definition; then run it again.",
            e);
      }
      throw e;
    }
  }

  /**
   * Copy and replay side by side. Used by one copying thread.
   *
   * @param worker the thread's number, from 0
   */
  private record SideBySide(int worker, Marker.Fence fence, PendingKeys pending, Throttle throttle)
      implements Copier.Pacing {

    @Override
    public void fence(Session session) throws SQLException, InterruptedException {
      fence.pass(session);
    }

    @Override
    public void chunkFinished() {
      pending.chunkFinished();
    }

    @Override
    public void giveWay(long rows, Duration took, BooleanSupplier over)
        throws InterruptedException {
      throttle.await(worker, rows, took, over);
      // The fuller the set of pending keys, the longer the pause: up to nine times as long as the
      // chunk took, so that the copy always keeps a tenth of its pace and always ends.
      double fullness = pending.fullness();
      if (fullness > 0.1) {
        Thread.sleep((long) (took.toMillis() * 9 * fullness));
      }
    }
  }
}
