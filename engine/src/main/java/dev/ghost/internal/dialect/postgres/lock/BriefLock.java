package dev.ghost.internal.dialect.postgres.lock;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.function.SqlSupplier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A transaction that locks tables of the application for a moment, beside the cutover. Anyone who
 * wants to write to them queues behind it: so each wait is short, and comes again after a rest. And
 * where the server hears nothing of us between two statements, it ends the session.
 */
public final class BriefLock {

  private static final int MOST_TRIES = 40;
  private static final long LONGEST_REST_MILLIS = 2_000;
  private static final long FIRST_REST_MILLIS = 100;

  private static final Duration WAIT = Duration.ofMillis(200);

  /** How long we may rest with a lock, before the margin of {@link PostgresLockLimits}. */
  private static final Duration REST = Duration.ofMillis(1_500);

  private BriefLock() {}

  /**
   * Tries until the locks are granted.
   *
   * @param c in a transaction that has done nothing yet, or nothing that is to last
   * @param work done in the transaction; from the beginning, where a lock was not granted
   */
  public static <T> T within(Connection c, SqlSupplier<T> work) throws SQLException {
    for (int tries = 1; ; tries++) {
      try {
        Sql.execute(c, PostgresLockLimits.ofLongStep(WAIT, REST));
        return work.get();
      } catch (SQLException e) {
        if (PostgresErrors.classOf(e) != ErrorClass.LOCK_TIMEOUT || tries == MOST_TRIES) {
          throw e;
        }
        c.rollback();
        rest(tries);
      }
    }
  }

  private static void rest(int tries) throws SQLException {
    try {
      TimeUnit.MILLISECONDS.sleep(
          Math.min(LONGEST_REST_MILLIS, FIRST_REST_MILLIS << Math.min(tries, 5)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while a lock was waited for", e);
    }
  }
}
