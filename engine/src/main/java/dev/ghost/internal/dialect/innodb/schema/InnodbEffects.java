package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.api.Effect;
import dev.ghost.internal.request.Effects;
import dev.ghost.internal.request.Effects.ColumnFacts;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What a change means for the application. */
public final class InnodbEffects {

  private static final List<String> INTEGERS =
      List.of("tinyint", "smallint", "mediumint", "int", "bigint");

  private InnodbEffects() {}

  /**
   * Compares two definitions of a table.
   *
   * @param origins the column of {@code before} that a column of {@code after} comes from
   */
  public static List<Effect> of(
      Function<InnodbColumn, Optional<InnodbColumn>> origins,
      InnodbTableDefinition before,
      InnodbTableDefinition after) {
    Effects effects = new Effects();
    for (InnodbColumn column : after.columns()) {
      Optional<InnodbColumn> origin = origins.apply(column);
      effects.column(
          origin.map(InnodbEffects::facts),
          Optional.of(facts(column)),
          origin.filter(o -> widens(o, column)).isPresent());
    }
    for (InnodbColumn column : before.columns()) {
      boolean kept =
          after.columns().stream()
              .anyMatch(a -> origins.apply(a).filter(o -> column.named(o.name())).isPresent());
      if (!kept) {
        effects.column(Optional.of(facts(column)), Optional.empty(), false);
      }
    }
    return effects
        .constraints(constraints(before), constraints(after))
        .indexes(indexes(before), indexes(after))
        .list();
  }

  private static ColumnFacts facts(InnodbColumn c) {
    String type =
        c.charset() == null ? c.fullType() : "%s %s".formatted(c.fullType(), c.collation());
    return new ColumnFacts(
        c.name(), type, c.nullable(), c.defaultSql() != null || c.autoIncrement() || c.generated());
  }

  private static List<String> constraints(InnodbTableDefinition table) {
    Stream<String> unique =
        table.indexes().stream()
            .filter(InnodbIndex::unique)
            .map(i -> "the unique key %s (%s)".formatted(i.name(), String.join(", ", i.columns())));
    // Only the conditions: names can be the server's, and follow the table's.
    Stream<String> checks =
        table
            .ddl()
            .lines()
            .map(String::strip)
            .filter(l -> l.startsWith("CONSTRAINT ") && l.contains(" CHECK ("))
            .map(l -> "a " + l.substring(l.indexOf(" CHECK (") + 1).replaceFirst(",$", ""));
    return Stream.concat(unique, checks).toList();
  }

  private static List<String> indexes(InnodbTableDefinition table) {
    return table.indexes().stream()
        .filter(i -> !i.unique())
        .map(i -> "%s (%s)".formatted(i.name(), String.join(", ", i.columns())))
        .toList();
  }

  /** Every value of the one is, unchanged, a value of the other. */
  private static boolean widens(InnodbColumn from, InnodbColumn to) {
    boolean sameText =
        from.charset() != null
            && from.charset().equals(to.charset())
            && Objects.equals(from.collation(), to.collation());
    if (from.is("varchar", "char") && to.is("varchar") && sameText) {
      return to.length() >= from.length();
    }
    if (from.is("varbinary") && to.is("varbinary")) {
      return to.length() >= from.length();
    }
    if (from.is("decimal") && to.is("decimal") && from.unsigned() == to.unsigned()) {
      return to.scale() >= from.scale()
          && to.precision() - to.scale() >= from.precision() - from.scale();
    }
    if (from.integer() && to.integer() && from.unsigned() == to.unsigned()) {
      return INTEGERS.indexOf(to.type()) >= INTEGERS.indexOf(from.type());
    }
    if (from.is("enum") && to.is("enum") && sameText) {
      return to.members().size() >= from.members().size()
          && to.members().subList(0, from.members().size()).equals(from.members());
    }
    return false;
  }
}
