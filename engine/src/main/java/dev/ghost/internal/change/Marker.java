package dev.ghost.internal.change;

import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes markers, each into a slot of its own, so that two never wait for each other. Thread-safe.
 *
 * <p>A marker is used in two ways. As a <em>fence</em>, it need not come back: once it is passed,
 * every transaction whose events have arrived is visible. As a <em>marker</em> proper, it is
 * awaited in the stream: everything committed before it has arrived then.
 */
public final class Marker {

  private static final Logger LOG = LoggerFactory.getLogger(Marker.class);

  /** Written markers that are told apart by their time. */
  private static final int REMEMBERED = 1_000;

  /** Slots of one run. */
  private static final int SLOTS = 1_000;

  private static final long SHORTEST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 64;

  private final ArrivedTransactions arrived = new ArrivedTransactions();
  private final PlannedMigration planned;

  /** When awaited markers were written, by {@link System#nanoTime}. Guarded by this. */
  private final TreeMap<Long, Long> written = new TreeMap<>();

  private final AtomicLong sequence = new AtomicLong();
  private final int awaited;
  private final AtomicInteger slots;
  private final int looks;

  /**
   * @param attempt the number of the run: a stream that goes back brings the markers of earlier
   *     runs too, which prove nothing
   */
  public Marker(PlannedMigration planned, int attempt) {
    this.planned = planned;
    this.awaited = attempt * SLOTS;
    this.looks = awaited + StreamSpec.BATCH;
    this.slots = new AtomicInteger(looks);
  }

  /** True for the markers of this run that are awaited in the stream. */
  boolean isAwaitedSlot(int slot) {
    return slot == awaited;
  }

  /** The slot of the markers that are awaited, and written all the time. */
  public int slot() {
    return awaited;
  }

  /**
   * Seconds since the awaited marker after the one with this sequence was written; 0 when there is
   * none after it.
   */
  public synchronized double secondsSinceNext(long number) {
    Map.Entry<Long, Long> next = written.higherEntry(number);
    return next == null ? 0 : (System.nanoTime() - next.getValue()) / 1e9;
  }

  private synchronized void remember(long number) {
    written.put(number, System.nanoTime());
    if (written.size() > REMEMBERED) {
      // The oldest stays: who is further behind than all others are told apart is behind that.
      written.remove(written.higherKey(written.firstKey()));
    }
  }

  /** A transaction has sent events; the next fence will wait until it is visible. */
  void arrived(long transaction) {
    arrived.arrive(transaction);
  }

  /** The transactions whose events have arrived and that have not been found visible yet. */
  public Set<Long> invisibleTransactions() {
    return arrived.now();
  }

  /**
   * Looks once, and does not wait.
   *
   * @return those of some transactions whose events have arrived that are still not visible
   */
  public Set<Long> stillUnseen(Session session, Set<Long> some)
      throws SQLException, InterruptedException {
    return session.transaction(c -> planned.invisible(c, looks, sequence.incrementAndGet(), some));
  }

  /** A fence for one thread. */
  public Fence fence() {
    int slot = freshSlot();
    return session -> pass(session, slot);
  }

  private int freshSlot() {
    int next = slots.incrementAndGet();
    if (next >= awaited + SLOTS) {
      throw new IllegalStateException("a run has no more than " + SLOTS + " slots");
    }
    return next;
  }

  /** A small commit that proves nothing, for one thread. */
  public Touch touch() {
    int slot = freshSlot();
    return session -> session.execute(c -> planned.mark(c, slot, sequence.incrementAndGet()));
  }

  private void pass(Session session, int slot) throws SQLException, InterruptedException {
    Set<Long> waitedFor = new HashSet<>(arrived.now());
    int transactions = waitedFor.size();
    long begun = System.nanoTime();
    long pause = SHORTEST_PAUSE_MILLIS;
    while (true) {
      Set<Long> left = new HashSet<>(waitedFor);
      long next = sequence.incrementAndGet();
      Set<Long> invisible = session.transaction(c -> planned.invisible(c, slot, next, left));
      waitedFor.removeIf(t -> !invisible.contains(t));
      left.removeAll(invisible);
      arrived.visible(left);
      if (waitedFor.isEmpty()) {
        if (pause > SHORTEST_PAUSE_MILLIS) {
          LOG.debug(
              "A fence has waited {} ms for the last of {} transactions",
              (System.nanoTime() - begun) / 1_000_000,
              transactions);
        }
        return;
      }
      // A commit that waits for a standby can take as long as it likes; so do we.
      Thread.sleep(pause);
      pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
    }
  }

  /** Writes a marker to be awaited, and commits it. */
  public long write(Session session) throws SQLException, InterruptedException {
    long next = sequence.incrementAndGet();
    session.execute(c -> planned.announce(c, awaited, next));
    remember(next);
    return next;
  }

  /** Writes one of ghost's rows, and commits it. */
  @FunctionalInterface
  public interface Touch {
    void commit(Session session) throws SQLException, InterruptedException;
  }

  /** The proof that every transaction whose events have arrived is visible to our queries. */
  @FunctionalInterface
  public interface Fence {
    void pass(Session session) throws SQLException, InterruptedException;
  }
}
