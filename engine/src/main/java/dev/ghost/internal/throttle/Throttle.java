package dev.ghost.internal.throttle;

import dev.ghost.api.StoppedException;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Asks the probes four times a second, and holds those who ask for leave while one objects. {@link
 * #run} belongs to one thread; the rest is thread-safe.
 */
public final class Throttle {

  private static final long LOOK_MILLIS = 250;

  /** Looks without an objection before what was held continues. */
  private static final int CLEAR_LOOKS = 8;

  private final AdaptiveYield adaptiveYield;

  // Guarded by this.
  private List<Probe> soft;
  private List<Probe> critical;

  /** Rows a second, of all workers together; 0 for no limit. */
  private double rate;

  /** When the rows that were done so far are paid for at that rate, in {@link System#nanoTime}. */
  private long paidAt = System.nanoTime();

  /** Counts the changes of pace, so that nobody sleeps on an old one. */
  private int paces;

  private int workers = Integer.MAX_VALUE;
  private String order = "";
  private String reason = "";
  private int clear;
  private boolean closed;

  /**
   * @param soft hold the copy while they object
   * @param critical stop the migration as soon as one objects
   * @param rate rows a second, of all workers together; 0 for no limit
   * @param adaptiveYield asked last by those who are not held
   */
  public Throttle(
      List<Probe> soft, List<Probe> critical, double rate, AdaptiveYield adaptiveYield) {
    this.adaptiveYield = adaptiveYield;
    this.soft = List.copyOf(soft);
    this.critical = List.copyOf(critical);
    this.rate = rate;
  }

  /** Looks at other things from now on. */
  public synchronized void probe(List<Probe> newSoft, List<Probe> newCritical) {
    soft = List.copyOf(newSoft);
    critical = List.copyOf(newCritical);
    notifyAll();
  }

  /** Holds until {@link #release}, whatever the probes say. */
  public synchronized void hold(String why) {
    order = why;
  }

  /** Ends {@link #hold}. */
  public synchronized void release() {
    order = "";
    notifyAll();
  }

  /** Lets no more rows a second be done from now on; 0 for no limit. */
  public synchronized void rate(double rowsPerSecond) {
    rate = rowsPerSecond;
    paidAt = System.nanoTime();
    paces++;
    notifyAll();
  }

  /** Rows that make a chunk of half a second at the most, at the rate that is set. */
  public synchronized long mostRows() {
    return rate == 0 ? Long.MAX_VALUE : Math.max(1, (long) (rate / 2));
  }

  /** Lets only so many of the workers go on, from now on. */
  public synchronized void workers(int most) {
    workers = most;
    notifyAll();
  }

  /** How many of the workers may go on. */
  public synchronized int workers() {
    return workers;
  }

  private synchronized List<Probe> critical() {
    return critical;
  }

  private synchronized List<Probe> soft() {
    return soft;
  }

  /** Waits until there is something to look at; false when closed. */
  public synchronized boolean awaitProbes() throws InterruptedException {
    while (!closed && soft.isEmpty() && critical.isEmpty()) {
      wait();
    }
    return !closed;
  }

  /** Looks again and again until closed. */
  public void run(Session session) throws SQLException, InterruptedException {
    while (true) {
      look(session);
      synchronized (this) {
        long deadline = System.nanoTime() + LOOK_MILLIS * 1_000_000;
        for (long left = LOOK_MILLIS; !closed && left > 0; ) {
          wait(left);
          left = (deadline - System.nanoTime()) / 1_000_000;
        }
        if (closed) {
          return;
        }
      }
    }
  }

  /**
   * One look.
   *
   * @throws StoppedException if a limit is passed at which the migration has to end
   */
  public void look(Session session) throws SQLException, InterruptedException {
    for (Probe probe : critical()) {
      Optional<String> objection = probe.objection(session);
      if (objection.isPresent()) {
        throw new StoppedException(
            "The server is beyond its critical load: %s.".formatted(objection.get()),
            "The source is untouched. Run the command again when the server is quieter.");
      }
    }
    String found = "";
    for (Probe probe : soft()) {
      if (found.isEmpty()) {
        found = probe.objection(session).orElse("");
      }
    }
    seen(found);
  }

  private synchronized void seen(String objection) {
    if (!objection.isEmpty()) {
      reason = objection;
      clear = 0;
    } else if (!reason.isEmpty() && ++clear >= CLEAR_LOOKS) {
      reason = "";
      notifyAll();
    }
  }

  /** Why the copy is held; empty when it is not. */
  public synchronized String reason() {
    return order.isEmpty() ? reason : order;
  }

  /**
   * Rests as the rate of rows demands, then waits for as long as there is a reason to hold.
   *
   * @param worker the caller's number, from 0
   * @param rows of the last chunk
   * @param took how long it took
   * @param over true when nothing is left to do for a worker that is one too many
   */
  public void await(int worker, long rows, Duration took, BooleanSupplier over)
      throws InterruptedException {
    adaptiveYield.left(worker);
    rest(rows, took);
    while (held() || tooMany(worker)) {
      if (tooMany(worker) && over.getAsBoolean()) {
        return;
      }
      synchronized (this) {
        wait(LOOK_MILLIS);
      }
    }
    adaptiveYield.begin(worker, over);
  }

  /**
   * As {@link #await}, in the middle of a chunk: that is nobody else's, so that its worker is never
   * one too many.
   */
  public void awaitWithin(int worker) throws InterruptedException {
    adaptiveYield.left(worker);
    while (held()) {
      synchronized (this) {
        wait(LOOK_MILLIS);
      }
    }
    adaptiveYield.goOnWith(worker);
  }

  /** A worker is at an end, or has failed: nobody counts on it any more. */
  public void left(int worker) {
    adaptiveYield.left(worker);
  }

  private synchronized void rest(long rows, Duration took) throws InterruptedException {
    long now = System.nanoTime();
    if (rate == 0) {
      return;
    }
    long begun = now - took.toNanos();
    paidAt = (paidAt - begun > 0 ? paidAt : begun) + (long) (rows / rate * 1e9);
    int pace = paces;
    for (long left = paidAt - now;
        left > 0 && !closed && pace == paces;
        left = paidAt - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  private synchronized boolean tooMany(int worker) {
    return !closed && worker >= workers;
  }

  private synchronized boolean held() {
    return !closed && !reason().isEmpty();
  }

  /** Lets everybody go. */
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    adaptiveYield.close();
  }
}
