package dev.ghost.internal.migration;

import dev.ghost.internal.change.Marker;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.checkpoint.RunLock;
import dev.ghost.internal.copy.ChunkSize;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.throttle.AdaptiveYield;
import dev.ghost.internal.throttle.Probe;
import dev.ghost.internal.throttle.ServerActivity;
import dev.ghost.internal.throttle.Throttle;
import dev.ghost.internal.verify.GhostDefinition;
import dev.ghost.internal.verify.Verifier;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The moving parts of one migration, from the start of the stream to the swap. The phases take them
 * from here; none of them is known here. Owned by the run's own thread: its methods are called by
 * that thread only.
 */
final class MigrationRun implements AutoCloseable {

  private static final int WAIT_MILLIS = 500;

  final Server server;
  final PlannedMigration planned;
  final Settings settings;
  final ProgressReporter reporter;
  final StopSignal stopSignal;
  final Optional<CutoverGroup> group;
  final Optional<Checkpoint> earlier;

  final Frontier frontier;
  final Replicator replicator;
  final GhostDefinition ghost;
  final Comparisons comparisons;
  final RunProgress progress;
  final Heartbeat heartbeat;
  final AdaptiveYield adaptiveYield;
  final Throttle throttle;
  final CommandLoop commandLoop;
  final Workers workers;

  private final TableName table;
  private final Session own;
  private final List<Probe> replicas;

  /**
   * Makes the parts, which do nothing yet.
   *
   * @param own the session that holds the run's lock
   * @param earlier where a run before has ended
   */
  MigrationRun(
      PhaseDriver phases,
      PlannedMigration planned,
      Session own,
      Artifacts artifacts,
      Optional<Checkpoint> earlier)
      throws SQLException {
    this.server = phases.server();
    this.planned = planned;
    this.settings = phases.settings();
    this.reporter = phases.reporter();
    this.stopSignal = phases.stopSignal();
    this.group = phases.group();
    this.table = phases.table();
    this.own = own;
    this.earlier = earlier;
    this.workers = new Workers(server, reporter);
    this.frontier =
        new Frontier(
            planned.order(),
            planned.filled()
                ? CompletedRange.WHOLE
                : earlier.map(Checkpoint::copied).orElse(CompletedRange.NOTHING),
            earlier.isPresent() && !planned.rows().trims());
    int attempt = earlier.map(Checkpoint::attempt).orElse(1);
    this.replicator =
        new Replicator(phases, planned, artifacts.journal(), frontier, attempt, workers);
    this.replicas = settings.throttling().replicaProbes(server, planned, replicator.marker());
    this.adaptiveYield =
        new AdaptiveYield(
            new ServerActivity(
                planned.stats(),
                server.sessions(),
                replicator.pending(),
                replicator.marker().touch()),
            !settings.throttling().fullSpeed());
    this.throttle = settings.throttling().throttle(planned.stats(), replicas, adaptiveYield);
    throttle.workers(settings.copyThreads());
    this.comparisons = new Comparisons(server, planned, replicator, throttle, this::chunkSize);
    this.progress =
        new RunProgress(
            planned,
            earlier,
            reporter,
            frontier,
            replicator.pending(),
            comparisons,
            throttle,
            adaptiveYield);
    this.commandLoop =
        new CommandLoop(
            planned,
            replicas,
            artifacts.journal(),
            throttle,
            adaptiveYield,
            reporter,
            settings,
            stopSignal,
            new ServerWatch(planned, server.sessions(), settings.limits(), reporter));
    this.ghost = new GhostDefinition(server, replicator.session(), planned);
    this.heartbeat =
        new Heartbeat(
            stopSignal,
            planned,
            ghost,
            new RunLock(server.driver(), own, artifacts, planned.names().source(), attempt),
            replicator,
            workers,
            progress);
  }

  /** Returns a size for chunks that adapts itself from now on. */
  ChunkSize chunkSize() {
    return new ChunkSize(
        () -> adaptiveYield.chunkTime(commandLoop.chunkTime()), throttle::mostRows);
  }

  /** Stream first: it runs, proven by a marker that came back, before any row is read. */
  void startStream() throws SQLException, InterruptedException {
    reporter.goesOnFrom(progress.rowsCopied());
    workers.startBackground(planned.profile(), commandLoop::run);
    replicator.session().execute(planned::open);
    ghost.note(replicator.session());
    replicator.start(earlier, heartbeat::beat);
    if (group.isPresent()) {
      awaitTurn(group.get());
    }
  }

  /** Others are to be copied before. What is changed meanwhile is followed already. */
  private void awaitTurn(CutoverGroup together) throws SQLException, InterruptedException {
    Marker.Fence fence = replicator.marker().fence();
    while (!together.isTurnOf(table)) {
      heartbeat.beat();
      // Else the transactions that have arrived would be remembered until the first chunk.
      fence.pass(replicator.session());
      commandLoop.rest(WAIT_MILLIS);
    }
  }

  /** Compares both tables, and has each difference explained by a change. */
  void verify() throws SQLException, InterruptedException {
    Verifier first = comparisons.first(earlier);
    reporter.goesOnFrom(progress.rowsVerified());
    replicator.settleAll();
    workers.await(comparing(first), heartbeat::beat);
    explain(first);
    keep();
  }

  /** Returns threads that compare both tables. */
  Workers.Group comparing(Verifier comparison) {
    return inParallel(
        planned.profile().withSnapshot(), comparison::divides, comparisons.work(comparison));
  }

  /** Has each difference that a whole comparison has found explained by a change. */
  void explain(Verifier comparison) throws SQLException, InterruptedException {
    comparisons.explain(comparison);
    reporter.compared();
  }

  /**
   * Returns threads at the same work, as many as are wanted.
   *
   * @param more as in {@link Workers#group}
   */
  Workers.Group inParallel(SessionProfile profile, BooleanSupplier more, Workers.SharedTask task) {
    return workers.group(profile, settings.copyThreads(), throttle, more, task);
  }

  /** Writes a checkpoint at once, for a run that ends before its time and is to be resumed. */
  void keep() throws SQLException, InterruptedException {
    replicator.checkpoint(progress::noted);
  }

  /** True when there is something that a later run would rather not do again. */
  boolean worthKeeping() {
    return !planned.filled() && progress.rowsCopied() > 0;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    // The order matters: nobody may wait for somebody who is already gone.
    throttle.close();
    commandLoop.close();
    replicator.release();
    Thread.interrupted();
    try (replicator) {
      replicas.forEach(Probe::close);
    } finally {
      workers.close(() -> server.sessions().abortAllBut(own));
    }
  }
}
