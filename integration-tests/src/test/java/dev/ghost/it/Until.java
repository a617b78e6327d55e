package dev.ghost.it;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;

/** Waits for conditions without spinning: the machine has two cores, and servers need them. */
final class Until {

  private static final Duration BETWEEN = Duration.ofMillis(10);

  private Until() {}

  /** Waits until a condition holds; a test that waits for minutes has failed. */
  static void holds(Callable<Boolean> condition) {
    polling(Duration.ofMinutes(2)).until(condition);
  }

  /** The same; false when it does not hold in time. */
  static boolean holds(Duration limit, Callable<Boolean> condition) {
    try {
      polling(limit).until(condition);
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  private static ConditionFactory polling(Duration limit) {
    return await().pollInSameThread().pollDelay(Duration.ZERO).pollInterval(BETWEEN).atMost(limit);
  }
}
