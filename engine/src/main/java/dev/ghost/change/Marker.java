package dev.ghost.change;

import dev.ghost.dialect.Workbench;
import dev.ghost.session.Session;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes markers, each into a slot of its own, so that two never wait for each other. Thread-safe.
 *
 * <p>A marker is used in two ways. As a <em>fence</em>, it need not come back: once it is passed,
 * every transaction whose events have arrived is visible. As a <em>marker</em> proper, it is
 * awaited in the stream: everything committed before it has arrived then.
 */
public final class Marker {

  /** The slot whose markers are awaited in the stream. */
  public static final int AWAITED = 0;

  private static final long SHORTEST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 64;

  private final ArrivedTransactions arrived = new ArrivedTransactions();
  private final Workbench bench;
  private final boolean fenced;
  private final AtomicLong sequence = new AtomicLong();
  private final AtomicInteger slots = new AtomicInteger(AWAITED);

  /**
   * @param fenced false only in the test that shows what the fence is for
   */
  public Marker(Workbench bench, boolean fenced) {
    this.bench = bench;
    this.fenced = fenced;
  }

  /** A transaction has sent events; the next fence will wait until it is visible. */
  void arrived(long transaction) {
    arrived.arrive(transaction);
  }

  /** A fence for one thread. */
  public Fence fence() {
    int slot = slots.incrementAndGet();
    return session -> {
      if (fenced) {
        pass(session, slot);
      }
    };
  }

  private void pass(Session session, int slot) throws SQLException, InterruptedException {
    Set<Long> waitedFor = new HashSet<>(arrived.now());
    long pause = SHORTEST_PAUSE_MILLIS;
    while (true) {
      Set<Long> left = new HashSet<>(waitedFor);
      long next = sequence.incrementAndGet();
      Set<Long> invisible = session.transaction(c -> bench.invisible(c, slot, next, left));
      waitedFor.removeIf(t -> !invisible.contains(t));
      left.removeAll(invisible);
      arrived.visible(left);
      if (waitedFor.isEmpty()) {
        return;
      }
      // A commit that waits for a standby can take as long as it likes; so do we.
      Thread.sleep(pause);
      pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
    }
  }

  /** Writes a marker to be awaited, and commits it. */
  public long write(Session session) throws SQLException, InterruptedException {
    return write(session, AWAITED);
  }

  private long write(Session session, int slot) throws SQLException, InterruptedException {
    long next = sequence.incrementAndGet();
    session.execute(c -> bench.mark(c, slot, next));
    return next;
  }

  /** The proof that every transaction whose events have arrived is visible to our queries. */
  @FunctionalInterface
  public interface Fence {
    void pass(Session session) throws SQLException, InterruptedException;
  }
}
