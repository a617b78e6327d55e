package dev.ghost.internal.change;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.RowKey;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Feed} brings of one migration: changes of the source, and our own markers. A thread
 * of Debezium's delivers; other threads wait for markers. The first failure is kept, and given to
 * everybody who asks.
 */
public final class ChangeStream implements AutoCloseable {

  private final PlannedMigration planned;
  private final PendingKeys pending;
  private final PreparedChanges prepared;
  private final Marker marker;

  /** Null until it is started. */
  private volatile @Nullable Feed feed;

  // Guarded by this.
  private long markerSeen;
  private boolean closing;
  private @Nullable RuntimeException failure;

  public ChangeStream(
      PlannedMigration planned, PendingKeys pending, PreparedChanges prepared, Marker marker) {
    this.planned = planned;
    this.pending = pending;
    this.prepared = prepared;
    this.marker = marker;
  }

  /**
   * From now on the feed brings its events.
   *
   * @return false when it was closed before: nobody would ever leave the feed then
   */
  synchronized boolean fedBy(Feed source) {
    feed = source;
    return !closing;
  }

  /**
   * Waits until a marker has come back: all that was committed before it has arrived.
   *
   * @return false when it did not come back in time
   */
  public boolean await(long marker, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!hasSeen(marker)) {
      check();
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      synchronized (this) {
        if (markerSeen < marker && failure == null) {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
      }
    }
    check();
    return true;
  }

  /** How far all has been delivered: its keys are pending, or settled, or were dropped. */
  public Optional<Feed.Position> position() {
    return Optional.ofNullable(feed).flatMap(Feed::position);
  }

  /**
   * Nothing up to this position is needed again: the server may forget it. Until then a stream that
   * is interrupted, in this process or by its end, continues from the last position confirmed.
   */
  public void confirm(Feed.Position position) {
    if (feed != null) {
      feed.confirm(this, position);
    }
  }

  /** True when a marker has come back. */
  public synchronized boolean hasSeen(long marker) {
    return markerSeen >= marker;
  }

  /** Throws what has stopped the stream, if anything has. */
  public void check() {
    if (feed != null) {
      feed.check();
    }
    synchronized (this) {
      if (failure != null) {
        throw failure;
      }
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    synchronized (this) {
      closing = true;
    }
    pending.close();
    prepared.close();
    if (feed != null) {
      feed.leave(this);
    }
  }

  /** Called by Debezium's delivering thread only. */
  void receive(SourceRecord record) throws InterruptedException {
    StreamEvent event = planned.decode(record);
    if (event instanceof StreamEvent.Changed changed) {
      if (changed.transaction() != 0) {
        marker.arrived(changed.transaction());
      }
      for (RowKey key : changed.keys()) {
        if (changed.prepared()) {
          prepared.arrive(key);
        } else {
          pending.arrive(key);
        }
      }
      if (changed.prepared() && !changed.cascades().isEmpty()) {
        throw new StoppedException(
            "A prepared (XA) transaction has changed rows that rows of %s refer to, which changes those too: when it is committed, the log will not say so."
                .formatted(planned.names().source()),
            "Run the command again when there are no such transactions: the copy starts from the"
                + " beginning.",
            null,
            false);
      }
      for (Cascade cascade : changed.cascades()) {
        pending.arrive(cascade);
      }
    } else if (event instanceof StreamEvent.Marked marked) {
      if (marker.isAwaitedSlot(marked.slot())) {
        seen(marked.sequence());
      }
    } else if (event instanceof StreamEvent.Altered altered) {
      // Not thrown here: our own swap comes back like this too, when nobody asks any more.
      fail(
          new InterferenceException(
              "Somebody altered %s while %s was being migrated: %s"
                  .formatted(altered.table(), planned.names().source(), altered.statement()),
              "%s is as they left it. Run the command again on the new definition."
                  .formatted(altered.table())));
    }
  }

  private synchronized void seen(long marker) {
    markerSeen = Math.max(markerSeen, marker);
    notifyAll();
  }

  synchronized void fail(RuntimeException cause) {
    if (failure == null && !closing) {
      failure = cause;
    }
    notifyAll();
  }
}
