package dev.ghost.dialect.postgres;

import dev.ghost.key.KeyList;
import dev.ghost.key.KeyOrder;
import dev.ghost.key.KeyRange;
import dev.ghost.key.RowKey;
import dev.ghost.key.RowSelection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The chunk key in SQL: conditions, orders, joins. */
record KeySql(Index index, List<KeyColumn> columns) {

  /** One of the two tables, as a statement names it. */
  enum Side {
    SOURCE("s."),
    GHOST("g.");

    final String alias;

    Side(String alias) {
      this.alias = alias;
    }
  }

  List<KeyOrder.Part> parts() {
    return columns.stream().map(KeyColumn::order).toList();
  }

  /** True when a range holds the same rows on both sides. */
  boolean sameOrder() {
    return columns.stream().allMatch(KeyColumn::sameOrder);
  }

  /** True when an index of the source finds the partner of a row of the ghost. */
  boolean sameTypes() {
    return columns.stream().allMatch(c -> c.source().sameTypeAs(c.ghost()));
  }

  String select(Side side) {
    return joined(c -> side == Side.SOURCE ? c.select(side.alias) : c.selectGhost(side.alias));
  }

  /** Joins a source row {@code s} with the ghost's row {@code g} of the same key. */
  String join() {
    return join(c -> c.ghost().name());
  }

  /** The same, where the ghost's columns go by other names. */
  String join(Function<KeyColumn, String> names) {
    return columns.stream()
        .map(
            c ->
                "g.%s = %s"
                    .formatted(
                        Sql.quote(names.apply(c)),
                        new ColumnMapping(c.ghost(), c.source(), Optional.empty()).value()))
        .collect(Collectors.joining(" AND "));
  }

  String describe(RowKey key) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> columns.get(i).describe(key.part(i)))
        .collect(Collectors.joining(", "));
  }

  Fragment where(Side side, RowSelection rows) {
    return rows instanceof KeyRange range
        ? inRange(side, range)
        : in(side, ((KeyList) rows).keys());
  }

  Fragment in(Side side, Collection<RowKey> keys) {
    List<Object> values = new ArrayList<>();
    List<String> lists = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<String> casts = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      KeyColumn column = columns.get(i);
      int part = i;
      values.add(
          new Fragment.Values(column.listType(), keys.stream().map(k -> k.part(part)).toList()));
      lists.add("?::" + column.listType() + "[]");
      names.add("k" + i);
      casts.add(side == Side.SOURCE ? column.asSource("k.k" + i) : column.asGhost("k.k" + i));
    }
    return new Fragment(
        "(%s) IN (SELECT %s FROM unnest(%s) AS k(%s))"
            .formatted(
                names(side),
                String.join(", ", casts),
                String.join(", ", lists),
                String.join(", ", names)),
        values);
  }

  private Fragment inRange(Side side, KeyRange range) {
    return Fragment.of(
        "%s AND %s", bound(side, ">", range.after()), bound(side, "<=", range.upTo()));
  }

  private Fragment bound(Side side, String operator, RowKey key) {
    if (key == null) {
      return Fragment.plain("TRUE");
    }
    List<Object> values = IntStream.range(0, columns.size()).mapToObj(key::part).toList();
    return new Fragment(
        "(%s) %s (%s)"
            .formatted(
                names(side),
                operator,
                joined(c -> side == Side.SOURCE ? c.asSource("?") : c.asGhost("?"))),
        values);
  }

  String names(Side side) {
    return joined(
        c -> side.alias + Sql.quote(side == Side.SOURCE ? c.source().name() : c.ghost().name()));
  }

  /** The key of the row that is number {@code rows} of a range, counted from 1. */
  Optional<RowKey> boundary(Connection c, String source, KeyRange within, long rows)
      throws SQLException {
    return inOrder(c, source, within, "LIMIT 1 OFFSET " + (rows - 1)).stream().findFirst();
  }

  /** Keys of a range of the source, in the server's order. */
  List<RowKey> inOrder(Connection c, String source, KeyRange range, String limit)
      throws SQLException {
    return read(
        c,
        Fragment.of(
            """
            SELECT %s
              FROM %s
             WHERE %s
             ORDER BY %s
             %s
            """,
            Fragment.plain(select(Side.SOURCE)),
            Fragment.plain(source),
            inRange(Side.SOURCE, range),
            Fragment.plain(names(Side.SOURCE)),
            Fragment.plain(limit)));
  }

  /** The keys that a statement selects. */
  List<RowKey> read(Connection c, Fragment select) throws SQLException {
    List<RowKey> keys = new ArrayList<>();
    try (PreparedStatement statement = select.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        keys.add(read(rs));
      }
    }
    return keys;
  }

  /** The key of a row whose first columns are those of {@link #select}. */
  RowKey read(ResultSet rs) throws SQLException {
    List<Object> parts = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      parts.add(columns.get(i).read(rs, i + 1));
    }
    return new RowKey(parts);
  }

  private String joined(Function<KeyColumn, String> part) {
    return columns.stream().map(part).collect(Collectors.joining(", "));
  }
}
