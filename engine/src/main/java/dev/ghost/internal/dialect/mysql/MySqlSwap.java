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
import java.util.Optional;
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

  /** Empty until the lock is asked for. */
  private Optional<Connections> connections = Optional.empty();

  private boolean locked;

  /**
   * Who makes the swap.
   *
   * @param holder has the locks, or waits for them
   * @param session the holder's, by the server's number
   */
  private record Connections(
      Connection holder, Connection guard, long session, InnodbLockLimits limits) {}

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
    Connection guard = guards.get(0);
    long session = ServerSessions.number(locker);
    InnodbLockLimits limits = InnodbLockLimits.begin(locker, timeout, hold);
    connections = Optional.of(new Connections(locker, guard, session, limits));
    return LockGuard.within(
        timeout, () -> tryLock(locker), () -> InnodbMigration.endWait(benches, guard, session));
  }

  private boolean tryLock(Connection locker) throws SQLException {
    locked = ServerSessions.tryLock(locker, TableLocks.sql(benches, List.of()));
    return locked;
  }

  @Override
  public void holdAtMost(Duration left) throws SQLException {
    connections.orElseThrow().limits().holdAtMost(left);
  }

  @Override
  public Set<String> heldUp() throws SQLException {
    Connections by = connections.orElseThrow();
    return TableLocks.heldUp(benches, by.guard(), List.of(by.session()));
  }

  @Override
  public void toNextTable(Connection writer) throws SQLException {
    SessionSettings.dropSessionTables(writer);
  }

  @Override
  public void check() throws SQLException {
    for (InnodbMigration planned : benches) {
      planned.checkSource(connections.orElseThrow().holder());
    }
  }

  @Override
  public Lock swap() throws SQLException {
    Connections by = connections.orElseThrow();
    Connection holder = by.holder();
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
        benches.get(0).awaitEnd(by.guard(), by.session());
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
    if (connections.isEmpty()) {
      return;
    }
    Connections by = connections.get();
    try {
      if (locked && !by.holder().isClosed()) {
        Sql.execute(by.holder(), "UNLOCK TABLES");
        locked = false;
      }
    } finally {
      by.limits().close();
    }
  }
}
