package dev.ghost.dialect.innodb;

import java.util.Optional;

/**
 * Where a column of the ghost gets its values.
 *
 * @param ghost the column
 * @param source the source's column; empty for one that the change adds
 * @param expression what the copy selects for it
 */
record ColumnMapping(Column ghost, Optional<Column> source, String expression) {

  Optional<Conversion> conversion() {
    return source.map(s -> new Conversion(s, ghost));
  }

  String describe() {
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
