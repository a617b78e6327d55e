package dev.ghost.dialect.postgres;

import dev.ghost.api.MigrationPlan;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Swap;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A change that the server makes in its catalog, or in steps of which none keeps the application
 * waiting.
 */
record PostgresDirect(MigrationPlan plan, List<Step> work) implements DirectChange {

  /**
   * A transaction.
   *
   * @param momentary true when it is over as soon as it has its locks; otherwise it takes locks
   *     that are in nobody's way, and time
   * @param undo what to run should a row stand against it
   */
  record Step(List<String> statements, boolean momentary, List<String> undo) {

    static Step momentary(String... statements) {
      return new Step(List.of(statements), true, List.of());
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
    if (step.momentary()) {
      return guarded(step.statements(), c, guard, lockTimeout);
    }
    try {
      Sql.execute(c, statements(step.statements(), lockTimeout));
      c.commit();
      return Swap.Lock.GRANTED;
    } catch (SQLException e) {
      c.rollback();
      // It must not stay behind, where it would bind new rows only.
      if (!step.undo().isEmpty() && new PostgresDialect().classify(e).aboutRows()) {
        Swap.Lock undone = guarded(step.undo(), c, guard, lockTimeout.multipliedBy(10));
        if (!undone.granted()) {
          e.addSuppressed(
              new SQLException("still to be run by hand: " + String.join("; ", step.undo())));
        }
      }
      throw e;
    }
  }

  private static Swap.Lock guarded(
      List<String> statements, Connection c, Connection guard, Duration lockTimeout)
      throws SQLException {
    boolean[] made = {false};
    Swap.Lock lock =
        new GuardedWait(c, guard)
            .within(
                lockTimeout,
                () -> {
                  Sql.execute(c, statements(statements, lockTimeout));
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

  private static List<String> statements(List<String> statements, Duration lockTimeout) {
    List<String> all = new ArrayList<>();
    all.add(GuardedWait.timeoutSql(lockTimeout));
    all.addAll(statements);
    return all;
  }
}
