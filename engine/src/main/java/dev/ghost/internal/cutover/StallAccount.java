package dev.ghost.internal.cutover;

import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How long transactions of the application have waited for the tries at a cutover. One transaction
 * can be held up by several tries, one after the other, and then waits for the sum of them. Used by
 * one thread.
 *
 * <p>Invariant: no transaction that the server shows waits for longer than the limit, over all
 * tries; a try gets no more time than those that are still open have left.
 */
final class StallAccount {

  private static final long LOOK_MILLIS = 50;

  private final Driver driver;
  private final Duration limit;

  /** Transactions that have not ended, with the time that each has waited for us. */
  private final Map<String, Duration> waited = new HashMap<>();

  private Duration longest = Duration.ZERO;

  /**
   * @param limit the longest time that one transaction may wait for us
   */
  StallAccount(Driver driver, Duration limit) {
    this.driver = driver;
    this.limit = limit;
  }

  /**
   * An attempt has given up, or has swapped.
   *
   * @param stall how long the application can have waited for it
   * @param heldUp the transactions that were waiting at its end
   */
  void add(Duration stall, Set<String> heldUp) {
    longest = longer(longest, stall);
    for (String transaction : heldUp) {
      longest = longer(longest, waited.merge(transaction, stall, Duration::plus));
    }
  }

  /** Waits until those that were held up have ended; but not for longer than this. */
  void awaitThrough(Session session, Duration patience) throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    forgetEnded(session);
    while (!waited.isEmpty() && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      forgetEnded(session);
    }
  }

  private void forgetEnded(Session session) throws SQLException, InterruptedException {
    if (!waited.isEmpty()) {
      Map<String, Duration> before = Map.copyOf(waited);
      waited.clear();
      session
          .transaction(c -> driver.unfinished(c, before.keySet()))
          .forEach((name, now) -> waited.merge(now, before.get(name), StallAccount::longer));
    }
  }

  /** How long the next try may hold up those that are still open. */
  Duration left() {
    return limit.minus(waited.values().stream().reduce(Duration.ZERO, StallAccount::longer));
  }

  /** How many of those that were held up are still open. */
  int open() {
    return waited.size();
  }

  /** The longest time that one transaction can have waited, over all tries. */
  Duration longest() {
    return longest;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
