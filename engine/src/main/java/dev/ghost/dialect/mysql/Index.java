package dev.ghost.dialect.mysql;

import java.util.List;

/**
 * An index as the server describes it.
 *
 * @param columns names of the columns; an expression's is empty
 * @param plain true for a B-tree over whole, ascending columns, that the optimizer may use
 */
record Index(
    String name, boolean unique, boolean plain, boolean expressions, List<String> columns) {

  boolean primary() {
    return name.equals("PRIMARY");
  }
}
