package dev.ghost.internal.dialect.postgres.lock;

import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Ends an autovacuum of a table. It gives up for a session that has waited for its lock for as long
 * as deadlock_timeout. The application would queue behind the cutover's lock for that long. So a
 * weaker lock is asked for, which keeps out the autovacuum, but no reader and no writer. It is
 * released at once; the next autovacuum comes after autovacuum_naptime.
 */
public final class Autovacuum {

  /** For it to end, once it was told to. */
  private static final Duration ENDING = Duration.ofSeconds(2);

  private Autovacuum() {}

  /**
   * Ends one that works on a table.
   *
   * @param tables for a LOCK TABLE
   * @param guard as of {@link GuardedWait}
   * @return not granted when somebody stays: a VACUUM or an ANALYZE that a user has begun, the
   *     building of an index, or an autovacuum that has to be
   */
  public static Swap.Lock giveWay(Connection c, Connection guard, String tables)
      throws SQLException {
    c.rollback();
    Duration limit = deadlockTimeout(c).plus(ENDING);
    Swap.Lock lock =
        new GuardedWait(c, guard)
            .within(
                limit,
                () ->
                    Sql.execute(
                        c,
                        List.of(
                            PostgresLockLimits.sql(c, limit, limit),
                            "LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE".formatted(tables))));
    c.rollback();
    return lock;
  }

  public static Duration deadlockTimeout(Connection c) throws SQLException {
    return Duration.ofMillis(
        Long.parseLong(
            Sql.string(c, "SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'")));
  }
}
