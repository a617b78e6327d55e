package dev.ghost.internal.copy;

import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Tells how long a migration would take, by the first rows of the table: they are copied into a
 * ghost that is empty, and rolled back. Stateless.
 */
public final class Sample {

  private static final long ROWS = 5_000;

  private Sample() {}

  /**
   * A rough estimate for a server that is otherwise idle. One thread without a rest is measured; a
   * second one about makes up for the indexes and the comparison.
   *
   * @return empty when the table has too few rows to tell
   * @throws SQLException if the rows cannot be copied; one of them may not fit
   */
  public static Optional<Duration> estimate(Session session, PlannedMigration planned)
      throws SQLException, InterruptedException {
    RowSql sql = planned.rows();
    Optional<RowKey> end = session.transaction(c -> sql.boundary(c, KeyRange.ALL, ROWS));
    if (end.isEmpty()) {
      return Optional.empty();
    }
    KeyRange some = KeyRange.ALL.upTo(end.get());
    long[] rows = {0};
    // Once for the caches.
    session.runAndRollback(c -> sql.write(c, some, Set.of()));
    long begun = System.nanoTime();
    session.runAndRollback(c -> rows[0] = sql.write(c, some, Set.of()));
    double seconds = (System.nanoTime() - begun) / 1e9;
    return Optional.of(
        Duration.ofSeconds(
            Math.round(
                Math.ceil(planned.plan().estimatedRows() * seconds / Math.max(1, rows[0])))));
  }
}
