package dev.ghost.internal.change;

import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Changed keys of transactions that are prepared and not yet decided. Their events have arrived,
 * their rows are invisible, and no further event will say when they are committed: what does say so
 * is the row's lock, which is held until then. Thread-safe; {@link #run} belongs to one thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A key leaves this set only when its row was seen unlocked after the event arrived, or when
 *       the caller knows that no such transaction is left.
 *   <li>A key that leaves has become a pending key first, so that at every moment it is in one of
 *       the two sets, or settled.
 * </ul>
 */
public final class PreparedChanges {

  private static final int LOOK = 500;
  private static final long PAUSE_MILLIS = 100;

  private final PendingKeys pending;
  private final RowSql sql;
  private final long capacity;

  /** Keys with the number of their first arrival. */
  private final Map<RowKey, Long> waiting = new LinkedHashMap<>();

  /** Keys that are being looked at; one that arrives again meanwhile is in both. */
  private final Map<RowKey, Long> looking = new LinkedHashMap<>();

  private long arrivals;

  private long weight;
  private boolean closed;

  /** Held while rows are being looked at. */
  private final ReentrantLock turn = new ReentrantLock(true);

  /**
   * @param capacity bytes of heap that the keys may take, by {@link RowKey#weight()}
   */
  public PreparedChanges(PendingKeys pending, RowSql sql, long capacity) {
    this.pending = pending;
    this.sql = sql;
    this.capacity = capacity;
  }

  /** A prepared transaction has changed a row with this key. Waits while the set is full. */
  public synchronized void arrive(RowKey key) throws InterruptedException {
    while (!closed && weight >= capacity && !waiting.containsKey(key)) {
      wait();
    }
    if (waiting.putIfAbsent(key, arrivals++) == null) {
      weight += key.weight();
      notifyAll();
    }
  }

  /** Waits until there is a key to look after; false when the set is closed. */
  public synchronized boolean awaitAny() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    return !closed;
  }

  /** Looks after the keys until the set is closed. */
  public void run(Session session) throws SQLException, InterruptedException {
    while (awaitAny()) {
      if (!look(session)) {
        rest();
      }
    }
  }

  /** Stops between two looks until the returned pause is closed. */
  public Pause pause() throws InterruptedException {
    turn.lockInterruptibly();
    return turn::unlock;
  }

  /** The keys that may still change without another event. */
  public synchronized Set<RowKey> keys() {
    Set<RowKey> all = new LinkedHashSet<>(waiting.keySet());
    all.addAll(looking.keySet());
    return all;
  }

  /** A line between the keys that have arrived so far and those to come. */
  public synchronized long cut() {
    return arrivals;
  }

  /** True when every key that arrived before a {@link #cut} has become a pending key. */
  public synchronized boolean decided(long cut) {
    return Stream.of(waiting, looking).flatMap(m -> m.values().stream()).noneMatch(n -> n < cut);
  }

  /** Makes all keys pending; for a caller that holds a pause and has locked out every writer. */
  public void decideAll() {
    List<RowKey> all = poll(Integer.MAX_VALUE);
    // Not by arriving, which waits for room that nobody makes meanwhile.
    pending.requeue(all);
    all.forEach(this::looked);
  }

  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  private boolean look(Session session) throws SQLException, InterruptedException {
    turn.lockInterruptibly();
    try {
      return decide(session, poll(LOOK));
    } finally {
      putBack();
      turn.unlock();
    }
  }

  /** Makes pending what is unlocked, halving where something is not; true when anything was. */
  private boolean decide(Session session, List<RowKey> keys)
      throws SQLException, InterruptedException {
    if (keys.isEmpty()) {
      return false;
    }
    if (session.transaction(c -> sql.unlocked(c, keys))) {
      for (RowKey key : keys) {
        pending.arrive(key);
        looked(key);
      }
      return true;
    }
    if (keys.size() == 1) {
      return false;
    }
    int half = keys.size() / 2;
    boolean first = decide(session, keys.subList(0, half));
    return decide(session, keys.subList(half, keys.size())) || first;
  }

  private synchronized List<RowKey> poll(int most) {
    List<RowKey> batch = new ArrayList<>();
    Iterator<Map.Entry<RowKey, Long>> it = waiting.entrySet().iterator();
    while (it.hasNext() && batch.size() < most) {
      Map.Entry<RowKey, Long> next = it.next();
      batch.add(next.getKey());
      looking.put(next.getKey(), next.getValue());
      it.remove();
    }
    return batch;
  }

  /** What was looked at and is still locked waits on, behind the others. */
  private synchronized void putBack() {
    looking.forEach(
        (key, arrival) -> {
          if (waiting.put(key, arrival) != null) {
            weight -= key.weight();
          }
        });
    looking.clear();
    notifyAll();
  }

  private synchronized void looked(RowKey key) {
    if (looking.remove(key) != null) {
      weight -= key.weight();
      notifyAll();
    }
  }

  private synchronized void rest() throws InterruptedException {
    long deadline = System.nanoTime() + PAUSE_MILLIS * 1_000_000;
    long left = PAUSE_MILLIS;
    while (!closed && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
  }
}
