package dev.ghost.migration;

import dev.ghost.api.CutoverException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.change.Marker;
import dev.ghost.change.Pause;
import dev.ghost.checkpoint.Checkpoint;
import dev.ghost.copy.ChunkSize;
import dev.ghost.copy.Copier;
import dev.ghost.copy.Frontier;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Artifacts;
import dev.ghost.dialect.PlannedMigration;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.key.CompletedRange;
import dev.ghost.key.KeyRange;
import dev.ghost.session.Server;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import dev.ghost.throttle.AdaptiveYield;
import dev.ghost.throttle.Probe;
import dev.ghost.throttle.Throttle;
import dev.ghost.verify.Reconciler;
import dev.ghost.verify.Verifier;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The moving parts of one migration, from the start of the stream to the swap. Owned by the run's
 * own thread: its methods are called by that thread only, in the order of the phases.
 */
final class MigrationRun implements AutoCloseable {

  /** How long the last changes may take at first to be applied, for the cutover to be tried. */
  private static final Duration SOON = Duration.ofMillis(50);

  /** After so long without a try, the cutover may take twice as long. */
  private static final long IMPATIENT_NANOS = Duration.ofSeconds(2).toNanos();

  /** After so long without a try, anyone who watches is told why. */
  private static final Duration WORTH_A_WORD = Duration.ofMinutes(1);

  private static final int WAIT_MILLIS = 500;

  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final PhaseDriver phases;
  private final Server server;
  private final PlannedMigration planned;
  private final Session own;
  private final Settings settings;
  private final ProgressReporter reporter;
  private final Optional<Checkpoint> earlier;

  private final Frontier frontier;
  private final Replicator replicator;
  private final GhostDefinition ghost;
  private final Heartbeat heartbeat;
  private final AdaptiveYield adaptiveYield;
  private final Throttle throttle;
  private final List<Probe> replicas;
  private final CommandLoop commandLoop;
  private final Comparisons comparisons;
  private final Workers workers = new Workers();

  private Copier copier;
  private Reconciler reconciler;

