package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.RowRejectedException;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.postgres.schema.ForeignKeys;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.RetiredTable;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The working schema, the slot and the publication. */
record PostgresArtifacts(Names names) implements Artifacts {

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
  public PostgresControlTable journal() {
    return PostgresControlTable.of(names);
  }

  @Override
  public TableName retired(Connection c) throws SQLException {
    return Retirements.last(c, names).map(RetiredTable::name).orElse(names.tables().retired());
  }

  private String lockName() {
    return "ghost:" + names.tables().source();
  }

  @Override
  public List<String> found(Connection c) throws SQLException {
    return journal().found(c);
  }

  /**
   * After a swap, also validates the foreign keys that it has made. The slot goes first, whatever
   * becomes of them: the server keeps its log for it.
   */
  @Override
  public void clean(Connection c) throws SQLException {
    PostgresControlTable journal = journal();
    Optional<String> made = journal.foreignKeys(c);
    if (made.isEmpty()) {
      journal.drop(c);
      return;
    }
    journal.dropStreams(c);
    c.commit();
    List<RowRejectedException> failures = ForeignKeys.validate(c, made.get());
    journal.drop(c);
    c.commit();
    if (!failures.isEmpty()) {
      RowRejectedException first = failures.get(0);
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw new RowRejectedException(
          failures.stream().map(RowRejectedException::what).collect(Collectors.joining("\n")),
          failures.stream().map(RowRejectedException::remedy).collect(Collectors.joining("\n")),
          first);
    }
  }
}
