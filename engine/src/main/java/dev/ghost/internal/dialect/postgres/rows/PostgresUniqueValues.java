package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresIndex;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.ExpressionText;
import dev.ghost.internal.dialect.postgres.sql.Parameters;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What rows would have under an index of the ghost that forbids some pairs of rows: a unique one,
 * or one of an exclusion constraint; over columns, generated ones too, or expressions; partial or
 * not. As derived tables, which the planner merges into the statement around them.
 */
record PostgresUniqueValues(
    PostgresIndex index,
    List<PostgresColumnMapping> columns,
    PostgresTableDefinition ghost,
    PostgresKeySql key) {

  /**
   * Rows of the source as a derived table {@code c}: the chunk key as {@code "key 0"} ..., the
   * values as {@code "value 0"} ...
   *
   * @param source rows of the source, as a table {@code s}
   */
  Fragment candidates(Fragment source, String alias) {
    String keys =
        numbered(
            key.columns().size(),
            i -> "s." + Sql.quote(key.columns().get(i).source().name()) + " AS " + keyName(i));
    String mapped =
        columns.stream()
            .map(m -> m.value() + " AS " + Sql.quote(m.ghost().name()))
            .collect(Collectors.joining(", "));
    String generated =
        ghost.columns().stream()
            .filter(PostgresColumn::generated)
            .map(
                c ->
                    ", CAST(%s AS %s) AS %s"
                        .formatted(
                            Parameters.escaped(c.generation()), c.type(), Sql.quote(c.name())))
            .collect(Collectors.joining());
    String fixed =
        added()
            .filter(PostgresUniqueValues::isFixed)
            .map(
                c ->
                    ", CAST(%s AS %s) AS %s"
                        .formatted(
                            c.otherwise().isEmpty() ? "NULL" : Parameters.escaped(c.otherwise()),
                            c.type(),
                            Sql.quote(c.name())))
            .collect(Collectors.joining());
    return Fragment.of(
        "(SELECT %s, %s FROM (SELECT m.*%s FROM (SELECT %s, %s FROM %s) AS m) AS n WHERE %s) AS %s",
        Fragment.plain(keyNames()),
        Fragment.plain(values()),
        Fragment.plain(generated),
        Fragment.plain(keys),
        Fragment.plain(mapped + fixed),
        source,
        Fragment.plain(predicate()),
        Fragment.plain(alias));
  }

  /**
   * False when a row would get a value of the server's each time again, such as a random one, a
   * number, or the moment: then nobody can tell of rows that are not written yet, and none are in
   * each other's way as they stand in the source.
   */
  boolean areKnown() {
    return added().filter(c -> !isFixed(c)).noneMatch(index::concerns);
  }

  /** The columns that the source does not have, and that are not computed from others. */
  private Stream<PostgresColumn> added() {
    return ghost.columns().stream()
        .filter(
            c ->
                !c.generated()
                    && columns.stream().noneMatch(m -> m.ghost().number() == c.number()));
  }

  private static boolean isFixed(PostgresColumn column) {
    return column.identity().isEmpty() && ExpressionText.isFixed(column.otherwise());
  }

  /** The rows of the ghost, with its own columns and the values, as a derived table {@code g}. */
  String stored() {
    return "(SELECT h.*, %s FROM %s AS h WHERE %s) AS g"
        .formatted(values(), Sql.quote(ghost.name()), predicate());
  }

  /** Two rows that are in each other's way. */
  String conflict(String a, String b) {
    return IntStream.range(0, index.parts().size())
        .mapToObj(
            i -> {
              String left = a + "." + valueName(i);
              String right = b + "." + valueName(i);
              return index.nullsEqual()
                  ? "%s IS NOT DISTINCT FROM %s".formatted(left, right)
                  : "%s %s %s".formatted(left, Parameters.escaped(index.operators().get(i)), right);
            })
        .collect(Collectors.joining(" AND "));
  }

  String shownValues(String alias) {
    return numbered(index.parts().size(), i -> alias + "." + valueName(i) + "::text");
  }

  String shownKey(String alias) {
    return numbered(key.columns().size(), i -> alias + "." + keyName(i) + "::text");
  }

  String keyOrder(String a, String b) {
    return "(%s) < (%s)"
        .formatted(
            numbered(key.columns().size(), i -> a + "." + keyName(i)),
            numbered(key.columns().size(), i -> b + "." + keyName(i)));
  }

  /** The chunk key of the ghost's row, from {@link #stored}. */
  String storedKey() {
    return key.select(Side.GHOST);
  }

  private String predicate() {
    return index.predicate().isEmpty() ? "TRUE" : Parameters.escaped(index.predicate());
  }

  private String values() {
    return numbered(
        index.parts().size(),
        i -> Parameters.escaped(index.parts().get(i)) + " AS " + valueName(i));
  }

  private String keyNames() {
    return numbered(key.columns().size(), PostgresUniqueValues::keyName);
  }

  private static String numbered(int count, java.util.function.IntFunction<String> part) {
    return IntStream.range(0, count).mapToObj(part).collect(Collectors.joining(", "));
  }

  private static String keyName(int i) {
    return Sql.quote("key " + i);
  }

  private static String valueName(int i) {
    return Sql.quote("value " + i);
  }
}
