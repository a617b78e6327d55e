package dev.ghost.migration;

import dev.ghost.api.MigrationException;
import dev.ghost.api.StoppedException;
import dev.ghost.change.Applier;
import dev.ghost.change.ChangeStream;
import dev.ghost.change.Feed;
import dev.ghost.change.Marker;
import dev.ghost.change.Pause;
import dev.ghost.change.PendingKeys;
import dev.ghost.change.PreparedChanges;
import dev.ghost.checkpoint.Checkpoint;
import dev.ghost.copy.Frontier;
import dev.ghost.copy.RowWriter;
import dev.ghost.dialect.Journal;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.TableName;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What keeps the ghost in step with the source: the change stream, the keys that it brings, the
 * replay, and the checkpoints of it. Owned by the conductor: its methods are called by that thread
 * only.
 */
final class Follower implements AutoCloseable {

  private static final Duration STREAM_START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STREAM_LIMIT = Duration.ofMinutes(10);

  private final Workbench bench;
  private final Sessions sessions;
  private final Journal journal;
  private final Helm helm;
  private final Crew crew;

  private final PendingKeys pending;
  private final PreparedChanges prepared;
  private final Marker marker;
  private final RowWriter writer;
  private final Applier applier;
  private final Session session;

  private final TableName table;
  private final Together together;
  private final Narrator narrator;
  private final ChangeStream stream;
  private Checkpointer checkpointer;

  Follower(
      Conductor conductor,
      Workbench bench,
      Journal journal,
      Frontier frontier,
      int attempt,
      Crew crew)
      throws SQLException {
    Settings settings = conductor.settings();
    this.bench = bench;
    this.sessions = conductor.sessions();
    this.journal = journal;
    this.helm = conductor.helm();
    this.crew = crew;
    this.pending = new PendingKeys(frontier, settings.pendingBytes());
    this.prepared = new PreparedChanges(pending, bench.rows(), settings.pendingBytes() / 2);
    this.marker = new Marker(bench, attempt, settings.fenced());
    this.table = conductor.table();
    this.together = conductor.together();
    this.narrator = conductor.narrator();
    this.stream = new ChangeStream(bench, pending, prepared, marker);
    this.writer = new RowWriter(conductor.dialect(), bench, pending::again);
    this.session = sessions.open(SessionProfile.work(bench.names().source().schema()));
    List<Session> appliers = new ArrayList<>();
    for (int i = 0; i < settings.applyThreads(); i++) {
      appliers.add(sessions.open(bench.profile().inHaste()));
    }
    this.applier =
        new Applier(pending, bench.order(), bench.rows(), writer, marker.fence(), appliers);
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

  /** The session of markers and checkpoints; the conductor's, for whatever else it does. */
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
  void start(Optional<Checkpoint> earlier, WatchedChanges.Wait tick)
      throws SQLException, InterruptedException {
    StreamSpec.Position start =
        together.follow(
            new Together.Follow(table, bench, stream, earlier.map(Checkpoint::position)),
            session,
            narrator::warning,
            () -> {
              helm.stopIfAsked();
              crew.check();
            });
    Checkpoint checkpoint = earlier.orElseGet(() -> Checkpoint.first(start.offset()));
    if (earlier.isEmpty()) {
      session.execute(c -> journal.write(c, Note.CHECKPOINT, checkpoint.text()));
    }
    checkpointer = new Checkpointer(journal, pending, prepared, marker, session, checkpoint);
    crew.stand(sessions, bench.profile(), prepared::run);
    crew.stand(applier::run);
    awaitProof(marker.write(session), tick);
  }

  /** A stream that goes back has much to bring before the marker; it must only not stand still. */
  private void awaitProof(long proof, WatchedChanges.Wait tick)
      throws SQLException, InterruptedException {
    Optional<Feed.Position> last = Optional.empty();
    long deadline = System.nanoTime() + STREAM_START_LIMIT.toNanos();
    while (!stream.await(proof, Duration.ofMillis(200))) {
      tick.run();
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

  /** Called again and again. */
  void beat(UnaryOperator<Checkpoint> progress) throws SQLException, InterruptedException {
    checkpointer.beat(stream, progress);
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
      pending.suspect(key);
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
  void settleAll(WatchedChanges.Wait tick) throws SQLException, InterruptedException {
    awaitMarker();
    boolean settled =
        pending.awaitSettled(
            () -> {
              helm.stopIfAsked();
              stream.check();
              crew.check();
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
      helm.stopIfAsked();
      crew.check();
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
    return new WatchedChanges(pending, prepared, bench.order(), this::settleAll, this::awaitMarker);
  }

  /** What the cutover needs to know. */
  CutoverBacklog backlog(
      Conductor conductor, WatchedChanges.Wait nearlyEmpty, CutoverBacklog.LastLook lastLook) {
    return new CutoverBacklog(
        conductor.dialect(),
        marker,
        session,
        stream,
        pending,
        prepared,
        applier,
        writer,
        conductor.narrator(),
        nearlyEmpty,
        lastLook,
        () -> conductor.together().aheadOfOthers(conductor.table()));
  }

  /** Ends the waits of whoever works on keys. */
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
