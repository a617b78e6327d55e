package dev.ghost.internal.copy;

import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far the copy is, and which chunks are being copied. Thread-safe; decides, does no I/O.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Chunks start in the server's order of the key and without gaps, so all that lies beyond the
 *       last one started has not been read by any chunk.
 *   <li>A chunk starts before the fence that precedes its SELECT. So a key that {@link #standing}
 *       calls beyond will be read by a SELECT that sees the change the key came from.
 *   <li>A key is beyond only if the ghost cannot hold its row. Where an earlier run has left rows
 *       that were not trimmed, nothing is beyond: the chunk to come adds rows and removes none.
 * </ul>
 */
public final class Frontier {

  /** A range that is being copied. Numbers grow from 1 in the order of starting. */
  public record Chunk(long number, KeyRange range) {}

  /** Chunk number of a key that no chunk can touch any more. */
  public static final long SETTLED = 0;

  /** In place of a chunk number: no chunk has read the row yet, and one will. */
  public static final long BEYOND = -1;

  private final KeyOrder order;

  /** True when the ghost may hold rows of an earlier run that no chunk of this one has written. */
  private final boolean leftRows;

  private final TreeMap<Long, Chunk> inFlight = new TreeMap<>();
  private long started;
  private @Nullable RowKey reached;
  private boolean atEnd;

  public Frontier(KeyOrder order) {
    this(order, CompletedRange.NOTHING, false);
  }

  /**
   * @param done what an earlier run has finished; counts as one chunk
   * @param leftRows true when the ghost may hold more rows of that run than {@code done}
   */
  public Frontier(KeyOrder order, CompletedRange done, boolean leftRows) {
    this.order = order;
    this.leftRows = leftRows;
    this.reached = done.upTo();
    this.atEnd = done.whole();
    this.started = done.equals(CompletedRange.NOTHING) ? 0 : 1;
  }

  /** Puts a chunk in flight. From here on, changes of its rows are kept. */
  public synchronized Chunk start(KeyRange range) {
    boolean follows =
        range.after() == null ? started == 0 : !atEnd && range.after().equals(reached);
    if (!follows) {
      throw new IllegalStateException(range + " does not follow " + reached);
    }
    Chunk chunk = new Chunk(++started, range);
    inFlight.put(chunk.number(), chunk);
    reached = range.upTo();
    atEnd = reached == null;
    return chunk;
  }

  /** The chunk's transaction has committed. */
  public synchronized void finish(Chunk chunk) {
    if (inFlight.remove(chunk.number()) == null) {
      throw new IllegalStateException("chunk " + chunk.number() + " is not in flight");
    }
  }

  /** The oldest chunk in flight; {@link Long#MAX_VALUE} when there is none. */
  public synchronized long oldestInFlight() {
    return inFlight.isEmpty() ? Long.MAX_VALUE : inFlight.firstKey();
  }

  /**
   * What a change of rows that are not known by their keys has to wait for.
   *
   * @return {@link #BEYOND} when the ghost holds no row yet; {@link #SETTLED} when no chunk is in
   *     flight; otherwise the number of the newest in flight
   */
  public synchronized long standing() {
    return ghostIsEmpty() ? BEYOND : inFlight.isEmpty() ? SETTLED : inFlight.lastKey();
  }

  private boolean ghostIsEmpty() {
    return started == 0 && !leftRows;
  }

  private boolean isBeyond(RowKey key) {
    return ghostIsEmpty()
        || (!leftRows && !atEnd && reached != null && order.certainlyAfter(key, reached));
  }

  /** What is finished without gaps: everything before the oldest chunk in flight. */
  public synchronized CompletedRange finished() {
    if (!inFlight.isEmpty()) {
      return new CompletedRange(inFlight.firstEntry().getValue().range().after(), false);
    }
    return atEnd ? CompletedRange.WHOLE : new CompletedRange(reached, false);
  }

  /** True when every row has been copied. */
  public synchronized boolean complete() {
    return atEnd && inFlight.isEmpty();
  }

  /**
   * What a key that has just changed has to wait for.
   *
   * @return {@link #BEYOND} when the key can be dropped; {@link #SETTLED} when it can be applied at
   *     once; otherwise the number of the chunk that has to finish first, with all before it
   */
  public synchronized long standing(RowKey key) {
    if (isBeyond(key)) {
      return BEYOND;
    }
    if (inFlight.isEmpty()) {
      return SETTLED;
    }
    if (!order.total()) {
      return inFlight.lastKey();
    }
    for (Chunk chunk : inFlight.descendingMap().values()) {
      if (order.contains(chunk.range(), key)) {
        return chunk.number();
      }
    }
    return SETTLED;
  }
}
