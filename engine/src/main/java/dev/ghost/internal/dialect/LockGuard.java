package dev.ghost.internal.dialect;

import dev.ghost.internal.function.SqlSupplier;
import dev.ghost.internal.thread.DaemonThreads;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds a wait for locks. The servers' own lock timeouts count for each lock apart, and do not
 * tell who was in the way; how long the application may queue behind us is one time for all.
 *
 * <p>Invariant: either the wait was over in time, and the guard has done nothing and will do
 * nothing; or the guard has ended it, and is done before the result is given.
 */
public final class LockGuard {

  private LockGuard() {}

  /**
   * Runs a wait, and ends it when its time is up.
   *
   * @param wait waits for locks; false when the wait was ended
   * @param end notes who is in the way and who waits behind, then ends the wait; on another thread,
   *     from another connection
   */
  public static Swap.Lock within(
      Duration limit, SqlSupplier<Boolean> wait, SqlSupplier<LockQueue> end) throws SQLException {
    AtomicBoolean decided = new AtomicBoolean();
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(DaemonThreads.single("lock-guard"));
    try {
      Future<LockQueue> ending =
          clock.schedule(
              () -> decided.compareAndSet(false, true) ? end.get() : LockQueue.NOT_SEEN,
              limit.toMillis(),
              TimeUnit.MILLISECONDS);
      LockQueue queue = LockQueue.NOT_SEEN;
      boolean granted = false;
      boolean inTime = false;
      try {
        granted = wait.get();
      } finally {
        inTime = decided.compareAndSet(false, true);
        if (inTime) {
          ending.cancel(false);
        } else {
          queue = awaitEnd(ending);
        }
      }
      return new Swap.Lock(granted && inTime, queue);
    } finally {
      clock.shutdown();
    }
  }

  private static LockQueue awaitEnd(Future<LockQueue> ending) throws SQLException {
    try {
      return ending.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for the lock", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SQLException cause ? cause : new SQLException(e.getCause());
    }
  }
}
