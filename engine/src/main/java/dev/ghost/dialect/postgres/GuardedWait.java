package dev.ghost.dialect.postgres;

import dev.ghost.dialect.Blocker;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.LockGuard;
import dev.ghost.dialect.Swap;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** A step that waits for locks, on a connection that another one watches. */
record GuardedWait(Connection holder, Connection guard) {

  private static final long LATE_MILLIS = 50;
  private static final Duration GONE_LIMIT = Duration.ofSeconds(30);

  /** What waits for locks. */
  @FunctionalInterface
  interface Step {
    void run() throws SQLException;
  }

  /** For the server, should the guard be late; he ends the wait, and knows who is in the way. */
  static String timeoutSql(Duration limit) {
    return "SET LOCAL lock_timeout = '%dms'".formatted(limit.toMillis() + LATE_MILLIS);
  }

  /** Runs a step; when its time is up, notes who is in the way, and ends it. */
  Swap.Lock within(Duration limit, Step step) throws SQLException {
    int waiting = Integer.parseInt(Sql.string(holder, "SELECT pg_backend_pid()"));
    return LockGuard.within(
        limit,
        () -> run(step, waiting),
        () -> {
          List<Blocker> blockers = Blockers.read(guard, waiting);
          Sql.strings(guard, "SELECT pg_cancel_backend(?)", waiting);
          guard.commit();
          return blockers;
        });
  }

  private boolean run(Step step, int backend) throws SQLException {
    try {
      step.run();
      return true;
    } catch (SQLException e) {
      Fault fault = new PostgresDialect().classify(e);
      if (fault == Fault.CONNECTION_LOST) {
        awaitGone(backend);
      }
      if (fault == Fault.LOCK_TIMEOUT || fault == Fault.DEADLOCK || fault == Fault.KILLED) {
        return false;
      }
      throw e;
    }
  }

  /**
   * What a backend whose connection is lost was doing is done when it is gone, or never will be.
   */
  private void awaitGone(int backend) throws SQLException {
    long deadline = System.nanoTime() + GONE_LIMIT.toNanos();
    while (!Sql.strings(guard, "SELECT 1::text FROM pg_stat_activity WHERE pid = ?", backend)
        .isEmpty()) {
      guard.commit();
      if (System.nanoTime() > deadline) {
        throw new SQLException(
            "backend %d of ours is lost, and the server goes on with what it was doing"
                .formatted(backend));
      }
    }
    guard.commit();
  }
}
