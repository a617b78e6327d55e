package dev.ghost.internal.dialect.mariadb;

import dev.ghost.api.InterferenceException;
import dev.ghost.internal.dialect.LockGuard;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.innodb.InnodbMigration;
import dev.ghost.internal.dialect.innodb.TableLocks;
import dev.ghost.internal.dialect.innodb.server.InnodbLockLimits;
import dev.ghost.internal.dialect.innodb.server.Sentry;
import dev.ghost.internal.dialect.innodb.server.ServerSessions;
import dev.ghost.internal.dialect.innodb.server.SessionSettings;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The cutover of MariaDB, which refuses RENAME TABLE under LOCK TABLES. Session A, the locker,
 * locks the source, the ghost, and a sentry: an empty table under the retired name. When all is
 * applied, session B, a guard, sends the RENAME, and A sees it wait. Then A drops the sentry and
 * unlocks. Of several tables, A locks all, and each has a B of its own. One more guard locks {@link
 * ReferringTables}, if there are any.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>While the sentry is there, no RENAME can succeed; so A may die at any moment before it is
 *       dropped.
 *   <li>When the sentry goes, all is applied, and B waits for the source itself, because a RENAME
 *       takes its locks in the order of the names, and all of ours sort after the source's. Its
 *       exclusive request comes before every waiting writer: nothing is written between A's lock
 *       and B's. So A may die at any moment afterwards, too. One RENAME of several tables would
 *       wait for the first only, and writers would slip into the others.
 *   <li>B may still have to wait for a reader of the ghost, and then holds the source. It gives up
 *       when the lock timeout is over; nothing has happened to this table then.
 *   <li>A RENAME of a table with triggers is never killed once it may be at work: the server can
 *       leave the triggers of both tables unreadable then (seen on 11.8). It gives up its wait by
 *       itself.
 *   <li>Whether the names were swapped is what each B says, or, where it was lost, the server.
 * </ul>
 */
final class MariaDbSwap implements Swap {

  /** Below this the server lets writers overtake an exclusive request too soon. */
  private static final BigDecimal FEWEST_WRITE_LOCKS = BigDecimal.valueOf(1_000);

  private final List<InnodbMigration> benches;
  private final List<TableName> sentries;
  private final ReferringTables referring;

  /** Session A; empty until the lock is asked for. */
  private Optional<Connection> locker = Optional.empty();

  private long session;

  /** Of the locker's session; empty until the lock is asked for. */
  private Optional<InnodbLockLimits> limits = Optional.empty();

  private List<Connection> guards = List.of();
  private Duration timeout = Duration.ZERO;
  private Duration hold = Duration.ZERO;
  private boolean locked;

  MariaDbSwap(List<InnodbMigration> benches) {
    this.benches = benches;
    this.sentries = benches.stream().map(b -> b.names().retired()).toList();
    this.referring = new ReferringTables(benches);
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
    this.locker = Optional.of(locker);
    this.guards = guards;
    this.timeout = timeout;
    this.hold = hold;
    Connection guard = guards.get(0);
    refuseOvertaking(guard);
    for (TableName sentry : sentries) {
      new Sentry(sentry).create(guard);
    }
    session = ServerSessions.number(locker);
    limits = Optional.of(InnodbLockLimits.begin(locker, timeout, hold));
    Lock lock =
        LockGuard.within(
            timeout, () -> tryLock(locker), () -> InnodbMigration.endWait(benches, guard, session));
    return !lock.granted() || referring.none()
        ? lock
        : referring.lock(guards.get(benches.size()), guard, session, timeout, hold, patience());
  }

  @Override
  public void holdAtMost(Duration left) throws SQLException {
    limits.orElseThrow().holdAtMost(referring.none() ? left : hold);
    // Its session rests while all the others work, to the end of the swap.
    referring.holdAtMost(hold.plus(timeout.multipliedBy(3)));
  }

