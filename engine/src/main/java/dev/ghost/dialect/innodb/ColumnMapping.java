package dev.ghost.dialect.innodb;

import java.util.Optional;

/**
 * Where a column of the ghost gets its values.
 *
 * @param ghost the column
 * @param source the source's column, or for a computed one what the expression looks like; empty
 *     for a column that the change adds
 * @param expression what the copy selects for it, from the source under its {@link Alias}
 * @param computed true when the user gave the expression
 */
record ColumnMapping(Column ghost, Optional<Column> source, String expression, boolean computed) {

  /** True when it takes over this column of the source. */
  boolean takes(String column) {
    return !computed && source.filter(s -> s.named(column)).isPresent();
  }

  Optional<Conversion> conversion() {
    return source.map(s -> new Conversion(s, ghost));
  }

  String describe() {
    if (computed) {
      return "%s: %s, by %s".formatted(ghost.name(), ghost.fullType(), expression);
    }
    if (source.isEmpty()) {
      return "%s: added, %s".formatted(ghost.name(), expression);
    }
    Column from = source.get();
    String renamed = from.named(ghost.name()) ? "" : " (was " + from.name() + ")";
    String type =
        from.sameTypeAs(ghost)
            ? ghost.fullType()
            : describeType(from) + " -> " + describeType(ghost);
    return ghost.name() + renamed + ": " + type;
  }

  private static String describeType(Column c) {
    return c.charset() == null ? c.fullType() : c.fullType() + " " + c.collation();
  }
}
