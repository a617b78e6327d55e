package dev.ghost.dialect.innodb;

import java.util.List;

/**
 * An index as the server describes it.
 *
 * @param columns names of the columns; an expression's is empty
 * @param plain true for a B-tree over whole, ascending columns, that the optimizer may use
 * @param overlaps true when unique means that no two periods overlap: the last two columns are a
 *     period's end and start
 */
record Index(
    String name,
    boolean unique,
    boolean plain,
    boolean expressions,
    boolean overlaps,
    List<String> columns) {

  /** True when these are its first columns, or all of them. */
  boolean leads(List<String> wanted) {
    if (columns.size() < wanted.size()) {
      return false;
    }
    for (int i = 0; i < wanted.size(); i++) {
      if (!columns.get(i).equalsIgnoreCase(wanted.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** True when these are its columns, and no others. */
  boolean isOn(List<String> wanted) {
    return columns.size() == wanted.size() && leads(wanted);
  }

  boolean primary() {
    return name.equals("PRIMARY");
  }
}
