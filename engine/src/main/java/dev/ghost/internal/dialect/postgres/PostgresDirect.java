package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.MigrationPlan;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.postgres.lock.Autovacuum;
import dev.ghost.internal.dialect.postgres.lock.GuardedWait;
import dev.ghost.internal.dialect.postgres.lock.PostgresLockLimits;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change that the server makes in its catalog, or in steps of which none keeps the application
 * waiting.
 *
 * @param settings statements that give a transaction the settings of the user's own sessions, by
 *     which the texts in the change are read
 */
record PostgresDirect(TableName table, MigrationPlan plan, List<String> settings, List<Step> work)
    implements DirectChange {

  /**
   * To drop an index waits for anyone who uses the table, and keeps nobody waiting meanwhile. Who
   * wants to stop, does not wait longer than this.
   */
  private static final Duration UNDO_LIMIT = Duration.ofSeconds(10);

  /** What a step takes. */
  enum Kind {
    /** A transaction that is over as soon as it has its locks. */
    MOMENTARY,
    /** A transaction that takes locks that are in nobody's way, and time. */
    LONG,
    /** The same in statements that are transactions of their own, and several each. */
    CONCURRENT
  }

  /**
   * A part of the change.
   *
   * @param undo what to run should a row stand against it, or the run be stopped
   */
  record Step(Kind kind, List<String> statements, List<String> undo) {

    static Step momentary(String... statements) {
      return new Step(Kind.MOMENTARY, List.of(statements), List.of());
    }

    boolean momentary() {
      return kind == Kind.MOMENTARY;
    }
  }

  @Override
  public int steps() {
    return work.size();
  }

  @Override
  public Swap.Lock take(int number, Connection c, Connection guard, Duration lockTimeout)
      throws SQLException {
    Step step = work.get(number);
    return switch (step.kind()) {
      case MOMENTARY -> {
        Swap.Lock clear = Autovacuum.giveWay(c, guard, "ONLY " + Sql.quote(table));
        yield clear.granted() ? guarded(step.statements(), c, guard, lockTimeout) : clear;
      }
      case LONG -> atLength(step, c, guard, lockTimeout);
      case CONCURRENT -> concurrently(step, c);
    };
  }

  private Swap.Lock atLength(Step step, Connection c, Connection guard, Duration lockTimeout)
      throws SQLException {
    try {
      Sql.execute(c, limited(PostgresLockLimits.ofLongStep(lockTimeout), step.statements()));
      c.commit();
      return Swap.Lock.GRANTED;
    } catch (SQLException e) {
      c.rollback();
      // It must not stay behind, where it would bind new rows only.
      ErrorClass errorClass = PostgresErrors.classOf(e);
      if (!step.undo().isEmpty() && (errorClass.isDataError() || errorClass == ErrorClass.KILLED)) {
        Swap.Lock undone = guarded(step.undo(), c, guard, lockTimeout.multipliedBy(10));
        if (!undone.granted()) {
          e.addSuppressed(byHand(step, null));
        }
      }
      throw e;
    }
  }

  /**
   * Without a limit for its waits: what it locks keeps no reader and no writer waiting, and so
   * nobody waits behind it. What is left of it when it fails has no use.
   */
  private static Swap.Lock concurrently(Step step, Connection c) throws SQLException {
    c.rollback();
    c.setAutoCommit(true);
    try {
      Sql.execute(c, "SET lock_timeout = 0");
      Sql.execute(c, step.statements());
      return Swap.Lock.GRANTED;
    } catch (SQLException e) {
      ErrorClass errorClass = PostgresErrors.classOf(e);
      if (errorClass != ErrorClass.CONNECTION_LOST) {
        undo(step, c, e, errorClass == ErrorClass.KILLED ? UNDO_LIMIT : Duration.ZERO);
      }
      throw e;
    } finally {
      if (!c.isClosed()) {
        c.setAutoCommit(false);
      }
    }
  }

  /**
   * Drops what is left, which can still refuse the application's rows.
   *
   * @param limit zero for none
   */
  private static void undo(Step step, Connection c, SQLException failure, Duration limit) {
    try {
      Sql.execute(c, "SET lock_timeout = '%ds'".formatted(limit.toSeconds()));
      Sql.execute(c, step.undo());
    } catch (SQLException e) {
      failure.addSuppressed(byHand(step, e));
    }
  }

  private static SQLException byHand(Step step, @Nullable SQLException cause) {
    return new SQLException("still to be run by hand: " + String.join("; ", step.undo()), cause);
  }

  private Swap.Lock guarded(
      List<String> statements, Connection c, Connection guard, Duration lockTimeout)
      throws SQLException {
    boolean[] made = {false};
    Swap.Lock lock =
        new GuardedWait(c, guard)
            .within(
                lockTimeout,
                () -> {
                  Sql.execute(
                      c, limited(PostgresLockLimits.sql(c, lockTimeout, lockTimeout), statements));
                  c.commit();
                  made[0] = true;
                });
    if (made[0]) {
      // The guard may have come too late.
      return Swap.Lock.GRANTED;
    }
    c.rollback();
    return lock;
  }

  private List<String> limited(String limits, List<String> statements) {
    List<String> all = new ArrayList<>();
    all.add(limits);
    all.addAll(settings);
    all.addAll(statements);
    return all;
  }
}
