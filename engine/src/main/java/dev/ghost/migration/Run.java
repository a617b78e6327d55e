package dev.ghost.migration;

import dev.ghost.api.CutoverException;
import dev.ghost.api.MisfitException;
import dev.ghost.change.Marker;
import dev.ghost.change.Pause;
import dev.ghost.checkpoint.Checkpoint;
import dev.ghost.copy.ChunkSize;
import dev.ghost.copy.Copier;
import dev.ghost.copy.Frontier;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.Remains;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.Extent;
import dev.ghost.plan.KeyRange;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import dev.ghost.throttle.Courtesy;
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
 * The moving parts of one migration, from the start of the stream to the swap. Owned by the
 * conductor: its methods are called by that thread only, in the order of the phases.
 */
final class Run implements AutoCloseable {

  /** How long the last changes may take at first to be applied, for the cutover to be tried. */
  private static final Duration SOON = Duration.ofMillis(50);

  /** After so long without a try, the cutover may take twice as long. */
  private static final long IMPATIENT_NANOS = Duration.ofSeconds(2).toNanos();

  /** After so long without a try, whoever watches is told why. */
  private static final Duration WORTH_A_WORD = Duration.ofMinutes(1);

  private static final int WAIT_MILLIS = 500;

  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final Conductor conductor;
  private final Dialect dialect;
  private final Sessions sessions;
  private final Workbench bench;
  private final Session own;
  private final Settings settings;
  private final Narrator narrator;
  private final Optional<Checkpoint> earlier;

  private final Frontier frontier;
  private final Follower follower;
  private final GhostDefinition ghost;
  private final Pulse pulse;
  private final Courtesy courtesy;
  private final Throttle throttle;
  private final List<Probe> replicas;
  private final Steering steering;
  private final Comparisons comparisons;
  private final Crew crew = new Crew();

  private Copier copier;
  private Reconciler reconciler;

  Run(
      Conductor conductor,
      Workbench bench,
      Session own,
      Remains remains,
      Optional<Checkpoint> earlier)
      throws SQLException {
    this.conductor = conductor;
    this.dialect = conductor.dialect();
    this.own = own;
    this.sessions = conductor.sessions();
    this.bench = bench;
    this.settings = conductor.settings();
    this.narrator = conductor.narrator();
    this.earlier = earlier;
    this.frontier =
        new Frontier(
            bench.order(),
            bench.filled() ? Extent.WHOLE : earlier.map(Checkpoint::copied).orElse(Extent.NOTHING),
            earlier.isPresent() && !bench.rows().trims());
    int attempt = earlier.map(Checkpoint::attempt).orElse(1);
    this.follower = new Follower(conductor, bench, remains.journal(), frontier, attempt, crew);
    this.replicas =
        settings.throttling().replicaProbes(dialect, bench, follower.marker(), conductor.address());
    this.courtesy =
        new Courtesy(
            new CourtesyServer(
                bench.gauges(), sessions, follower.pending(), follower.marker().touch()),
            !settings.throttling().fullSpeed());
    this.throttle = settings.throttling().throttle(bench.gauges(), replicas, courtesy);
    throttle.workers(settings.copyThreads());
    this.comparisons = new Comparisons(sessions, bench, follower, throttle, this::chunkSize);
    this.steering =
        new Steering(
            bench,
            replicas,
            remains.journal(),
            throttle,
            courtesy,
            narrator,
            settings,
            conductor.helm(),
            new ServerWatch(bench, sessions, settings.limits(), narrator));
    this.ghost = new GhostDefinition(dialect, sessions, follower.session(), bench);
    this.pulse =
        new Pulse(
            conductor.helm(),
            bench,
            ghost,
            new RunLock(dialect, own, remains, bench.names().source(), attempt),
            follower.marker(),
            follower.session());
  }

  private ChunkSize chunkSize() {
    return new ChunkSize(() -> courtesy.chunkTime(steering.chunkTime()), throttle::mostRows);
  }

  /** Stream first: it runs, proven by a marker that came back, before any row is read. */
  void startStream() throws SQLException, InterruptedException {
    narrator.goesOnFrom(rowsCopied());
    crew.stand(sessions, bench.profile(), steering::run);
    follower.session().execute(bench::open);
    ghost.note(follower.session());
    follower.start(earlier, () -> tick(this::rowsCopied));
    awaitTurn();
  }

  /** Others are to be copied before. What is changed meanwhile is followed already. */
  private void awaitTurn() throws SQLException, InterruptedException {
    Marker.Fence fence = follower.marker().fence();
    while (!conductor.together().isTurnOf(conductor.table())) {
      tick(this::rowsCopied);
      crew.check();
      // Else the transactions that have arrived would be remembered until the first chunk.
      fence.pass(follower.session());
      steering.rest(WAIT_MILLIS);
    }
  }

