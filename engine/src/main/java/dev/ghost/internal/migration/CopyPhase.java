package dev.ghost.internal.migration;

import dev.ghost.api.RowRejectedException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.copy.Copier;
import dev.ghost.internal.dialect.ChangedKeys;
import dev.ghost.internal.dialect.ErrorClass;
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
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/**
 * Brings all rows into the ghost; where it has them already, those that differ. Used by the run's
 * own thread.
 */
record CopyPhase(MigrationRun run) {

  /** Gathered keys that are read together. */
  private static final int PORTION = 1_000;

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
    return run.inParallel(run.planned.profile(), copier::divides, copier::run);
  }

  private Workers.Group reconciling() {
    Reconciler reconciler = new Reconciler(run.planned, run.chunkSize(), run.replicator::suspect);
    run.progress.countsCopied(reconciler::rows);
    return run.inParallel(
        run.planned.profile().withSnapshot(),
        reconciler::divides,
        (worker, session) -> reconciler.run(session, run.comparisons.giveWay(worker)));
  }

  /**
   * Removes what an earlier run copied after its last checkpoint: it is copied again. Where that
   * cannot be told from the rest, the frontier knows that it is there.
   */
  private void trim() throws SQLException, InterruptedException {
    if (run.earlier.isEmpty() || run.frontier.complete()) {
      return;
    }
    KeyRange rest = run.frontier.finished().rest();
    Optional<ChangedKeys> gathering = run.planned.changedKeys().filter(ChangedKeys::gathering);
    if (gathering.isPresent()) {
      run.replicator.session().execute(c -> gathering.get().trim(c, rest));
    } else if (run.planned.rows().trims()) {
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
    if (run.planned.changedKeys().isPresent()) {
      replay(run.planned.changedKeys().get());
    }
  }

  /** Builds what was left out for the copy's sake. */
  private void buildTheRest() throws SQLException, InterruptedException {
    List<List<SqlConsumer<Connection>>> stages = run.planned.afterCopy();
    if (stages.isEmpty()) {
      return;
    }
    run.replicator.settleAll();
    run.ghost.release(run.replicator.session());
    Optional<ChangedKeys> gathering = run.planned.changedKeys().filter(ChangedKeys::gathering);
    if (gathering.isPresent()) {
      build(stages);
      // Nobody adds keys while this changes, nor after that.
      try (Pause paused = run.replicator.pause()) {
        gathering.get().indexed();
      }
    } else {
      // The replay would wait for locks.
      try (Pause paused = run.replicator.pause()) {
        build(stages);
      }
    }
    run.ghost.note(run.replicator.session());
  }

  private void build(List<List<SqlConsumer<Connection>>> stages)
      throws SQLException, InterruptedException {
    for (List<SqlConsumer<Connection>> stage : stages) {
      Queue<SqlConsumer<Connection>> left = new ConcurrentLinkedQueue<>(stage);
      run.workers.await(
          run.inParallel(
              run.planned.profile(),
              () -> !left.isEmpty(),
              (worker, session) -> {
                for (var step = left.poll(); step != null; step = left.poll()) {
                  build(session, step);
                }
              }),
          run.heartbeat::beat);
    }
  }

  private void build(Session session, SqlConsumer<Connection> step)
      throws SQLException, InterruptedException {
    try {
      session.execute(step);
    } catch (SQLException e) {
      if (run.server.driver().classify(e) == ErrorClass.DUPLICATE) {
        run.replicator.writer().refuseDuplicates(session, e);
        Optional<ChangedKeys> gathered = run.planned.changedKeys();
        if (gathered.isPresent()) {
          session.execute(gathered.get()::addRepeated);
        }
        throw new StoppedException(
            "Rows of %s had a value that a unique key of the new schema forbids (%s). They have changed since they were copied."
                .formatted(run.planned.names().source(), e.getMessage()),
            "Run the command again: it continues.",
            e);
      }
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

  /** Replays what has gathered during the copy, by this run and those before. */
  private void replay(ChangedKeys gathered) throws SQLException, InterruptedException {
    PendingKeys pending = run.replicator.pending();
    // By a thread of its own, for it waits while the set is full, and this one has to look on.
    run.workers.await(
        run.inParallel(
            run.planned.profile(),
            () -> false,
            (worker, session) -> takeBack(gathered, session, pending)),
        run.heartbeat::beat);
    run.replicator.settleAll(run.heartbeat::beat);
    run.replicator.session().execute(gathered::clear);
  }

  private static void takeBack(ChangedKeys gathered, Session session, PendingKeys pending)
      throws SQLException, InterruptedException {
    ChangedKeys.Portion portion;
    long last = 0;
    do {
      long after = last;
      portion = session.transaction(c -> gathered.next(c, after, PORTION));
      pending.takeBack(portion.keys());
      last = portion.last();
    } while (!portion.keys().isEmpty());
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
