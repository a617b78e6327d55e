package dev.ghost.internal.throttle;

import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Gives way to the application. As long as nobody else is at work on the server, copy and
 * comparison go on as they can. As soon as somebody is, chunks become small, and the workers rest
 * together, again and again, for as long as {@link WorkerBudget} finds. {@link #run} belongs to one
 * thread; the rest is thread-safe.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Nobody rests inside a chunk.
 *   <li>A worker works for a third of the time at least, whatever is measured.
 * </ul>
 */
public final class AdaptiveYield {

  /** What it wants to know of the server. */
  public interface Server {
    /** How many sessions of others run a statement. */
    int busyElsewhere(Session session) throws SQLException, InterruptedException;

    /** How many changes of the source have arrived so far. */
    long changes();

    /** A small commit, such as the application's. */
    void commit(Session session) throws SQLException, InterruptedException;
  }

  /** A chunk that nobody has to wait behind for long. */
  private static final Duration SMALL_CHUNK = Duration.ofMillis(10);

  private static final long MEASURE_NANOS = Duration.ofMillis(20).toNanos();
  private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

  /** How long somebody who was seen at work is thought to be there. */
  private static final long STAY_NANOS = Duration.ofSeconds(10).toNanos();

  /** Shorter ones are too short to measure anything in them. */
  private static final long SHORTEST_NANOS = Duration.ofMillis(60).toNanos();

  private static final long LONGEST_TURN_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST_REST_NANOS = Duration.ofSeconds(2).toNanos();

  private final Server server;

  /** By which somebody who was seen at work stays. */
  private final LongSupplier nanos;

  // Of the thread that runs.
  private final WorkerBudget budget = new WorkerBudget();
  private long changes;
  private long nextLook = System.nanoTime();
  private long seenAt;

  // Guarded by this.
  private final Set<Integer> working = new HashSet<>();
  private final Set<Integer> waiting = new HashSet<>();
  private boolean wanted;
  private boolean polite;
  private boolean resting;
  private int whole = Integer.MAX_VALUE;
  private double part = 1;
  private long turnBegun;
  private long restBegun;
  private boolean closed;

  /**
   * @param wanted false for not giving way
   */
  public AdaptiveYield(Server server, boolean wanted) {
    this(server, wanted, System::nanoTime);
  }

  AdaptiveYield(Server server, boolean wanted, LongSupplier nanos) {
    this.server = server;
    this.wanted = wanted;
    this.nanos = nanos;
  }

  /** Gives way from now on, or does not. */
  public synchronized void wanted(boolean value) {
    wanted = value;
    if (!value) {
      goOn();
    }
    notifyAll();
  }

  /** How long a chunk may take now. */
  public synchronized Duration chunkTime(Duration otherwise) {
    return polite && otherwise.compareTo(SMALL_CHUNK) > 0 ? SMALL_CHUNK : otherwise;
  }

  /** What it does, for people; empty when it does nothing. */
  public synchronized String says() {
    return polite
        ? "gives way to the application: %d thread%s, %.0f %% of the time"
            .formatted(whole, whole == 1 ? "" : "s", 100 * part)
        : "";
  }

  /**
   * A worker wants to begin a chunk. Waits until it is its turn.
   *
   * @param over true when nothing is left to do for a worker that is one too many
   */
  void begin(int worker, BooleanSupplier over) throws InterruptedException {
    while (!begun(worker, false)) {
      if (over.getAsBoolean()) {
        left(worker);
        return;
      }
    }
  }

  /**
   * A worker wants to go on with its chunk; is never one too many, as nobody else could do that.
   */
  void goOnWith(int worker) throws InterruptedException {
    boolean begun;
    do {
      begun = begun(worker, true);
    } while (!begun);
  }

  /** Waits for a while; true when the worker may begin. */
  private synchronized boolean begun(int worker, boolean within) throws InterruptedException {
    if (closed || (!resting && (within || worker < whole))) {
      waiting.remove(worker);
      working.add(worker);
      notifyAll();
      return true;
    }
    if (waiting.add(worker)) {
      notifyAll();
    }
    TimeUnit.NANOSECONDS.timedWait(this, LOOK_NANOS);
    return false;
  }

  /** A worker has finished a chunk, or has come to its end. */
  public synchronized void left(int worker) {
    working.remove(worker);
    waiting.remove(worker);
    notifyAll();
  }

  /** Waits until there are workers that are to give way; false when closed. */
  public synchronized boolean awaitWanted() throws InterruptedException {
    while (!closed && (!wanted || (working.isEmpty() && waiting.isEmpty()))) {
      wait();
    }
    return !closed;
  }

  /** Looks, and measures, until closed; only while there are workers. */
  public void run(Session session) throws SQLException, InterruptedException {
    for (long pause = 0; rest(pause); pause = isPolite() ? MEASURE_NANOS : LOOK_NANOS) {
      if (System.nanoTime() - nextLook >= 0) {
        nextLook = System.nanoTime() + LOOK_NANOS;
        look(session);
      }
      if (isPolite()) {
        measure(session);
        takeTurns(System.nanoTime());
      }
    }
  }

  private synchronized boolean isPolite() {
    return polite;
  }

  /** Waits for so long, and until there is somebody at all; false when closed. */
  private synchronized boolean rest(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; !closed && left > 0; left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return awaitWanted();
  }

  private void look(Session session) throws SQLException, InterruptedException {
    int busy = server.busyElsewhere(session);
    long now = server.changes();
    budget.elsewhere(busy);
    if (busy > 0 || now != changes) {
      changes = now;
      seenAt = nanos.getAsLong();
      meet();
    } else if (nanos.getAsLong() - seenAt > STAY_NANOS) {
      goOn();
    }
  }

  private synchronized void meet() {
    if (!polite && wanted) {
      polite = true;
      budget.meet();
      adopt();
      turnBegun = System.nanoTime();
    }
  }

  private synchronized void goOn() {
    polite = false;
    resting = false;
    whole = Integer.MAX_VALUE;
    part = 1;
    notifyAll();
  }

  private void adopt() {
    whole = budget.whole();
    part = budget.part();
  }

  private void measure(Session session) throws SQLException, InterruptedException {
    boolean before = someoneWorks();
    long begun = System.nanoTime();
    server.commit(session);
    long took = System.nanoTime() - begun;
    if (before == someoneWorks()) {
      if (before) {
        budget.besideWork(took / 1e6);
      } else {
        budget.atRest(took / 1e6);
      }
    }
  }

  private synchronized boolean someoneWorks() {
    return !working.isEmpty();
  }

  private synchronized void takeTurns(long now) {
    if (!polite) {
      return;
    }
    if (!resting) {
      resting = now - turnBegun >= turn();
      restBegun = 0;
    } else if (restBegun == 0) {
      // Who is at work may finish; the rest begins after the last.
      restBegun = working.isEmpty() ? now : 0;
    } else if (now - restBegun >= pause()) {
      budget.learn(Math.max(1, working.size() + waiting.size()));
      adopt();
      resting = false;
      turnBegun = now;
      notifyAll();
    }
  }

  /** One that is left by a rest which is long enough to measure something in it. */
  private long turn() {
    double rests = part == 1 ? Double.MAX_VALUE : Math.max(1, part / (1 - part));
    return scaled(SHORTEST_NANOS, rests, LONGEST_TURN_NANOS);
  }

  /** As long as is right for the turn before, which may have been longer than it should. */
  private long pause() {
    return Math.max(
        SHORTEST_NANOS, scaled(restBegun - turnBegun, 1 / part - 1, LONGEST_REST_NANOS));
  }

  private static long scaled(long nanos, double by, long most) {
    return (long) Math.min(by * (double) nanos, (double) most);
  }

  /** Lets everybody go. */
  synchronized void close() {
    closed = true;
    goOn();
  }
}