  /** Brings all rows into the ghost; where it has them already, those that differ. */
  void fill() throws Exception {
    // The first look is over before the first chunk.
    throttle.look(follower.session());
    crew.stand(sessions, bench.profile().inHaste(), throttle::run);
    crew.stand(sessions, bench.profile(), courtesy::run);
    if (bench.filled()) {
      reconcile();
    } else {
      copy();
    }
  }

  private void copy() throws Exception {
    trim();
    copier = new Copier(bench.rows(), chunkSize(), frontier, follower.writer());
    narrator.goesOnFrom(rowsCopied());
    await(
        inParallel(
            bench.profile(),
            (worker, session) ->
                copier.run(
                    session,
                    new CopyTraffic(
                        worker, follower.marker().fence(), follower.pending(), throttle))),
        this::rowsCopied);
    if (!frontier.complete()) {
      throw new IllegalStateException("the copy ended before the end of the table");
    }
    pulse.report(this::progress, this::rowsCopied);
    follower.checkpoint(this::done);
    buildTheRest();
  }

  private void reconcile() throws SQLException, InterruptedException {
    reconciler = new Reconciler(bench, chunkSize(), follower::suspect);
    await(
        inParallel(
            bench.profile().withSnapshot(),
            (worker, session) -> reconciler.run(session, comparisons.giveWay(worker))),
        this::rowsCopied);
    follower.settleAll();
  }

  /**
   * Removes what an earlier run copied after its last checkpoint: it is copied again. Where that
   * cannot be told from the rest, the frontier knows that it is there.
   */
  private void trim() throws SQLException, InterruptedException {
    KeyRange rest = frontier.finished().rest();
    if (earlier.isPresent() && !frontier.complete() && bench.rows().trims()) {
      while (follower.session().transaction(c -> bench.rows().trim(c, rest))) {
        conductor.helm().stopIfAsked();
        follower.stream().check();
      }
    }
  }

  /** Builds what was left out for the copy's sake. The replay waits: it would wait for locks. */
  private void buildTheRest() throws Exception {
    List<Workbench.BuildStep> steps = bench.afterCopy();
    if (steps.isEmpty()) {
      return;
    }
    follower.settleAll();
    ghost.release(follower.session());
    Queue<Workbench.BuildStep> left = new ConcurrentLinkedQueue<>(steps);
    try (Pause paused = follower.pause()) {
      await(
          inParallel(
              bench.profile(),
              (worker, session) -> {
                for (var step = left.poll(); step != null; step = left.poll()) {
                  build(session, step);
                }
              }),
          this::rowsCopied);
    }
    ghost.note(follower.session());
  }

  private void build(Session session, Workbench.BuildStep step)
      throws SQLException, InterruptedException {
    try {
      session.execute(step::run);
    } catch (SQLException e) {
      if (dialect.classify(e).aboutRows()) {
        throw new MisfitException(
            "A row of %s does not fit the new schema: %s"
                .formatted(bench.names().source(), e.getMessage()),
            "Change the row, or the new definition; then run it again.",
            e);
      }
      throw e;
    }
  }

  void verify() throws Exception {
    Verifier first = comparisons.first(earlier);
    narrator.goesOnFrom(rowsVerified());
    follower.settleAll();
    await(comparing(first), this::rowsVerified);
    explain(first);
    follower.checkpoint(this::done);
  }

  /** For a run that ends before its time, and is to be resumed. */
  void keep() throws SQLException, InterruptedException {
    follower.checkpoint(this::done);
  }

  private Team comparing(Verifier comparison) {
    return inParallel(bench.profile().withSnapshot(), comparisons.work(comparison));
  }

