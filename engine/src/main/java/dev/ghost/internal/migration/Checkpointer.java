package dev.ghost.internal.migration;

import dev.ghost.internal.change.ChangeStream;
import dev.ghost.internal.change.Feed;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.change.PreparedChanges;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the checkpoint every few seconds. Used by the run's own thread only.
 *
 * <p>A position becomes settled in four steps: all up to it has been delivered; of the prepared
 * changes in it none is undecided; of the keys that were pending then, every one is applied; and
 * every transaction in it is visible. A key that was dropped because a chunk will read its row
 * would else be lost: the run that resumes there knows nothing of its transaction, and waits for it
 * at no fence.
 */
final class Checkpointer {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

  private static final long EVERY_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long NONE = -1;

  private final Journal journal;
  private final PendingKeys pending;
  private final PreparedChanges prepared;
  private final Marker marker;
  private final Session session;

  private Checkpoint last;
  private Map<String, ?> settled;
  private Feed.@Nullable Position candidate;
  private long preparedCut;
  private long pendingCut;
  private Set<Long> unseen = Set.of();
  private long next;

  /**
   * @param last what the journal holds
   */
  Checkpointer(
      Journal journal,
      PendingKeys pending,
      PreparedChanges prepared,
      Marker marker,
      Session session,
      Checkpoint last) {
    this.journal = journal;
    this.pending = pending;
    this.prepared = prepared;
    this.marker = marker;
    this.session = session;
    this.last = last;
    this.settled = last.position();
    this.next = System.nanoTime();
  }

  /**
   * Called again and again.
   *
   * @param progress puts in what has been done since the last checkpoint
   */
  void beat(ChangeStream stream, UnaryOperator<Checkpoint> progress)
      throws SQLException, InterruptedException {
    settle(stream);
    if (candidate == null) {
      propose(stream);
    }
    // The first thing worth writing is written at once: a run may not live long.
    if (System.nanoTime() - next >= 0 && write(progress)) {
      next = System.nanoTime() + EVERY_NANOS;
    }
  }

  private void propose(ChangeStream stream) {
    candidate = stream.position().orElse(null);
    unseen = marker.invisibleTransactions();
    preparedCut = prepared.cut();
    pendingCut = NONE;
  }

  private void settle(ChangeStream stream) throws SQLException, InterruptedException {
    if (candidate != null && pendingCut == NONE && prepared.decided(preparedCut)) {
      pendingCut = pending.newEpoch();
    }
    if (candidate != null && pendingCut != NONE && pending.settled(pendingCut) && allSeen()) {
      settled = candidate.offset();
      stream.confirm(candidate);
      candidate = null;
    }
  }

  private boolean allSeen() throws SQLException, InterruptedException {
    if (!unseen.isEmpty()) {
      unseen = marker.stillUnseen(session, unseen);
    }
    return unseen.isEmpty();
  }

  /** Writes what is done by now, at once; false when that is no more than was written. */
  boolean write(UnaryOperator<Checkpoint> progress) throws SQLException, InterruptedException {
    Checkpoint next = progress.apply(last).withPosition(settled);
    if (next.equals(last)) {
      return false;
    }
    session.execute(c -> journal.write(c, EntryKind.CHECKPOINT, next.text()));
    LOG.debug(
        "A checkpoint is written: {} rows copied, {} compared",
        next.rowsCopied(),
        next.rowsCompared());
    last = next;
    return true;
  }
}