  MigrationRun(
      PhaseDriver phases,
      PlannedMigration planned,
      Session own,
      Artifacts artifacts,
      Optional<Checkpoint> earlier)
      throws SQLException {
    this.phases = phases;
    this.server = phases.server();
    this.own = own;
    Sessions sessions = server.sessions();
    this.planned = planned;
    this.settings = phases.settings();
    this.reporter = phases.reporter();
    this.earlier = earlier;
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
                planned.stats(), sessions, replicator.pending(), replicator.marker().touch()),
            !settings.throttling().fullSpeed());
    this.throttle = settings.throttling().throttle(planned.stats(), replicas, adaptiveYield);
    throttle.workers(settings.copyThreads());
    this.comparisons = new Comparisons(sessions, planned, replicator, throttle, this::chunkSize);
    this.commandLoop =
        new CommandLoop(
            planned,
            replicas,
            artifacts.journal(),
            throttle,
            adaptiveYield,
            reporter,
            settings,
            phases.stopSignal(),
            new ServerWatch(planned, sessions, settings.limits(), reporter));
    this.ghost = new GhostDefinition(server, replicator.session(), planned);
    this.heartbeat =
        new Heartbeat(
            phases.stopSignal(),
            planned,
            ghost,
            new RunLock(server.driver(), own, artifacts, planned.names().source(), attempt),
            replicator.marker(),
            replicator.session());
  }

  private ChunkSize chunkSize() {
    return new ChunkSize(
        () -> adaptiveYield.chunkTime(commandLoop.chunkTime()), throttle::mostRows);
  }

  /** Stream first: it runs, proven by a marker that came back, before any row is read. */
  void startStream() throws SQLException, InterruptedException {
    reporter.goesOnFrom(rowsCopied());
    workers.stand(server.sessions(), planned.profile(), commandLoop::run);
    replicator.session().execute(planned::open);
    ghost.note(replicator.session());
    replicator.start(earlier, () -> tick(this::rowsCopied));
    awaitTurn();
  }

  /** Others are to be copied before. What is changed meanwhile is followed already. */
  private void awaitTurn() throws SQLException, InterruptedException {
    Marker.Fence fence = replicator.marker().fence();
    while (!phases.group().isTurnOf(phases.table())) {
      tick(this::rowsCopied);
      workers.check();
      // Else the transactions that have arrived would be remembered until the first chunk.
      fence.pass(replicator.session());
      commandLoop.rest(WAIT_MILLIS);
    }
  }

  /** Brings all rows into the ghost; where it has them already, those that differ. */
  void fill() throws Exception {
    // The first look is over before the first chunk.
    throttle.look(replicator.session());
    workers.stand(server.sessions(), planned.profile().inHaste(), throttle::run);
    workers.stand(server.sessions(), planned.profile(), adaptiveYield::run);
    if (planned.filled()) {
      reconcile();
    } else {
      copy();
    }
  }

  private void copy() throws Exception {
    trim();
    copier = new Copier(planned.rows(), chunkSize(), frontier, replicator.writer());
    reporter.goesOnFrom(rowsCopied());
    await(
        inParallel(
            planned.profile(),
            (worker, session) ->
                copier.run(
                    session,
                    new CopyPacing(
                        worker, replicator.marker().fence(), replicator.pending(), throttle))),
        this::rowsCopied);
    if (!frontier.complete()) {
      throw new IllegalStateException("the copy ended before the end of the table");
    }
    heartbeat.report(this::progress, this::rowsCopied);
    replicator.checkpoint(this::done);
    buildTheRest();
  }

  private void reconcile() throws SQLException, InterruptedException {
    reconciler = new Reconciler(planned, chunkSize(), replicator::suspect);
    await(
        inParallel(
            planned.profile().withSnapshot(),
            (worker, session) -> reconciler.run(session, comparisons.giveWay(worker))),
        this::rowsCopied);
    replicator.settleAll();
  }

  /**
   * Removes what an earlier run copied after its last checkpoint: it is copied again. Where that
   * cannot be told from the rest, the frontier knows that it is there.
   */
  private void trim() throws SQLException, InterruptedException {
    KeyRange rest = frontier.finished().rest();
    if (earlier.isPresent() && !frontier.complete() && planned.rows().trims()) {
      while (replicator.session().transaction(c -> planned.rows().trim(c, rest))) {
        phases.stopSignal().stopIfAsked();
        replicator.stream().check();
      }
    }
  }

  /** Builds what was left out for the copy's sake. The replay waits: it would wait for locks. */
  private void buildTheRest() throws Exception {
    List<PlannedMigration.BuildStep> steps = planned.afterCopy();
    if (steps.isEmpty()) {
      return;
    }
    replicator.settleAll();
    ghost.release(replicator.session());
    Queue<PlannedMigration.BuildStep> left = new ConcurrentLinkedQueue<>(steps);
    try (Pause paused = replicator.pause()) {
      await(
          inParallel(
              planned.profile(),
              (worker, session) -> {
                for (var step = left.poll(); step != null; step = left.poll()) {
                  build(session, step);
                }
              }),
          this::rowsCopied);
    }
    ghost.note(replicator.session());
  }

  private void build(Session session, PlannedMigration.BuildStep step)
      throws SQLException, InterruptedException {
    try {
      session.execute(step::run);
    } catch (SQLException e) {
      if (server.driver().classify(e).isDataError()) {
        throw new RowRejectedException(
            "A row of %s does not fit the new schema: %s"
                .formatted(planned.names().source(), e.getMessage()),
            "Change the row, or the new definition; then run it again.",
            e);
      }
      throw e;
    }
  }

  void verify() throws Exception {
    Verifier first = comparisons.first(earlier);
    reporter.goesOnFrom(rowsVerified());
    replicator.settleAll();
    await(comparing(first), this::rowsVerified);
    explain(first);
    replicator.checkpoint(this::done);
  }

  /** For a run that ends before its time, and is to be resumed. */
  void keep() throws SQLException, InterruptedException {
    replicator.checkpoint(this::done);
  }

  private WorkerGroup comparing(Verifier comparison) {
    return inParallel(planned.profile().withSnapshot(), comparisons.work(comparison));
  }

  private void explain(Verifier comparison) throws SQLException, InterruptedException {
    comparisons.explain(comparison);
    reporter.compared();
  }

  /**
   * Waits until the cutover may be made, and compares the tables again now and then.
   *
   * @param held says why it may not; nothing, when it may
   * @return false when the ghost was only to be kept in step, and was for as long as wanted
   */
  private boolean awaitLeave(Supplier<String> held) throws SQLException, InterruptedException {
    String why = held.get();
    if (!why.isEmpty()) {
      reporter.warning("The cutover waits: %s. The ghost is kept in step.".formatted(why));
    }
    long nextVerify = System.nanoTime() + settings.verifyEvery().toNanos();
    long until = System.nanoTime() + settings.keepInStep().orElse(FOR_EVER).toNanos();
    while (!held.get().isEmpty()) {
      if (comparisons.begun() && System.nanoTime() - nextVerify > 0) {
        verifyAgain(held);
        nextVerify = System.nanoTime() + settings.verifyEvery().toNanos();
      }
      if (System.nanoTime() - until > 0) {
        return false;
      }
      tickAll();
      commandLoop.rest(100);
    }
    return true;
  }

  /** Compares everything once more; gives it up when the cutover may be made meanwhile. */
  private void verifyAgain(Supplier<String> held) throws SQLException, InterruptedException {
    Verifier again = comparisons.another();
    workers.await(
        comparing(again),
        () -> {
          phases.group().tick(() -> tick(again::rowsVerified));
          if (held.get().isEmpty()) {
            again.abandon();
          }
        });
    if (again.compared().whole()) {
      explain(again);
    }
  }

  /**
   * Swaps the names.
   *
   * @return empty when the ghost was only to be kept in step, and was for as long as wanted
   */
  Optional<Cutover.Made> cutOver() throws SQLException, InterruptedException {
    CutoverGroup group = phases.group();
    if (!awaitLeave(() -> group.held(phases.table(), commandLoop.cutoverHeld()))) {
      return Optional.empty();
    }
    reporter.beforeCutover();
    ghost.release(replicator.session());
    replicator.session().execute(planned::prepareSwap);
    ghost.note(replicator.session());
    ghost.noteFirstRows(replicator.session());
    CutoverBacklog backlog = replicator.backlog(phases, this::awaitNearlyEmpty, this::lastLook);
    return Optional.of(
        group.cutOver(
            new CutoverGroup.Member(new Cutover.Part(planned, backlog), this::tickAtCutover),
            this::cutOver));
  }

  /** Of this table, and of those that are swapped together with it. */
  private Cutover.Made cutOver(List<CutoverGroup.Member> members)
      throws SQLException, InterruptedException {
    SessionProfile profile = planned.profile().inHaste();
    List<Session> guards = new ArrayList<>();
    try (Session locker = server.open(profile)) {
      for (int i = members.stream().mapToInt(m -> m.part().planned().guards()).sum(); i > 0; i--) {
        guards.add(server.open(profile));
      }
      return new Cutover(
              server, settings.cutover(), members.stream().map(CutoverGroup.Member::part).toList())
          .run(locker, guards);
    } finally {
      guards.forEach(Session::close);
    }
  }

  /** Also for those whose threads stand still until the cutover is made. */
  private void tickAll() throws SQLException, InterruptedException {
    phases.group().tick(this::tickAtCutover);
  }

  private void tickAtCutover() throws SQLException, InterruptedException {
    tick(rowsOfPhase());
    workers.check();
  }

  /**
   * Waits until the rest could be applied in no time. That is measured and not counted in keys:
   * under a steady load, as many keys are pending at any moment as arrive while a batch is applied.
   * What counts as no time grows while we wait, up to a quarter of what the drain is allowed.
   */
  private void awaitNearlyEmpty() throws SQLException, InterruptedException {
    Duration most = settings.cutover().drainTimeout().dividedBy(4);
    Duration waited = Duration.ZERO;
    while (true) {
      if (!awaitLeave(commandLoop::cutoverHeld)) {
        throw new CutoverException(
            "The cutover of %s was postponed until its time was over."
                .formatted(planned.names().source()),
            "Nothing was changed.");
      }
      long asked = System.nanoTime();
      replicator.settleAll(this::tickAll);
      Duration behind = Duration.ofNanos(System.nanoTime() - asked);
      tickAll();
      if (throttle.reason().isEmpty() && behind.compareTo(allowed(waited, most)) <= 0) {
        return;
      }
      Duration before = waited;
      waited = waited.plus(behind);
      if (before.compareTo(WORTH_A_WORD) < 0 && waited.compareTo(WORTH_A_WORD) >= 0) {
        reporter.warning(
            "The cutover of %s waits: the table is written to so much that the ghost is %d ms behind, and no more than %d ms would be tried. It continues by itself when there are fewer writes; a longer --drain-timeout allows more."
                .formatted(planned.names().source(), behind.toMillis(), most.toMillis()));
      }
    }
  }

  private static Duration allowed(Duration waited, Duration most) {
    Duration soon = SOON.multipliedBy(1L << Math.min(20, waited.toNanos() / IMPATIENT_NANOS));
    return soon.compareTo(most) < 0 ? soon : most;
  }

  /** Under the lock. */
  private void lastLook(Session session) throws SQLException, InterruptedException {
    ghost.lastLook(session);
    comparisons.lastLook(session);
  }

  /** By this run and those that it continues from; or reconciled. */
  long rowsCopied() {
    return earlier.map(Checkpoint::rowsCopied).orElse(0L)
        + (copier == null ? 0 : copier.rowsCopied())
        + (reconciler == null ? 0 : reconciler.rows());
  }

  /** By this run and those that it continues from; of the last whole comparison. */
  long rowsVerified() {
    return comparisons.rows();
  }

  /** True when there is something that a later run would rather not do again. */
  boolean worthKeeping() {
    return !planned.filled() && rowsCopied() > 0;
  }

  long keysApplied() {
    return replicator.pending().settledTotal();
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

  private WorkerGroup inParallel(SessionProfile profile, WorkerGroup.Work work) {
    return new WorkerGroup(
        workers::submit,
        () -> server.open(profile),
        settings.copyThreads(),
        throttle::workers,
        reporter::warning,
        (worker, session) -> {
          try {
            work.run(worker, session);
          } finally {
            adaptiveYield.left(worker);
          }
        });
  }

  private void await(WorkerGroup team, LongSupplier rows)
      throws SQLException, InterruptedException {
    workers.await(team, () -> tick(rows));
  }

  private void tick(LongSupplier rows) throws SQLException, InterruptedException {
    replicator.stream().check();
    heartbeat.beat(replicator.stream(), this::progress, rows);
    replicator.beat(this::done);
  }

  private Checkpoint done(Checkpoint last) {
    return comparisons.noted(last.withCopied(frontier.finished(), rowsCopied()));
  }

  private void progress(long rows, Duration lag) {
    reporter.progress(
        rows,
        planned.plan().estimatedRows(),
        replicator.pending().size(),
        keysApplied(),
        lag,
        throttle.reason(),
        adaptiveYield.says());
  }

  private LongSupplier rowsOfPhase() {
    return comparisons.begun() ? this::rowsVerified : this::rowsCopied;
  }
}
