package dev.ghost.migration;

import dev.ghost.api.MigrationException;
import dev.ghost.api.MisfitException;
import dev.ghost.api.StoppedException;
import dev.ghost.change.Applier;
import dev.ghost.change.ChangeStream;
import dev.ghost.change.Marker;
import dev.ghost.change.Pause;
import dev.ghost.change.PendingKeys;
import dev.ghost.change.PreparedChanges;
import dev.ghost.checkpoint.Checkpoint;
import dev.ghost.copy.ChunkSize;
import dev.ghost.copy.Copier;
import dev.ghost.copy.Frontier;
import dev.ghost.copy.RowWriter;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.Journal;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.Extent;
import dev.ghost.plan.KeyRange;
import dev.ghost.plan.RowKey;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import dev.ghost.throttle.ReplicaProbe;
import dev.ghost.throttle.Throttle;
import dev.ghost.verify.Verifier;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;

/**
 * The moving parts of one migration, from the start of the stream to the swap. Owned by the
 * conductor: its methods are called by that thread only, in the order of the phases.
 */
final class Run implements AutoCloseable {

  private static final Duration STREAM_START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STREAM_LIMIT = Duration.ofMinutes(10);

  /** Pending keys at which the replay counts as nearly done. */
  private static final int NEARLY_EMPTY = 500;

  /** Pending keys with which it makes sense to compare a chunk. */
  private static final int VERIFIABLE = 10_000;

  /** Keys that differed in the comparison and go into a checkpoint. */
  private static final int MOST_SUSPECTS = 1_000;

  /** What the conductor looks after while others work. */
  interface Watch {
    void stopIfAsked();

    void runLockHeld() throws SQLException;

    void cancel();

    void stop();
  }

  private final Dialect dialect;
  private final Sessions sessions;
  private final Workbench bench;
  private final Session own;
  private final Settings settings;
  private final Narrator narrator;
  private final Optional<Checkpoint> earlier;
  private final Journal journal;

  private final Frontier frontier;
  private final PendingKeys pending;
  private final PreparedChanges prepared;
  private final Marker marker;
  private final RowWriter writer;
  private final Applier applier;
  private final Session markerSession;
  private final Pulse pulse;
  private final Throttle throttle;
  private final List<ReplicaProbe> replicas;
  private final Steering steering;
  private final Crew crew = new Crew();

  private ChangeStream stream;
  private Checkpointer checkpointer;
  private Copier copier;
  private Verifier verifier;

  /** Rows that the run before has compared. */
  private long comparedBefore;

  private Set<RowKey> restless = Set.of();

  Run(
      Dialect dialect,
      Sessions sessions,
      Workbench bench,
      Settings settings,
      Narrator narrator,
      Session own,
      Watch watch,
      Journal journal,
      Optional<Checkpoint> earlier)
      throws SQLException {
    this.dialect = dialect;
    this.own = own;
    this.sessions = sessions;
    this.bench = bench;
    this.settings = settings;
    this.narrator = narrator;
    this.journal = journal;
    this.earlier = earlier;
    this.frontier =
        new Frontier(bench.order(), earlier.map(Checkpoint::copied).orElse(Extent.NOTHING));
    this.pending = new PendingKeys(frontier, settings.pendingBytes());
    this.prepared = new PreparedChanges(pending, bench.rows(), settings.pendingBytes() / 2);
    this.marker = new Marker(bench, earlier.map(Checkpoint::attempt).orElse(1), settings.fenced());
    this.writer = new RowWriter(dialect, bench, pending::again);
    this.markerSession = sessions.open(SessionProfile.work(bench.names().source().schema()));
    List<Session> appliers = new ArrayList<>();
    for (int i = 0; i < settings.applyThreads(); i++) {
      appliers.add(sessions.open(bench.profile().inHaste()));
    }
    this.applier = new Applier(pending, bench.order(), writer, marker.fence(), appliers);
    this.replicas =
        settings.throttling().replicas().stream()
            .map(
                address ->
                    new ReplicaProbe(
                        dialect, bench, marker, address, settings.throttling().maxLag()))
            .toList();
    this.throttle = settings.throttling().throttle(bench, replicas);
    this.steering = new Steering(bench, replicas, journal, throttle, narrator, settings, watch);
    this.pulse = new Pulse(watch, bench, marker, markerSession, settings.maxLog());
  }

