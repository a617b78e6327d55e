package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * One of ghost's indexes on the ghost, on the columns of the chunk key, for a change after which no
 * key begins with them. Rows are found by it, and it is unique, so that two rows of one key are
 * noticed. The swap drops it before the names change.
 */
public record PostgresSearchIndex(TableName ghost, List<String> columns) {

  private static final String NAME = "chunk key of ghost";

  /** Empty where a key of the new schema does the same. */
  public static Optional<PostgresSearchIndex> neededFor(
      PostgresKeySql key, PostgresTableDefinition ghost) {
    List<String> columns = key.columns().stream().map(k -> k.ghost().name()).toList();
    boolean served =
        ghost.indexes().stream()
            .filter(i -> i.key() && i.unique() && i.columns().size() <= columns.size())
            .anyMatch(i -> columns.subList(0, i.columns().size()).equals(i.columns()));
    return served ? Optional.empty() : Optional.of(new PostgresSearchIndex(ghost.name(), columns));
  }

  /** Makes it, if it is not there yet. */
  public void create(Connection c) throws SQLException {
    Sql.execute(
        c,
        "CREATE UNIQUE INDEX IF NOT EXISTS %s ON %s (%s)"
            .formatted(Sql.quote(NAME), Sql.quote(ghost), Sql.quoted(columns)));
  }

  /** The statement that drops it, if the ghost has one. */
  public static String drop(TableName ghost) {
    return "DROP INDEX IF EXISTS " + Sql.quote(ghost.sibling(NAME));
  }

  /** For people. */
  public String describe() {
    return "The new schema has no key that begins with %s: until the cutover, the ghost has an index of its own for it."
        .formatted(String.join(", ", columns));
  }
}
