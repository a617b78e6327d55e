package dev.ghost.dialect.mysql;

import dev.ghost.dialect.Fault;
import dev.ghost.dialect.LockGuard;
import dev.ghost.dialect.Swap;
import dev.ghost.dialect.innodb.Control;
import dev.ghost.dialect.innodb.InnodbDialect;
import dev.ghost.dialect.innodb.InnodbWorkbench;
import dev.ghost.dialect.innodb.Sql;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The cutover of MySQL 8.0.13 and newer: LOCK TABLES, RENAME TABLE and UNLOCK TABLES in one
 * session. If that session dies before the RENAME, the locks are gone and nothing has happened.
 *
 * <p>The server's lock_wait_timeout counts in whole seconds. So a guard ends the wait with KILL
 * QUERY.
 */
final class MySqlSwap implements Swap {

  private final InnodbWorkbench bench;
  private final TableNames names;
  private Connection holder;
  private Connection guard;
  private long session;

  MySqlSwap(InnodbWorkbench bench) {
    this.bench = bench;
    this.names = bench.names();
  }

  @Override
  public boolean lockerWrites() {
    return true;
  }

  @Override
  public Lock lock(Connection locker, Connection watcher, Duration timeout) throws SQLException {
    guard = watcher;
    session = InnodbDialect.connectionId(locker);
    return LockGuard.within(timeout, () -> tryLock(locker), () -> bench.endWait(guard, session));
  }

  private boolean tryLock(Connection locker) throws SQLException {
    try {
      Control.execute(locker, bench.lockSql());
      holder = locker;
      return true;
    } catch (SQLException e) {
      if (InnodbDialect.isEndedWait(e)) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public Lock swap() throws SQLException {
    bench.checkSource(holder);
    bench.carryCounter(holder);
    bench.attach(holder);
    String sql =
        """
        RENAME TABLE %1$s TO %2$s, %3$s TO %1$s
        """
            .formatted(
                Sql.quote(names.source()), Sql.quote(names.retired()), Sql.quote(names.ghost()));
    try {
      Control.execute(holder, sql);
    } catch (SQLException e) {
      if (InnodbDialect.faultOf(e) == Fault.CONNECTION_LOST) {
        InnodbDialect.awaitGone(guard, session);
      }
      throw e;
    }
    bench.settle(holder);
    return Lock.GRANTED;
  }

  @Override
  public void close() throws SQLException {
    if (holder != null && !holder.isClosed()) {
      Control.execute(holder, "UNLOCK TABLES");
      holder = null;
    }
  }
}