  /** Stream first: it runs, proven by a marker that came back, before any row is read. */
  void startStream() throws Exception {
    narrator.goesOnFrom(rowsCopied());
    StreamSpec spec = bench.stream();
    StreamSpec.Position start;
    Checkpoint checkpoint;
    if (earlier.isPresent()) {
      checkpoint = earlier.get();
      start = markerSession.transaction(c -> spec.reopen(c, earlier.get().position()));
    } else {
      start = markerSession.once(spec::open);
      checkpoint = Checkpoint.first(start.offset());
      markerSession.execute(c -> journal.write(c, Note.CHECKPOINT, checkpoint.text()));
    }
    checkpointer = new Checkpointer(journal, pending, prepared, markerSession, checkpoint);
    crew.stand(sessions, bench.profile(), (worker, session) -> steering.run(session));
    stream = new ChangeStream(spec, pending, prepared, marker, start);
    stream.start();
    crew.stand(sessions, bench.profile(), (worker, session) -> prepared.run(session));
    crew.stand(applier::run);
    awaitProof(marker.write(markerSession));
  }

  /** A stream that goes back has much to bring before the marker; it must only not stand still. */
  private void awaitProof(long proof) throws SQLException, InterruptedException {
    Optional<ChangeStream.Position> last = Optional.empty();
    long deadline = System.nanoTime() + STREAM_START_LIMIT.toNanos();
    while (!stream.await(proof, Duration.ofMillis(200))) {
      tick(this::rowsCopied);
      crew.check();
      if (!stream.position().equals(last)) {
        last = stream.position();
        deadline = System.nanoTime() + STREAM_START_LIMIT.toNanos();
      }
      if (System.nanoTime() - deadline > 0) {
        throw new StoppedException(
            "The change stream did not bring back a marker, nor anything else, within %d s."
                .formatted(STREAM_START_LIMIT.toSeconds()),
            "See what keeps the server from sending its log: its error log names our connection.");
      }
    }
  }

  void copy() throws Exception {
    // The first look is over before the first chunk.
    throttle.look(markerSession);
    crew.stand(sessions, bench.profile().inHaste(), (worker, session) -> throttle.run(session));
    trim();
    copier = new Copier(bench.rows(), new ChunkSize(steering::chunkTime), frontier, writer);
    narrator.goesOnFrom(rowsCopied());
    await(
        inParallel(
            bench.profile(),
            (worker, session) ->
                copier.run(session, new CopyTraffic(worker, marker.fence(), pending, throttle))),
        this::rowsCopied);
    if (!frontier.complete()) {
      throw new IllegalStateException("the copy ended before the end of the table");
    }
    pulse.report(this::progress, this::rowsCopied);
    checkpointer.write(this::done);
    buildTheRest();
  }

  /** Removes what an earlier run copied after its last checkpoint: it is copied again. */
  private void trim() throws SQLException, InterruptedException {
    KeyRange rest = frontier.finished().rest();
    if (earlier.isPresent() && !frontier.complete()) {
      while (markerSession.transaction(c -> bench.rows().trim(c, rest))) {
        pulse.stopIfAsked();
        stream.check();
      }
    }
  }

