package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** What the engine selects to convert one column, for a test that asks the server about it. */
public final class CastProbe {

  private final PostgresColumnMapping mapping;

  private CastProbe(PostgresColumnMapping mapping) {
    this.mapping = mapping;
  }

  /** Of the columns {@code v} of two tables. */
  public static CastProbe of(Connection c, TableName from, TableName to) throws SQLException {
    return new CastProbe(
        new PostgresColumnMapping(column(c, to), column(c, from), Optional.empty()));
  }

  private static PostgresColumn column(Connection c, TableName table) throws SQLException {
    return PostgresTableDefinition.read(c, table).columns().stream()
        .filter(column -> column.name().equals("v"))
        .findFirst()
        .orElseThrow();
  }

  /** What the copy selects from the source {@code s}. */
  public String copied() {
    return mapping.expression();
  }

  /** What verification compares the ghost's value with. */
  public String verified() {
    return mapping.value();
  }
}
