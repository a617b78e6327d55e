package dev.ghost.dialect.postgres;

import dev.ghost.dialect.Remains;
import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;

/** The working schema, the slot and the publication. */
record PostgresRemains(Names names) implements Remains {

  @Override
  public boolean lockRun(Connection c) throws SQLException {
    return Sql.yes(c, "SELECT pg_try_advisory_lock(hashtextextended(?, 0))", lockName());
  }

  @Override
  public OptionalLong runLockHolder(Connection c) throws SQLException {
    return Sql.strings(
            c,
            """
            SELECT pid FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (classid::bigint << 32 | objid::bigint) = hashtextextended(?, 0)
            """,
            lockName())
        .stream()
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  @Override
  public Control journal() {
    return Control.of(names);
  }

  @Override
  public TableName retired() {
    return names.tables().retired();
  }

  private String lockName() {
    return "ghost:" + names.tables().source();
  }

  @Override
  public List<String> found(Connection c) throws SQLException {
    return journal().found(c);
  }

  @Override
  public void clean(Connection c) throws SQLException {
    journal().drop(c);
  }
}
