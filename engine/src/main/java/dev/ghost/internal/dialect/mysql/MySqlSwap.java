package dev.ghost.internal.dialect.mysql;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.LockGuard;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.innodb.InnodbMigration;
import dev.ghost.internal.dialect.innodb.TableLocks;
import dev.ghost.internal.dialect.innodb.server.InnodbLockLimits;
import dev.ghost.internal.dialect.innodb.server.ServerSessions;
import dev.ghost.internal.dialect.innodb.server.SessionSettings;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The cutover of MySQL 8.0.13 and newer: LOCK TABLES, RENAME TABLE and UNLOCK TABLES in one
 * session, each of them one statement for all tables. If that session dies before the RENAME, the
 * locks are gone and nothing has happened.
 *
 * <p>The server's lock_wait_timeout counts in whole seconds. So a guard ends the wait with KILL
 * QUERY; the server's own limits are for the case that nothing is heard of us any more.
 */
final class MySqlSwap implements Swap {

  private final List<InnodbMigration> benches;
  private InnodbLockLimits limits;
  private Connection holder;
  private Connection guard;
  private long session;

  MySqlSwap(List<InnodbMigration> benches) {
    this.benches = benches;
  }

  @Override
  public boolean lockerWrites() {
    return true;
  }

  @Override
  public Lock clear(Connection locker, List<Connection> guards) throws SQLException {
    benches.get(0).makeReady(locker);
    return Lock.GRANTED;
  }

  @Override
  public Lock lock(Connection locker, List<Connection> guards, Duration timeout, Duration hold)
      throws SQLException {
    guard = guards.get(0);
    session = ServerSessions.number(locker);
    limits = InnodbLockLimits.begin(locker, timeout, hold);
    return LockGuard.within(
        timeout, () -> tryLock(locker), () -> InnodbMigration.endWait(benches, guard, session));
  }

  private boolean tryLock(Connection locker) throws SQLException {
    boolean locked = ServerSessions.tryLock(locker, TableLocks.sql(benches, List.of()));
    holder = locked ? locker : null;
    return locked;
  }

  @Override
  public void holdAtMost(Duration left) throws SQLException {
    limits.holdAtMost(left);
  }

  @Override
  public Set<String> heldUp() throws SQLException {
    return TableLocks.heldUp(benches, guard, List.of(session));
  }

  @Override
  public void toNextTable(Connection writer) throws SQLException {
    SessionSettings.dropSessionTables(writer);
  }

  @Override
  public void check() throws SQLException {
    for (InnodbMigration planned : benches) {
      planned.checkSource(holder);
    }
  }

  @Override
  public Lock swap() throws SQLException {
    for (InnodbMigration planned : benches) {
      planned.complete(holder);
      planned.attach(holder, benches);
    }
    try {
      Sql.execute(
          holder,
          benches.stream()
              .map(b -> pair(b.names()))
              .collect(Collectors.joining(", ", "RENAME TABLE ", "")));
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) == ErrorClass.CONNECTION_LOST) {
        benches.get(0).awaitEnd(guard, session);
      }
      throw e;
    }
    for (InnodbMigration planned : benches) {
      planned.settle(holder);
    }
    return Lock.GRANTED;
  }

  private static String pair(TableNames names) {
    return "%1$s TO %2$s, %3$s TO %1$s"
        .formatted(Sql.quote(names.source()), Sql.quote(names.retired()), Sql.quote(names.ghost()));
  }

  @Override
  public void close() throws SQLException {
    try {
      if (holder != null && !holder.isClosed()) {
        Sql.execute(holder, "UNLOCK TABLES");
        holder = null;
      }
    } finally {
      if (limits != null) {
        limits.close();
      }
    }
  }
}
