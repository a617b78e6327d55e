package dev.ghost.internal.dialect.postgres.lock;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Limits that the server keeps for a transaction that locks tables of the application: should it
 * hear nothing of us, it ends the session, and the locks go with it. A stopped process and a
 * network that swallows packets look the same to it.
 */
public final class PostgresLockLimits {

  /** For the server, should the guard be late; he ends the wait, and knows who is in the way. */
  private static final Duration LATE = Duration.ofMillis(50);

  /** The server ends a session that holds a lock for so much longer than it was to. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  /** The first version with a limit for a transaction as a whole. */
  private static final int WHOLE_TRANSACTIONS = 17;

  private PostgresLockLimits() {}

  /**
   * The statements that set the limits of the transaction that they run in.
   *
   * @param wait how long a lock may be waited for
   * @param hold how long it may be held then
   */
  public static String sql(Connection c, Duration wait, Duration hold) throws SQLException {
    return sql(c, wait, wait, hold);
  }

  /**
   * The same where not all locks are waited for in the same time.
   *
   * @param longest that one of them may be waited for
   */
  public static String sql(Connection c, Duration wait, Duration longest, Duration hold)
      throws SQLException {
    String limits = "%s; %s".formatted(waiting(wait), resting(hold));
    // It counts from when it is first set, and a swap waits for two locks.
    return c.getMetaData().getDatabaseMajorVersion() < WHOLE_TRANSACTIONS
        ? limits
        : "%s; SET LOCAL transaction_timeout = '%dms'"
            .formatted(limits, longest.multipliedBy(2).plus(hold).plus(MARGIN).toMillis());
  }

  /**
   * The same for a transaction whose statements may take long once they have their locks: only its
   * rests between two of them are limited.
   */
  public static String ofLongStep(Duration wait) {
    return ofLongStep(wait, wait);
  }

  /** The same where a rest may be longer than the wait. */
  public static String ofLongStep(Duration wait, Duration rest) {
    return "%s; %s".formatted(waiting(wait), resting(rest));
  }

  private static String waiting(Duration wait) {
    return "SET LOCAL lock_timeout = '%dms'".formatted(wait.plus(LATE).toMillis());
  }

  /**
   * The same for a transaction that has its lock: how long it may rest.
   *
   * @param left how long it may still hold the lock
   */
  public static String resting(Duration left) {
    return "SET LOCAL idle_in_transaction_session_timeout = '%dms'"
        .formatted(left.plus(MARGIN).toMillis());
  }
}
