package dev.ghost.internal.dialect.innodb.schema;

import java.util.List;

/**
 * An index as the server describes it.
 *
 * @param type in the server's words: {@code BTREE}, {@code FULLTEXT}, {@code SPATIAL}, or {@code
 *     HASH} of a unique key on MariaDB that is kept by a hidden column
 * @param columns names of the columns; an expression's is empty
 * @param plain true for a B-tree over whole, ascending columns, that the optimizer may use
 * @param overlaps true when unique means that no two periods overlap: the last two columns are a
 *     period's end and start
 */
public record InnodbIndex(
    String name,
    String type,
    boolean unique,
    boolean plain,
    boolean expressions,
    boolean overlaps,
    List<String> columns) {

  /** True when these are its first columns, or all of them. */
  public boolean leads(List<String> wanted) {
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

  /** True when it forbids two rows that differ in none of these columns. */
  public boolean keepsApart(List<String> wanted) {
    return unique && columns.stream().allMatch(c -> wanted.stream().anyMatch(c::equalsIgnoreCase));
  }

  boolean hashed() {
    return unique && type.equals("HASH");
  }

  public boolean fulltext() {
    return type.equals("FULLTEXT");
  }

  public boolean primary() {
    return name.equals("PRIMARY");
  }
}
