package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.sql.Sql;

/**
 * A column that only the retired table has: a row keeps its value when it is written again.
 *
 * @param otherwise what a row gets that the retired table has not had
 */
public record PostgresRetainedColumn(PostgresColumn column, String otherwise) {

  public String describe() {
    return "%s: %s, kept as it is".formatted(column.name(), column.type());
  }

  /**
   * What is inserted, where {@code g} are the rows as they were.
   *
   * @param key a column of {@code g} that is NOT NULL
   * @param value the column of {@code g} that holds the value
   */
  String expression(String key, String value) {
    return "CASE WHEN g.%s IS NULL THEN %s ELSE g.%s END"
        .formatted(Sql.quote(key), otherwise, Sql.quote(value));
  }
}
