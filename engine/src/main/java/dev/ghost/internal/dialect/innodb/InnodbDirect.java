package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.LockGuard;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.innodb.server.InnodbLockLimits;
import dev.ghost.internal.dialect.innodb.server.InnodbUserSettings;
import dev.ghost.internal.dialect.innodb.server.ServerSessions;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.plan.PlanFacts;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A change that the server makes instantly, or in place while writers go on. */
record InnodbDirect(Product product, TableNames names, MigrationPlan plan) implements DirectChange {

  /** ER_NO_REFERENCED_ROW_2: it is about a row. */
  private static final int NO_PARENT = 1452;

  /** What takes long is ended by the server's own timeout, with nobody looking. */
  private static final Blocker NOT_SEEN =
      Blocker.unknown("the server ended the wait itself; SHOW FULL PROCESSLIST lists who works");

  /** What the plan of a change says that needs no ghost. */
  static PlanFacts facts(
      Product product, Connection c, TableName table, String change, InnodbInspector.Size size)
      throws SQLException {
    return new PlanFacts(
        "%s %s".formatted(product.name(), InnodbServerFacts.read(c).version()),
        table,
        change,
        size.rows(),
        size.bytes());
  }

  @Override
  public int steps() {
    return plan.statements().size();
  }

  @Override
  public Swap.Lock take(int step, Connection c, Connection guard, Duration lockTimeout)
      throws SQLException {
    String sql = plan.statements().get(step);
    Swap.Lock[] lock = new Swap.Lock[1];
    InnodbUserSettings.during(
        c,
        () ->
            lock[0] =
                plan.way() == Way.METADATA
                    ? guarded(sql, c, guard, lockTimeout)
                    : patient(sql, c, lockTimeout));
    return lock[0];
  }

  /**
   * True for what the server says of this table only, for it took the statement on an empty one of
   * the same definition: too many versions of rows, or rows too long, after changes that were
   * INSTANT; too many changes while it was at work in place. Not for what is in a row, or may pass.
   */
  static boolean isAboutTable(SQLException e) {
    return e.getErrorCode() != 0
        && e.getErrorCode() != NO_PARENT
        && InnodbErrors.classOf(e) == ErrorClass.OTHER;
  }

  /** All of it is over in a moment, or it is ended. */
  private Swap.Lock guarded(String sql, Connection c, Connection guard, Duration lockTimeout)
      throws SQLException {
    long session = ServerSessions.number(c);
    boolean[] made = {false};
    Swap.Lock lock;
    try (InnodbLockLimits limits = InnodbLockLimits.begin(c, lockTimeout, lockTimeout)) {
      lock =
          LockGuard.within(
              lockTimeout,
              () -> made[0] = unlessEnded(sql, c),
              () -> product.endWait(guard, List.of(names.source()), session));
    }
    // The guard may have come too late.
    return made[0] ? Swap.Lock.GRANTED : lock;
  }

  /** It takes long; only its waits for locks, at its beginning and at its end, are bounded. */
  static Swap.Lock patient(String sql, Connection c, Duration lockTimeout) throws SQLException {
    Sql.execute(
        c,
        "SET SESSION lock_wait_timeout = " + Math.max(1, lockTimeout.plusMillis(999).toSeconds()));
    try {
      made(sql, c);
      return Swap.Lock.GRANTED;
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) == ErrorClass.KILLED) {
        throw new CancelledException(
            "Somebody ended the server's own change while it was at work: " + e.getMessage(),
            "Nothing was changed. Run the command again when it may go on; or have a ghost built,"
                + " with --strategy ghost, which gives way to the application.",
            e);
      }
      if (InnodbErrors.isEndedWait(e)) {
        return new Swap.Lock(false, new LockQueue(List.of(NOT_SEEN), Set.of(), false));
      }
      throw e;
    }
  }

  /** What the server says of the table is told from what the guard may meet. */
  private static void made(String sql, Connection c) throws SQLException {
    try {
      Sql.execute(c, sql);
    } catch (SQLException e) {
      throw isAboutTable(e) ? new ImpossibleException(e) : e;
    }
  }

  private static boolean unlessEnded(String sql, Connection c) throws SQLException {
    try {
      made(sql, c);
      return true;
    } catch (SQLException e) {
      if (InnodbErrors.isEndedWait(e)) {
        return false;
      }
      throw e;
    }
  }
}
