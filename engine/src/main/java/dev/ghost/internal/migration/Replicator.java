package dev.ghost.internal.migration;

import dev.ghost.api.MigrationException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.change.Applier;
import dev.ghost.internal.change.ChangeStream;
import dev.ghost.internal.change.Feed;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.change.PreparedChanges;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.RowWriter;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What keeps the ghost in step with the source: the change stream, the keys that it brings, the
 * replay, and the checkpoints of it. Owned by the run's own thread: its methods are called by that
 * thread only.
 */
final class Replicator implements AutoCloseable {

  private static final Duration STREAM_START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STREAM_LIMIT = Duration.ofMinutes(10);

  private final PlannedMigration planned;
  private final Server server;
  private final Journal journal;
  private final StopSignal stopSignal;
  private final Workers workers;

  private final PendingKeys pending;
  private final PreparedChanges prepared;
  private final Marker marker;
  private final RowWriter writer;
  private final Applier applier;
  private final Session session;

  private final TableName table;
  private final Optional<CutoverGroup> group;
  private final ProgressReporter reporter;
  private final ChangeStream stream;
  private @Nullable Checkpointer checkpointer;

  Replicator(
      PhaseDriver phases,
      PlannedMigration planned,
      Journal journal,
      Frontier frontier,
      int attempt,
      Workers workers)
      throws SQLException {
    Settings settings = phases.settings();
    this.planned = planned;
    this.server = phases.server();
    this.journal = journal;
    this.stopSignal = phases.stopSignal();
    this.workers = workers;
    this.pending = new PendingKeys(frontier, settings.pendingBytes());
    this.prepared = new PreparedChanges(pending, planned.rows(), settings.pendingBytes() / 2);
    this.marker = new Marker(planned, attempt);
    this.table = phases.table();
    this.group = phases.group();
    this.reporter = phases.reporter();
    this.stream = new ChangeStream(planned, pending, prepared, marker);
    this.writer = new RowWriter(server.driver(), planned, pending::requeue);
    this.session = server.open(SessionProfile.work(planned.names().source().schema()));
    List<Session> appliers = new ArrayList<>();
    for (int i = 0; i < settings.applyThreads(); i++) {
      appliers.add(server.openUnconnected(planned.profile().inHaste()));
    }
    this.applier =
        new Applier(
            pending,
            planned.order(),
            planned.rows(),
            writer,
            planned.changedKeys(),
            marker.fence(),
            appliers);
  }

  Marker marker() {
    return marker;
  }

  PendingKeys pending() {
    return pending;
  }

  RowWriter writer() {
    return writer;
  }

  /**
   * The session of markers and checkpoints; which the run's own thread uses for whatever else it
   * does.
   */
  Session session() {
    return session;
  }

  /** The stream; it says nothing until {@link #start}. */
  ChangeStream stream() {
    return stream;
  }

  /**
   * Starts the stream, which is proven by a marker that comes back, and the replay.
   *
   * @param earlier where a run before has ended
   */
  void start(Optional<Checkpoint> earlier, Task tick) throws SQLException, InterruptedException {
    StreamStart.Followed own =
        new StreamStart.Followed(table, planned, stream, earlier.map(Checkpoint::position));
    StreamStart starting =
        new StreamStart(
            server.dialect(),
            session,
            reporter::warning,
            () -> {
              stopSignal.stopIfAsked();
              workers.check();
            });
    StreamSpec.Position start =
        group.isPresent() ? group.get().follow(own, starting) : starting.of(List.of(own));
    Checkpoint checkpoint = earlier.orElseGet(() -> Checkpoint.first(start.offset()));
    if (earlier.isEmpty()) {
      session.execute(c -> journal.write(c, EntryKind.CHECKPOINT, checkpoint.text()));
    }
    checkpointer = new Checkpointer(journal, pending, prepared, marker, session, checkpoint);
    workers.startBackground(planned.profile(), prepared::awaitAny, prepared::run);
    workers.startBackground(applier::run);
    awaitProof(marker.write(session), tick);
  }

  /** A stream that goes back has much to bring before the marker; it must only not stand still. */
  private void awaitProof(long proof, Task tick) throws SQLException, InterruptedException {
    Optional<Feed.Position> last = Optional.empty();
    long deadline = System.nanoTime() + STREAM_START_LIMIT.toNanos();
    while (!stream.await(proof, Duration.ofMillis(200))) {
      tick.run();
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

  /** Called again and again. */
  void beat(UnaryOperator<Checkpoint> progress) throws SQLException, InterruptedException {
    if (checkpointer != null) {
      checkpointer.beat(stream, progress);
    }
  }

  /** Writes a checkpoint at once. */
  void checkpoint(UnaryOperator<Checkpoint> progress) throws SQLException, InterruptedException {
    if (checkpointer != null) {
      checkpointer.write(progress);
    }
  }

  /** While it is open, nothing is applied. */
  Pause pause() throws InterruptedException {
    return applier.pause();
  }

  /** Keys that differ, found by looking: they are applied as if they had changed. */
  void suspect(Collection<RowKey> keys) throws InterruptedException {
    for (RowKey key : keys) {
      pending.addSuspect(key);
    }
  }

  /** Waits until all that was committed before this call has arrived and is applied. */
  void settleAll() throws SQLException, InterruptedException {
    settleAll(() -> {});
  }

  /**
   * The same.
   *
   * @param tick called about ten times a second while keys are applied
   */
  void settleAll(Task tick) throws SQLException, InterruptedException {
    awaitMarker();
    boolean settled =
        pending.awaitSettled(
            () -> {
              stopSignal.stopIfAsked();
              stream.check();
              workers.check();
              tick.run();
            });
    if (!settled) {
      stream.check();
      throw new MigrationException(
          "The change stream was closed while its keys were still waited for.",
          "The source is untouched. Please report this as a bug, with the stack trace.");
    }
  }

  void awaitMarker() throws SQLException, InterruptedException {
    long written = marker.write(session);
    long deadline = System.nanoTime() + STREAM_LIMIT.toNanos();
    while (!stream.await(written, Duration.ofMillis(200))) {
      stopSignal.stopIfAsked();
      workers.check();
      if (System.nanoTime() > deadline) {
        throw new StoppedException(
            "The change stream is more than %d minutes behind the server."
                .formatted(STREAM_LIMIT.toMinutes()),
            "Run the command again when the server writes less.");
      }
    }
  }

  /** What explaining differences needs to know. */
  WatchedChanges changes() {
    return new WatchedChanges(
        pending, prepared, planned.order(), this::settleAll, this::awaitMarker);
  }

  /** What the cutover needs to know. */
  CutoverBacklog backlog(
      Driver driver, Task nearlyEmpty, Workers.SessionTask lastLook, Runnable ahead) {
    return new CutoverBacklog(
        driver,
        marker,
        session,
        stream,
        pending,
        prepared,
        applier,
        writer,
        reporter,
        nearlyEmpty,
        lastLook,
        ahead);
  }

  /** Ends the waits of anyone who works on keys. */
  void release() {
    pending.close();
    prepared.close();
  }

  /** Ends the stream and the replay. */
  @Override
  public void close() throws IOException, InterruptedException {
    try {
      stream.close();
    } finally {
      applier.close();
    }
  }
}