  @Override
  public Set<String> heldUp() throws SQLException {
    return TableLocks.heldUp(benches, guards.get(0), List.of(session));
  }

  private static void refuseOvertaking(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT @@GLOBAL.max_write_lock_count")) {
      rs.next();
      if (rs.getBigDecimal(1).compareTo(FEWEST_WRITE_LOCKS) < 0) {
        throw new InterferenceException(
            "max_write_lock_count is %s: with it, writers can overtake the cutover's RENAME."
                .formatted(rs.getString(1)),
            "SET GLOBAL max_write_lock_count = DEFAULT; then run the command again.");
      }
    }
  }

  private boolean tryLock(Connection locker) throws SQLException {
    String sql =
        referring.none()
            ? TableLocks.sql(benches, sentries)
            : TableLocks.sqlButReferring(benches, sentries);
    locked = ServerSessions.tryLock(locker, sql + " WAIT " + patience());
    return locked;
  }

  /**
   * For the server, in case we die while it waits for us: whole seconds, beyond our own limit; but
   * not, where it is the limit.
   */
  private long patience() {
    return benches.stream().anyMatch(InnodbMigration::hasTriggers)
        ? Math.max(1, timeout.toSeconds())
        : timeout.plusMillis(999).toSeconds() + 1;
  }

  @Override
  public void toNextTable(Connection writer) throws SQLException {
    SessionSettings.dropSessionTables(writer);
  }

  /** By another, which may look at what the locker has not locked. */
  @Override
  public void check() throws SQLException {
    for (InnodbMigration planned : benches) {
      planned.checkSource(guards.get(0));
    }
    guards.get(0).commit();
  }

  @Override
  public Lock swap() throws SQLException {
    Connection locker = this.locker.orElseThrow();
    for (InnodbMigration planned : benches) {
      planned.complete(locker);
      planned.attach(locker, benches);
    }
    Renames renames = new Renames();
    try (renames) {
      referring.referToGhosts();
      LockQueue queue = LockQueue.NOT_SEEN;
      for (int i = 0; i < benches.size(); i++) {
        renames.send(guards.get(i), benches.get(i), patience());
      }
      if (renames.awaitWaiting(locker, timeout)) {
        queue = letThrough(locker, renames);
      } else {
        unlock();
      }
      boolean made = renames.made(locker);
      referring.settle();
      return made ? Lock.GRANTED : new Lock(false, queue);
    } catch (SQLException e) {
      // While it is not known what becomes of the names, they refer to both tables.
      if (renames.ended()) {
        referring.settleAfter(e);
      }
      throw e;
    }
  }

  private LockQueue letThrough(Connection locker, Renames renames) throws SQLException {
    try {
      Sql.execute(
          locker,
          sentries.stream().map(Sql::quote).collect(Collectors.joining(", ", "DROP TABLE ", "")));
      unlock();
      return renames.awaitEnd(locker, timeout);
    } catch (SQLException e) {
      // The sentries are there or they are not. What the others say, when A is out of their way,
      // is what has happened.
      unlockAfter(locker, e);
      if (renames.made(locker)) {
        return LockQueue.NOT_SEEN;
      }
      throw e;
    }
  }

  /**
   * After a failure of the locker; one more means that its connection, and so its lock, is lost.
   */
  private void unlockAfter(Connection locker, SQLException failure) {
    try {
      Sql.execute(locker, "UNLOCK TABLES");
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
    locked = false;
  }

  private void unlock() throws SQLException {
    if (locked && !locker.orElseThrow().isClosed()) {
      Sql.execute(locker.get(), "UNLOCK TABLES");
      // It holds nothing any more, and may rest until it knows what the others have come to.
      limits.orElseThrow().close();
    }
    locked = false;
  }

  @Override
  public void close() throws SQLException {
    try {
      unlock();
    } finally {
      try {
        referring.close();
      } finally {
        if (limits.isPresent()) {
          limits.get().close();
        }
      }
    }
  }
}