  private void explain(Verifier comparison) throws SQLException, InterruptedException {
    comparisons.explain(comparison);
    narrator.compared();
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
      narrator.warning("The cutover waits: %s. The ghost is kept in step.".formatted(why));
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
      steering.rest(100);
    }
    return true;
  }

  /** Compares everything once more; gives it up when the cutover may be made meanwhile. */
  private void verifyAgain(Supplier<String> held) throws SQLException, InterruptedException {
    Verifier again = comparisons.another();
    crew.await(
        comparing(again),
        () -> {
          conductor.together().tick(() -> tick(again::rowsVerified));
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
    Together together = conductor.together();
    if (!awaitLeave(() -> together.held(conductor.table(), steering.cutoverHeld()))) {
      return Optional.empty();
    }
    narrator.beforeCutover();
    ghost.release(follower.session());
    follower.session().execute(bench::prepareSwap);
    ghost.note(follower.session());
    ghost.noteFirstRows(follower.session());
    CutoverBacklog backlog = follower.backlog(conductor, this::awaitNearlyEmpty, this::lastLook);
    return Optional.of(
        together.cutOver(
            new Together.Member(new Cutover.Part(bench, backlog), this::tickAtCutover),
            this::cutOver));
  }

  /** Of this table, and of those that are swapped together with it. */
  private Cutover.Made cutOver(List<Together.Member> members)
      throws SQLException, InterruptedException {
    SessionProfile profile = bench.profile().inHaste();
    List<Session> guards = new ArrayList<>();
    try (Session locker = sessions.open(profile)) {
      for (int i = members.stream().mapToInt(m -> m.part().bench().guards()).sum(); i > 0; i--) {
        guards.add(sessions.open(profile));
      }
      return new Cutover(
              dialect, settings.cutover(), members.stream().map(Together.Member::part).toList())
          .run(locker, guards);
    } finally {
      guards.forEach(Session::close);
    }
  }

  /** Also for those whose threads stand still until the cutover is made. */
  private void tickAll() throws SQLException, InterruptedException {
    conductor.together().tick(this::tickAtCutover);
  }

  private void tickAtCutover() throws SQLException, InterruptedException {
    tick(rowsOfPhase());
    crew.check();
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
      if (!awaitLeave(steering::cutoverHeld)) {
        throw new CutoverException(
            "The cutover of %s was postponed until its time was over."
                .formatted(bench.names().source()),
            "Nothing was changed.");
      }
      long asked = System.nanoTime();
      follower.settleAll(this::tickAll);
      Duration behind = Duration.ofNanos(System.nanoTime() - asked);
      tickAll();
      if (throttle.reason().isEmpty() && behind.compareTo(allowed(waited, most)) <= 0) {
        return;
      }
      Duration before = waited;
      waited = waited.plus(behind);
      if (before.compareTo(WORTH_A_WORD) < 0 && waited.compareTo(WORTH_A_WORD) >= 0) {
        narrator.warning(
            "The cutover of %s waits: the table is written to so much that the ghost is %d ms behind, and no more than %d ms would be tried. It goes on by itself when there are fewer writes; a longer --drain-timeout allows more."
                .formatted(bench.names().source(), behind.toMillis(), most.toMillis()));
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

  /** By this run and those that it goes on from; or reconciled. */
  long rowsCopied() {
    return earlier.map(Checkpoint::rowsCopied).orElse(0L)
        + (copier == null ? 0 : copier.rowsCopied())
        + (reconciler == null ? 0 : reconciler.rows());
  }

  /** By this run and those that it goes on from; of the last whole comparison. */
  long rowsVerified() {
    return comparisons.rows();
  }

  /** True when there is something that a later run would rather not do again. */
  boolean worthKeeping() {
    return !bench.filled() && rowsCopied() > 0;
  }

  long keysApplied() {
    return follower.pending().settledTotal();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    // The order matters: nobody may wait for somebody who is already gone.
    throttle.close();
    steering.close();
    follower.release();
    Thread.interrupted();
    try (follower) {
      replicas.forEach(Probe::close);
    } finally {
      crew.close(() -> sessions.abortAllBut(own));
    }
  }

  private Team inParallel(SessionProfile profile, Team.Work work) {
    return new Team(
        crew::submit,
        () -> sessions.open(profile),
        settings.copyThreads(),
        throttle::workers,
        narrator::warning,
        (worker, session) -> {
          try {
            work.run(worker, session);
          } finally {
            courtesy.left(worker);
          }
        });
  }

  private void await(Team team, LongSupplier rows) throws SQLException, InterruptedException {
    crew.await(team, () -> tick(rows));
  }

  private void tick(LongSupplier rows) throws SQLException, InterruptedException {
    follower.stream().check();
    pulse.beat(follower.stream(), this::progress, rows);
    follower.beat(this::done);
  }

  private Checkpoint done(Checkpoint last) {
    return comparisons.noted(last.withCopied(frontier.finished(), rowsCopied()));
  }

  private void progress(long rows, Duration lag) {
    narrator.progress(
        rows,
        bench.plan().estimatedRows(),
        follower.pending().size(),
        keysApplied(),
        lag,
        throttle.reason(),
        courtesy.says());
  }

  private LongSupplier rowsOfPhase() {
    return comparisons.begun() ? this::rowsVerified : this::rowsCopied;
  }
}
