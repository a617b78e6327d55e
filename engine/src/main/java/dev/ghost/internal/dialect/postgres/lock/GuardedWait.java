package dev.ghost.internal.dialect.postgres.lock;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.LockGuard;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.SwapUnknownException;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.function.SqlRunnable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A step that waits for locks, on a connection that another one watches. */
public record GuardedWait(Connection holder, Connection guard) {

  private static final Duration GONE_LIMIT = Duration.ofSeconds(60);

  /** Between two looks whether a backend is gone. */
  private static final long LOOK_MILLIS = 20;

  /** Runs a step; when its time is up, notes the queue for its lock, and ends it. */
  public Swap.Lock within(Duration limit, SqlRunnable step) throws SQLException {
    return within(limit, step, awaited -> {});
  }

  /**
   * Does the same.
   *
   * @param ending told the tables and views whose lock is waited for, before the wait is ended
   */
  public Swap.Lock within(Duration limit, SqlRunnable step, Consumer<List<String>> ending)
      throws SQLException {
    int waiting = Integer.parseInt(Sql.string(holder, "SELECT pg_backend_pid()"));
    return LockGuard.within(
        limit,
        () -> run(step, waiting),
        () -> {
          LockQueue queue =
              new LockQueue(
                  PostgresBlockers.read(guard, waiting), PostgresHeldUp.behind(guard, waiting));
          ending.accept(PostgresBlockers.awaited(guard, waiting));
          Sql.strings(guard, "SELECT pg_cancel_backend(?)", waiting);
          guard.commit();
          return queue;
        });
  }

  private boolean run(SqlRunnable step, int backend) throws SQLException {
    try {
      step.run();
      return true;
    } catch (SQLException e) {
      ErrorClass errorClass = PostgresErrors.classOf(e);
      if (errorClass == ErrorClass.CONNECTION_LOST) {
        awaitGone(guard, backend);
      }
      if (errorClass == ErrorClass.LOCK_TIMEOUT
          || errorClass == ErrorClass.DEADLOCK
          || errorClass == ErrorClass.KILLED) {
        return false;
      }
      throw e;
    }
  }

  /**
   * What a backend whose connection is lost was doing is done when it is gone, or never will be.
   */
  public static void awaitGone(Connection guard, long backend) throws SQLException {
    long deadline = System.nanoTime() + GONE_LIMIT.toNanos();
    while (!Sql.strings(guard, "SELECT 1::text FROM pg_stat_activity WHERE pid = ?", backend)
        .isEmpty()) {
      // It has done what it was told, and will be told nothing more.
      Sql.strings(
          guard,
          """
          SELECT pg_terminate_backend(pid)::text
            FROM pg_stat_activity
           WHERE pid = ? AND state LIKE 'idle%'
          """,
          backend);
      guard.commit();
      if (System.nanoTime() > deadline) {
        throw new SwapUnknownException(
            "ghost's backend %d is lost, and the server continues with what it was doing"
                .formatted(backend),
            null);
      }
      pause();
    }
    guard.commit();
  }

  private static void pause() throws SQLException {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while one of ghost's backends was to end", e);
    }
  }
}
