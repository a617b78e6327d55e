package dev.ghost.internal.session;

import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions get their connections from: a pool, and what it has come to. Thread-safe.
 *
 * <p>One request at a time. HikariCP (7.1) compares who waits with what it is about to add in two
 * steps (its issues 452 and 1909): of three threads that ask at the same moment, one may be
 * forgotten, and is told after its time that there is no connection, though the pool is far from
 * full. The migrations of one script share a caller's pool, so there is one lock for each pool. It
 * is never the pool itself, whose monitor it may need to take a connection back.
 */
final class ConnectionSource {

  /** The locks of all pools that are in use. Guarded by itself. */
  private static final List<Turn> TURNS = new ArrayList<>();

  private final DataSource pool;

  /** Held while the pool is asked. */
  private final Turn turn;

  // Guarded by turn.
  private @Nullable SQLException untrusted;

  /** The lock of a pool. */
  private record Turn(WeakReference<DataSource> pool) {}

  ConnectionSource(DataSource pool) {
    this.pool = pool;
    this.turn = turn(pool);
  }

  private static Turn turn(DataSource pool) {
    synchronized (TURNS) {
      TURNS.removeIf(t -> t.pool.get() == null);
      for (Turn turn : TURNS) {
        if (turn.pool.get() == pool) {
          return turn;
        }
      }
      Turn added = new Turn(new WeakReference<>(pool));
      TURNS.add(added);
      return added;
    }
  }

  /**
   * Takes a connection from the pool.
   *
   * @throws SQLException if there is none; without waiting again, once a server could not prove who
   *     it is
   */
  Connection get() throws SQLException {
    synchronized (turn) {
      if (untrusted != null) {
        throw new SQLException(
            untrusted.getMessage(), untrusted.getSQLState(), untrusted.getErrorCode(), untrusted);
      }
      try {
        return pool.getConnection();
      } catch (SQLException e) {
        if (SqlErrors.untrusted(e)) {
          untrusted = e;
        }
        throw e;
      }
    }
  }
}
