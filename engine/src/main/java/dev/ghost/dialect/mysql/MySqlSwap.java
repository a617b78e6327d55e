package dev.ghost.dialect.mysql;

import dev.ghost.dialect.Fault;
import dev.ghost.dialect.Swap;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The cutover of MySQL 8.0.13 and newer: LOCK TABLES, RENAME TABLE and UNLOCK TABLES in one
 * session. If that session dies before the RENAME, the locks are gone and nothing has happened.
 *
 * <p>The server's lock_wait_timeout counts for each table and in whole seconds; how long the
 * application may queue behind us is one time for all. So a guard ends the wait with KILL QUERY.
 */
final class MySqlSwap implements Swap {

  private final MySqlWorkbench bench;
  private final TableNames names;
  private Connection holder;

  MySqlSwap(MySqlWorkbench bench) {
    this.bench = bench;
    this.names = bench.names();
  }

  @Override
  public boolean lockerWrites() {
    return true;
  }

  @Override
  public Lock lock(Connection locker, Connection guard, Duration timeout) throws SQLException {
    long session = connectionId(locker);
    AtomicBoolean decided = new AtomicBoolean();
    List<String> blockers = new ArrayList<>();
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      ScheduledFuture<Boolean> end =
          clock.schedule(
              () -> endWait(guard, session, decided, blockers),
              timeout.toMillis(),
              TimeUnit.MILLISECONDS);
      boolean locked = tryLock(locker);
      boolean inTime = decided.compareAndSet(false, true);
      if (inTime) {
        end.cancel(false);
      } else {
        awaitEnd(end);
      }
      if (locked) {
        holder = locker;
      }
      return new Lock(locked && inTime, List.copyOf(blockers));
    } finally {
      clock.shutdown();
    }
  }

  private boolean tryLock(Connection locker) throws SQLException {
    String sql =
        """
        LOCK TABLES %1$s WRITE, %1$s AS s WRITE, %2$s WRITE, %2$s AS g WRITE
        """
            .formatted(Sql.quote(names.source()), Sql.quote(names.ghost()));
    try {
      Control.execute(locker, sql);
      return true;
    } catch (SQLException e) {
      Fault fault = new MySqlDialect().classify(e);
      if (fault == Fault.KILLED || fault == Fault.LOCK_TIMEOUT || fault == Fault.DEADLOCK) {
        return false;
      }
      throw e;
    }
  }

  /** Runs when the time is up: notes who is in the way, then ends the wait. */
  private boolean endWait(
      Connection guard, long session, AtomicBoolean decided, List<String> blockers)
      throws SQLException {
    if (!decided.compareAndSet(false, true)) {
      return false;
    }
    try {
      blockers.addAll(Blockers.read(guard, names, session));
    } finally {
      Control.execute(guard, "KILL QUERY " + session);
      guard.commit();
    }
    return true;
  }

  private static void awaitEnd(ScheduledFuture<Boolean> end) throws SQLException {
    try {
      end.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for the lock", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SQLException cause ? cause : new SQLException(e.getCause());
    }
  }

  @Override
  public Lock swap() throws SQLException {
    bench.checkSource(holder);
    bench.carryCounter(holder);
    Control.execute(
        holder,
        """
        RENAME TABLE %1$s TO %2$s, %3$s TO %1$s
        """
            .formatted(
                Sql.quote(names.source()), Sql.quote(names.retired()), Sql.quote(names.ghost())));
    return Lock.GRANTED;
  }

  @Override
  public void close() throws SQLException {
    if (holder != null && !holder.isClosed()) {
      Control.execute(holder, "UNLOCK TABLES");
      holder = null;
    }
  }

  private static long connectionId(Connection c) throws SQLException {
    try (PreparedStatement statement = c.prepareStatement("SELECT CONNECTION_ID()");
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      return rs.getLong(1);
    }
  }
}
