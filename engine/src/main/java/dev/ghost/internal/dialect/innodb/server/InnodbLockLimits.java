package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Limits that the server keeps for a session that locks tables of the application: should it hear
 * nothing of us, it ends the session, and the locks go with it. A stopped process and a network
 * that swallows packets look the same to it. Used by the thread that uses the connection.
 */
public final class InnodbLockLimits implements AutoCloseable {

  /** The server counts whole seconds from the last statement, which is later than we count from. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  private final Connection c;

  private InnodbLockLimits(Connection c) {
    this.c = c;
  }

  /**
   * Sets the limits before a lock is asked for.
   *
   * @param wait how long the lock may be waited for; the server ends a longer wait by itself
   * @param hold how long it may be held
   */
  public static InnodbLockLimits begin(Connection c, Duration wait, Duration hold)
      throws SQLException {
    InnodbLockLimits limits = new InnodbLockLimits(c);
    limits.set(seconds(wait.plus(MARGIN)), seconds(hold.plus(MARGIN)));
    return limits;
  }

  /** The lock may be held for this much longer. */
  public void holdAtMost(Duration left) throws SQLException {
    Sql.execute(c, "SET SESSION wait_timeout = " + seconds(left.plus(MARGIN)));
  }

  private void set(long lockWait, long idle) throws SQLException {
    Sql.execute(
        c,
        "SET SESSION lock_wait_timeout = %d, SESSION wait_timeout = %d".formatted(lockWait, idle));
  }

  private static long seconds(Duration time) {
    return Math.max(1, time.plusMillis(999).toSeconds());
  }

  /** Puts back what ghost's sessions have; not where the session is lost. */
  @Override
  public void close() throws SQLException {
    if (!c.isClosed()) {
      set(SessionSettings.LOCK_WAIT_SECONDS, SessionSettings.IDLE_SECONDS);
    }
  }
}
