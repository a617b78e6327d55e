package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;

/**
 * A column that only the retired table has: a row keeps its value when it is written again.
 *
 * @param otherwise what a row gets that the retired table has not had
 */
public record InnodbRetainedColumn(InnodbColumn column, String otherwise) {

  public String describe() {
    return "%s: %s, kept as it is".formatted(column.name(), column.fullType());
  }

  /**
   * What is inserted.
   *
   * @param alias under whose ghost the rows are found as they were
   * @param key a column of them that is NOT NULL
   * @param value the column of them that holds the value
   */
  String expression(Alias alias, String key, String value) {
    return "IF(%s IS NULL, %s, %s)".formatted(alias.ofGhost(key), otherwise, alias.ofGhost(value));
  }
}