  /** Builds what was left out for the copy's sake. The replay waits: it would wait for locks. */
  private void buildTheRest() throws Exception {
    List<Workbench.BuildStep> steps = bench.afterCopy();
    if (steps.isEmpty()) {
      return;
    }
    settleAll();
    Queue<Workbench.BuildStep> left = new ConcurrentLinkedQueue<>(steps);
    try (Pause paused = applier.pause()) {
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
    // A change that was made while no run was there to watch may have gone past the stream.
    Optional<Checkpoint> goesOn = earlier.filter(e -> bench.streamSeesAll());
    comparedBefore = goesOn.map(Checkpoint::rowsCompared).orElse(0L);
    verifier =
        new Verifier(
            bench,
            new ChunkSize(steering::chunkTime),
            goesOn.map(Checkpoint::compared).orElse(Extent.NOTHING),
            goesOn.map(Checkpoint::suspects).orElse(List.of()));
    narrator.goesOnFrom(rowsVerified());
    settleAll();
    await(comparing(verifier), this::rowsVerified);
    restless = explained(verifier);
    checkpointer.write(this::done);
  }

  /** For a run that ends before its time, and is to be resumed. */
  void keep() throws SQLException, InterruptedException {
    if (checkpointer != null) {
      checkpointer.write(this::done);
    }
  }

  private List<Future<?>> comparing(Verifier comparison) {
    return inParallel(
        bench.profile().withSnapshot(),
        (worker, session) ->
            comparison.run(
                session,
                (took, over) -> {
                  throttle.await(worker, took, over);
                  pending.awaitAtMost(VERIFIABLE);
                }));
  }

  private Set<RowKey> explained(Verifier comparison) throws SQLException, InterruptedException {
    try (Session session = sessions.open(bench.profile().withSnapshot())) {
      return comparison.explain(
          session,
          new WatchedChanges(pending, prepared, bench.order(), this::settleAll, this::awaitMarker));
    }
  }

  /** Waits until the cutover may be made, and compares the tables again now and then. */
  private void awaitLeave() throws SQLException, InterruptedException {
    String why = steering.cutoverHeld();
    if (!why.isEmpty()) {
      narrator.warning("The cutover waits: %s. The ghost is kept in step.".formatted(why));
    }
    long nextVerify = System.nanoTime() + settings.verifyEvery().toNanos();
    while (!steering.cutoverHeld().isEmpty()) {
      if (verifier != null && System.nanoTime() - nextVerify > 0) {
        verifyAgain();
        nextVerify = System.nanoTime() + settings.verifyEvery().toNanos();
      }
      tick(rowsOfPhase());
      crew.check();
      steering.rest(100);
    }
  }

  /** Compares everything once more; gives it up when the cutover may be made meanwhile. */
  private void verifyAgain() throws SQLException, InterruptedException {
    Verifier again =
        new Verifier(bench, new ChunkSize(steering::chunkTime), Extent.NOTHING, List.of());
    crew.await(
        comparing(again),
        () -> {
          tick(again::rowsVerified);
          if (steering.cutoverHeld().isEmpty()) {
            again.abandon();
          }
        });
    if (again.compared().whole()) {
      restless = explained(again);
      verifier = again;
      comparedBefore = 0;
    }
  }

  Cutover.Made cutOver() throws Exception {
    awaitLeave();
    narrator.beforeCutover();
    markerSession.execute(bench::prepareSwap);
    try (Session locker = sessions.open(bench.profile().inHaste());
        Session guard = sessions.open(bench.profile().inHaste())) {
      CutoverBacklog backlog =
          new CutoverBacklog(
              dialect,
              marker,
              markerSession,
              stream,
              pending,
              prepared,
              applier,
              writer,
              narrator,
              this::awaitNearlyEmpty,
              this::lookAtTheRestless);
      return new Cutover(bench, settings.cutover(), backlog).run(locker, guard);
    }
  }

  private void awaitNearlyEmpty() throws SQLException, InterruptedException {
    while (true) {
      awaitLeave();
      long asked = System.nanoTime();
      awaitMarker();
      Duration lag = Duration.ofNanos(System.nanoTime() - asked);
      tick(rowsOfPhase());
      crew.check();
      if (throttle.reason().isEmpty()
          && pending.size() <= NEARLY_EMPTY
          && lag.compareTo(settings.cutover().drainTimeout().dividedBy(4)) < 0) {
        return;
      }
    }
  }

  private void lookAtTheRestless(Session session) throws SQLException, InterruptedException {
    if (verifier != null) {
      verifier.mustAgree(session, restless);
    }
  }

  /** By this run and those that it goes on from. */
  long rowsCopied() {
    return earlier.map(Checkpoint::rowsCopied).orElse(0L)
        + (copier == null ? 0 : copier.rowsCopied());
  }

  /** By this run and those that it goes on from; of the last whole comparison. */
  long rowsVerified() {
    return verifier == null ? 0 : comparedBefore + verifier.rowsVerified();
  }

  /** True when there is something that a later run would rather not do again. */
  boolean worthKeeping() {
    return rowsCopied() > 0;
  }

  long keysApplied() {
    return pending.settledTotal();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    // The order matters: nobody may wait for somebody who is already gone.
    throttle.close();
    steering.close();
    pending.close();
    prepared.close();
    Thread.interrupted();
    try {
      if (stream != null) {
        stream.close();
      }
    } finally {
      applier.close();
      crew.close(() -> sessions.abortAllBut(own));
      replicas.forEach(ReplicaProbe::close);
    }
  }

  private List<Future<?>> inParallel(SessionProfile profile, Crew.SessionWork work) {
    return crew.inParallel(sessions, profile, settings.copyThreads(), work);
  }

  private void await(List<Future<?>> work, LongSupplier rows)
      throws SQLException, InterruptedException {
    crew.await(work, () -> tick(rows));
  }

  private void tick(LongSupplier rows) throws SQLException, InterruptedException {
    stream.check();
    pulse.beat(stream, this::progress, rows);
    checkpointer.beat(stream, this::done);
  }

  /** What is done by now; what differs too much is compared again by the run that resumes. */
  private Checkpoint done(Checkpoint last) {
    Extent compared = verifier == null ? last.compared() : verifier.compared();
    long rowsCompared = verifier == null ? last.rowsCompared() : rowsVerified();
    Collection<RowKey> suspects = verifier == null ? last.suspects() : verifier.suspects();
    boolean noted = suspects.size() <= MOST_SUSPECTS;
    return new Checkpoint(
        last.attempt(),
        last.position(),
        frontier.finished(),
        rowsCopied(),
        noted ? compared : last.compared(),
        noted ? rowsCompared : last.rowsCompared(),
        noted ? List.copyOf(suspects) : last.suspects());
  }

  private void progress(long rows, Duration lag) {
    narrator.progress(
        rows,
        bench.plan().estimatedRows(),
        pending.size(),
        pending.settledTotal(),
        lag,
        throttle.reason());
  }

  /** Waits until all that was committed before this call has arrived and is applied. */
  private void settleAll() throws SQLException, InterruptedException {
    awaitMarker();
    boolean settled =
        pending.awaitSettled(
            () -> {
              pulse.stopIfAsked();
              stream.check();
              crew.check();
            });
    if (!settled) {
      stream.check();
      throw new MigrationException("The change stream was closed.", "Run the command again.");
    }
  }

  private void awaitMarker() throws SQLException, InterruptedException {
    long written = marker.write(markerSession);
    long deadline = System.nanoTime() + STREAM_LIMIT.toNanos();
    while (!stream.await(written, Duration.ofMillis(200))) {
      pulse.stopIfAsked();
      crew.check();
      if (System.nanoTime() > deadline) {
        throw new StoppedException(
            "The change stream is more than %d minutes behind the server."
                .formatted(STREAM_LIMIT.toMinutes()),
            "Run the command again when the server writes less.");
      }
    }
  }

  private LongSupplier rowsOfPhase() {
    return verifier == null ? this::rowsCopied : this::rowsVerified;
  }
}
