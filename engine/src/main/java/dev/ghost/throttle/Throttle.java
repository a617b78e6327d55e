package dev.ghost.throttle;

import dev.ghost.api.StoppedException;
import dev.ghost.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Asks the probes four times a second, and holds those who ask for leave while one objects. {@link
 * #run} belongs to one thread; the rest is thread-safe.
 */
public final class Throttle {

  private static final long LOOK_MILLIS = 250;

  /** Looks without an objection before what was held goes on. */
  private static final int CLEAR_LOOKS = 8;

  private final List<Probe> soft;
  private final List<Probe> critical;
  private final double nice;

  // Guarded by this.
  private String reason = "";
  private int clear;
  private boolean closed;

  /**
   * @param soft hold the copy while they object
   * @param critical stop the migration as soon as one objects
   * @param nice how long to rest after a chunk, as a multiple of the time it took
   */
  public Throttle(List<Probe> soft, List<Probe> critical, double nice) {
    this.soft = List.copyOf(soft);
    this.critical = List.copyOf(critical);
    this.nice = nice;
  }

  /** True when there is nothing to look at. */
  public boolean idle() {
    return soft.isEmpty() && critical.isEmpty();
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
    for (Probe probe : critical) {
      Optional<String> objection = probe.objection(session);
      if (objection.isPresent()) {
        throw new StoppedException(
            "The server is beyond its critical load: %s.".formatted(objection.get()),
            "The source is untouched. Run the command again when the server is quieter.");
      }
    }
    String found = "";
    for (Probe probe : soft) {
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
    return reason;
  }

  /**
   * Rests as the migration was told to be nice, then waits for as long as there is a reason to
   * hold.
   *
   * @param took how long the last chunk took
   */
  public void await(Duration took) throws InterruptedException {
    if (nice > 0) {
      Thread.sleep((long) (took.toMillis() * nice));
    }
    synchronized (this) {
      while (!reason.isEmpty() && !closed) {
        wait();
      }
    }
  }

  /** Lets everybody go. */
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
