package dev.ghost.session;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Where sessions get their connections from: a pool, and what it has come to. Thread-safe.
 *
 * <p>One request at a time. HikariCP (7.1) compares who waits with what it is about to add in two
 * steps (its issues 452 and 1909): of three threads that ask at the same moment, one may be
 * forgotten, and is told after its time that there is no connection, though the pool is far from
 * full.
 */
final class ConnectionSource {

  /** Also what is locked while it is asked: the migrations of one script share a caller's pool. */
  private final DataSource pool;

  // Guarded by pool.
  private SQLException untrusted;

  ConnectionSource(DataSource pool) {
    this.pool = pool;
  }

  /**
   * Takes a connection from the pool.
   *
   * @throws SQLException if there is none; without waiting again, once a server could not prove who
   *     it is
   */
  Connection get() throws SQLException {
    synchronized (pool) {
      if (untrusted != null) {
        throw new SQLException(
            untrusted.getMessage(), untrusted.getSQLState(), untrusted.getErrorCode(), untrusted);
      }
      try {
        return pool.getConnection();
      } catch (SQLException e) {
        if (Cause.untrusted(e)) {
          untrusted = e;
        }
        throw e;
      }
    }
  }
}
