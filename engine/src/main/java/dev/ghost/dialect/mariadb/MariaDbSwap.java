package dev.ghost.dialect.mariadb;

import dev.ghost.api.MigrationException;
import dev.ghost.dialect.Blocker;
import dev.ghost.dialect.LockGuard;
import dev.ghost.dialect.Swap;
import dev.ghost.dialect.innodb.Control;
import dev.ghost.dialect.innodb.InnodbDialect;
import dev.ghost.dialect.innodb.InnodbWorkbench;
import dev.ghost.dialect.innodb.Sentry;
import dev.ghost.dialect.innodb.Sql;
import dev.ghost.plan.TableNames;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * The cutover of MariaDB, which refuses RENAME TABLE under LOCK TABLES. Session A, the locker,
 * locks the source, the ghost, and a sentry: an empty table under the retired name. When all is
 * applied, session B, the guard, sends the RENAME, and A sees it wait. Then A drops the sentry and
 * unlocks.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>While the sentry is there, no RENAME can succeed; so A may die at any moment before it is
 *       dropped.
 *   <li>When the sentry goes, all is applied, and B waits for the source itself, because a RENAME
 *       takes its locks in the order of the names, and all of ours sort after the source's. Its
 *       exclusive request comes before every waiting writer: nothing is written between A's lock
 *       and B's. So A may die at any moment afterwards, too.
 *   <li>B may still have to wait for a reader of the ghost, and then holds the source. It gives up
 *       when the lock timeout is over; nothing has happened then.
 *   <li>A RENAME of a table with triggers is never killed once it may be at work: the server can
 *       leave the triggers of both tables unreadable then (seen on 11.8). It gives up its wait by
 *       itself.
 *   <li>Whether the names were swapped is what B says, or, where B was lost, the server.
 * </ul>
 */
final class MariaDbSwap implements Swap {

  /** Below this the server lets writers overtake an exclusive request too soon. */
  private static final BigDecimal FEWEST_WRITE_LOCKS = BigDecimal.valueOf(1_000);

  private final InnodbWorkbench bench;
  private final TableNames names;
  private final Sentry sentry;
  private Connection locker;
  private Connection guard;
  private Duration timeout;
  private boolean locked;

  MariaDbSwap(InnodbWorkbench bench) {
    this.bench = bench;
    this.names = bench.names();
    this.sentry = new Sentry(names.retired());
  }

  @Override
  public boolean lockerWrites() {
    return true;
  }

  @Override
  public Lock lock(Connection locker, Connection guard, Duration timeout) throws SQLException {
    this.locker = locker;
    this.guard = guard;
    this.timeout = timeout;
    refuseOvertaking(guard);
    sentry.create(guard);
    long session = InnodbDialect.connectionId(locker);
    return LockGuard.within(timeout, this::tryLock, () -> bench.endWait(guard, session));
  }

  private static void refuseOvertaking(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT @@GLOBAL.max_write_lock_count")) {
      rs.next();
      if (rs.getBigDecimal(1).compareTo(FEWEST_WRITE_LOCKS) < 0) {
        throw new MigrationException(
            "max_write_lock_count is %s: with it, writers can overtake the cutover's RENAME."
                .formatted(rs.getString(1)),
            "SET GLOBAL max_write_lock_count = DEFAULT; then run the command again.");
      }
    }
  }

  private boolean tryLock() throws SQLException {
    try {
      Control.execute(locker, bench.lockSql(names.retired()) + " WAIT " + patience());
      locked = true;
      return true;
    } catch (SQLException e) {
      if (InnodbDialect.isEndedWait(e)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * For the server, in case we die while it waits for us: whole seconds, beyond our own limit; but
   * not, where it is the limit.
   */
  private long patience() {
    return bench.hasTriggers() ? Math.max(1, timeout.toSeconds()) : timeout.toSeconds() + 2;
  }

  @Override
  public Lock swap() throws SQLException {
    bench.checkSource(locker);
    bench.carryCounter(locker);
    bench.attach(locker);
    try (Rename rename = new Rename(guard, names, patience())) {
      List<Blocker> blockers = List.of();
      if (rename.awaitWaiting(locker, timeout)) {
        blockers = letThrough(rename);
      }
      return rename.made(locker) ? Lock.GRANTED : new Lock(false, blockers);
    }
  }

  private List<Blocker> letThrough(Rename rename) throws SQLException {
    try {
      Control.execute(locker, "DROP TABLE " + Sql.quote(names.retired()));
      Control.execute(locker, "UNLOCK TABLES");
      locked = false;
      return rename.awaitEnd(
          timeout,
          session ->
              bench.hasTriggers()
                  ? bench.blockers(locker, session)
                  : bench.endWait(locker, session));
    } catch (SQLException e) {
      // The sentry is there or it is not. What B says, when A is out of its way, is what has
      // happened.
      unlock(e);
      if (rename.made(locker)) {
        return List.of();
      }
      throw e;
    }
  }

  /**
   * After a failure of the locker; one more means that its connection, and so its lock, is lost.
   */
  private void unlock(SQLException failure) {
    try {
      Control.execute(locker, "UNLOCK TABLES");
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
    locked = false;
  }

  @Override
  public void close() throws SQLException {
    if (locked && !locker.isClosed()) {
      Control.execute(locker, "UNLOCK TABLES");
    }
    locked = false;
  }
}
