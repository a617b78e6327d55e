package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbIndex;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The values that rows of the source would have under a unique key of the ghost, as a derived
 * table. The optimizer merges it into the statement around it.
 *
 * @param rows selects the chunk key, and what the values are made of, from the source
 * @param values expressions over {@code rows}, one for each column of the key
 */
record InnodbUniqueValues(
    InnodbIndex index, String rows, List<String> values, int keyColumns, Alias alias) {

  /**
   * Of each unique key of the ghost.
   *
   * @param columns where its columns get their values
   * @param key the chunk key's columns in the source
   * @param source the table, under its alias, that the values are read from
   */
  static List<InnodbUniqueValues> all(
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> columns,
      List<String> key,
      Alias alias,
      String source) {
    return ghost.indexes().stream()
        .filter(InnodbIndex::unique)
        .map(index -> of(index, ghost, columns, key, alias, source))
        .flatMap(Optional::stream)
        .toList();
  }

  /** Empty when the server alone can say what a value would be. */
  private static Optional<InnodbUniqueValues> of(
      InnodbIndex index,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> columns,
      List<String> key,
      Alias alias,
      String source) {
    List<String> selected = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      selected.add(alias.ofSource(key.get(i)) + " AS " + keyName(i));
    }
    List<String> values = new ArrayList<>();
    boolean generated = false;
    for (String name : index.columns()) {
      Optional<InnodbColumn> part = ghost.column(name);
      if (part.isPresent() && part.get().generated()) {
        generated = true;
        values.add("(" + part.get().generation() + ")");
      } else {
        Optional<String> value = part.flatMap(p -> value(p, columns));
        if (value.isEmpty()) {
          return Optional.empty();
        }
        selected.add(value.get() + " AS " + valueName(values.size()));
        values.add(valueName(values.size()));
      }
    }
    if (generated) {
      // The expressions name columns of the ghost.
      for (InnodbColumnMapping m : columns) {
        selected.add(m.exact().orElse(m.expression()) + " AS " + Sql.quote(m.ghost().name()));
      }
    }
    String rows = "SELECT %s FROM %s WHERE ".formatted(String.join(", ", selected), source);
    return Optional.of(new InnodbUniqueValues(index, rows, values, key.size(), alias));
  }

  private static Optional<String> value(InnodbColumn part, List<InnodbColumnMapping> columns) {
    Optional<InnodbColumnMapping> mapping =
        columns.stream().filter(m -> m.ghost().named(part.name())).findFirst();
    if (mapping.isPresent()) {
      InnodbColumnMapping m = mapping.get();
      return m.source().isEmpty() ? Optional.of(m.expression()) : m.comparable();
    }
    // A column that the change adds holds its default everywhere.
    return part.defaultComputed() || part.is("bit", "binary", "varbinary")
        ? Optional.empty()
        : Optional.of(part.defaultSql() == null ? "NULL" : part.defaultSql());
  }

  /** The derived table for the rows of a condition on the source. */
  Fragment table(String alias, Fragment where) {
    String selected =
        Stream.concat(
                IntStream.range(0, keyColumns).mapToObj(InnodbUniqueValues::keyName),
                IntStream.range(0, values.size()).mapToObj(i -> values.get(i) + " AS " + name(i)))
            .collect(Collectors.joining(", "));
    return Fragment.of(
        "(SELECT %s FROM (%s%s) AS m) AS %s",
        Fragment.plain(selected), Fragment.plain(rows), where, Fragment.plain(alias));
  }

  /** Joins {@link #table} with rows of the ghost that conflict with its rows. */
  String join() {
    return clash(i -> alias.ofGhost(index.columns().get(i)));
  }

  /** Joins {@link #table} with itself, as {@code d}: rows that stand in each other's way. */
  String clash() {
    return clash(i -> "d." + name(i));
  }

  /** Equal values; of a period, which is an end and a start, any two that overlap. */
  private String clash(IntFunction<String> other) {
    int equal = index.overlaps() ? values.size() - 2 : values.size();
    String same =
        IntStream.range(0, equal)
            .mapToObj(i -> "%s = c.%s".formatted(other.apply(i), name(i)))
            .collect(Collectors.joining(" AND "));
    return index.overlaps()
        ? "%s AND %s > c.%s AND %s < c.%s"
            .formatted(
                same, other.apply(equal), name(equal + 1), other.apply(equal + 1), name(equal))
        : same;
  }

  /** The names of the values in {@link #table}. */
  List<String> names() {
    return IntStream.range(0, values.size()).mapToObj(InnodbUniqueValues::name).toList();
  }

  /** The names of the chunk key's columns in {@link #table}. */
  String keyNames(String alias) {
    return IntStream.range(0, keyColumns)
        .mapToObj(i -> alias + keyName(i))
        .collect(Collectors.joining(", "));
  }

  // Names that no column can have been given by accident.

  private static String keyName(int i) {
    return Sql.quote("chunk key " + i);
  }

  private static String valueName(int i) {
    return Sql.quote("mapped value " + i);
  }

  private static String name(int i) {
    return Sql.quote("unique value " + i);
  }
}
