package dev.ghost.internal.dialect.mariadb;

import dev.ghost.internal.dialect.LockGuard;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.innodb.InnodbMigration;
import dev.ghost.internal.dialect.innodb.server.InnodbLockLimits;
import dev.ghost.internal.dialect.innodb.server.ReferringKeys;
import dev.ghost.internal.dialect.innodb.server.ServerSessions;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The tables whose foreign keys refer to those that are swapped, locked by a session of their own
 * from before the swap until their keys refer to nothing but the new tables. Used by one thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>While they are unlocked, each key refers to the table that the application knows by the
 *       name, and to no other; but should we, or the server, die in between, some refer to the
 *       other as well: so what they accept is right all the same.
 *   <li>They are locked after what they refer to. Who writes to both mostly does it in that order.
 * </ul>
 */
final class ReferringTables implements AutoCloseable {

  private final List<InnodbMigration> benches;

  /** Has the lock, or waits for it; empty until it is asked for. */
  private Optional<Connection> keeper = Optional.empty();

  private Optional<InnodbLockLimits> limits = Optional.empty();
  private boolean locked;
  private boolean settling;

  ReferringTables(List<InnodbMigration> benches) {
    this.benches = benches.stream().filter(b -> !b.referring().none()).toList();
  }

  boolean none() {
    return benches.isEmpty();
  }

  /**
   * Locks them.
   *
   * @param keeper the connection that will hold the lock, used by nobody else
   * @param locker the session that has locked what they refer to
   * @param hold how long the lock may be held
   * @param patience seconds after which the server lets it fail by itself
   */
  Swap.Lock lock(
      Connection keeper,
      Connection guard,
      long locker,
      Duration timeout,
      Duration hold,
      long patience)
      throws SQLException {
    this.keeper = Optional.of(keeper);
    long session = ServerSessions.number(keeper);
    limits = Optional.of(InnodbLockLimits.begin(keeper, timeout, hold));
    Swap.Lock lock =
        LockGuard.within(
            timeout,
            () -> tryLock(keeper, patience),
            () -> InnodbMigration.endWait(benches, guard, session));
    // A stock server names anyone who has a transaction.
    return new Swap.Lock(
        lock.granted(),
        new LockQueue(
            lock.blockers().stream()
                .filter(b -> !b.session().equals(Long.toString(locker)))
                .toList(),
            lock.queue().heldUp()));
  }

  private boolean tryLock(Connection keeper, long patience) throws SQLException {
    // The RENAME asks for locks within InnoDB as well.
    Sql.execute(keeper, "SET SESSION innodb_table_locks = 0");
    String sql = ReferringKeys.lockSql(benches.stream().map(InnodbMigration::referring).toList());
    locked = ServerSessions.tryLock(keeper, sql + " WAIT " + patience);
    return locked;
  }

  /** The same as of the lock on what they refer to. */
  void holdAtMost(Duration left) throws SQLException {
    if (locked) {
      limits.orElseThrow().holdAtMost(left);
    }
  }

  /** All being applied: lets them refer to the ghosts as well. */
  void referToGhosts() throws SQLException {
    for (InnodbMigration planned : benches) {
      planned.referring().referToGhost(keeper.orElseThrow(), planned.names().ghost());
    }
  }

  /** When it is known which names are swapped: lets them refer to one table each again. */
  void settle() throws SQLException {
    settling = true;
    for (InnodbMigration planned : benches) {
      Connection by = keeper.orElseThrow();
      if (planned.swapped(by)) {
        planned.referring().leaveRetired(by);
      } else {
        planned.referring().leaveGhost(by);
      }
    }
  }

  /**
   * The same after a failure, which may be that this session is lost. What it has begun is not
   * begun again: what is left is done when the run ends, or by the next.
   */
  void settleAfter(SQLException failure) {
    if (settling) {
      return;
    }
    try {
      settle();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() throws SQLException {
    if (keeper.isPresent() && !keeper.get().isClosed()) {
      if (locked) {
        Sql.execute(keeper.get(), "UNLOCK TABLES");
      }
      Sql.execute(keeper.get(), "SET SESSION innodb_table_locks = DEFAULT");
      if (limits.isPresent()) {
        limits.get().close();
      }
    }
    locked = false;
  }
}
