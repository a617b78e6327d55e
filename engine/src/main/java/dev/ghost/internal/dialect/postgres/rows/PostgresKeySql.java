package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.KeyConditions;
import dev.ghost.internal.dialect.postgres.schema.PostgresIndex;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The chunk key in SQL: conditions, orders, joins. */
public record PostgresKeySql(PostgresIndex index, List<PostgresKeyColumn> columns)
    implements KeyConditions<PostgresKeySql.Side, PostgresKeyColumn> {

  /** One of the two tables, as a statement names it. */
  public enum Side {
    SOURCE("s."),
    GHOST("g.");

    final String alias;

    Side(String alias) {
      this.alias = alias;
    }
  }

  public List<KeyOrder.Part> parts() {
    return columns.stream().map(PostgresKeyColumn::order).toList();
  }

  /** True when a range holds the same rows on both sides. */
  boolean sameOrder() {
    return columns.stream().allMatch(PostgresKeyColumn::sameOrder);
  }

  /** True when an index of the source finds the partner of a row of the ghost. */
  boolean sameTypes() {
    return columns.stream().allMatch(c -> c.source().sameTypeAs(c.ghost()));
  }

  @Override
  public Side source() {
    return Side.SOURCE;
  }

  @Override
  public String select(Side side) {
    return joined(c -> side == Side.SOURCE ? c.select(side.alias) : c.selectGhost(side.alias));
  }

  /** Joins a source row {@code s} with the ghost's row {@code g} of the same key. */
  String join() {
    return join(c -> c.ghost().name());
  }

  /** The same, where the ghost's columns go by other names. */
  String join(Function<PostgresKeyColumn, String> names) {
    return columns.stream()
        .map(
            c ->
                "g.%s = %s"
                    .formatted(
                        Sql.quote(names.apply(c)),
                        new PostgresColumnMapping(c.ghost(), c.source(), Optional.empty()).value()))
        .collect(Collectors.joining(" AND "));
  }

  @Override
  public Fragment in(Side side, Collection<RowKey> keys) {
    return Fragment.of("(%s) IN (%s)", Fragment.plain(names(side)), values(side, "", keys));
  }

  /** Selects keys that are given, in the source's types; and then each as it is written. */
  Fragment valuesWithForm(Collection<RowKey> keys) {
    String parts =
        IntStream.range(0, columns.size())
            .mapToObj(i -> "k.k" + i)
            .collect(Collectors.joining(", "));
    return values(Side.SOURCE, ", json_build_array(%s)::text".formatted(parts), keys);
  }

  /** Selects keys that are given, in the types of one side, and more of each. */
  private Fragment values(Side side, String more, Collection<RowKey> keys) {
    List<Fragment.Binding> values = new ArrayList<>();
    List<String> lists = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<String> casts = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      PostgresKeyColumn column = columns.get(i);
      int part = i;
      values.add(column.list(keys.stream().map(k -> k.part(part)).toList()));
      lists.add("?::" + column.listType() + "[]");
      names.add("k" + i);
      casts.add(side == Side.SOURCE ? column.asSource("k.k" + i) : column.asGhost("k.k" + i));
    }
    return new Fragment(
        "SELECT %s%s FROM unnest(%s) AS k(%s)"
            .formatted(
                String.join(", ", casts), more, String.join(", ", lists), String.join(", ", names)),
        values);
  }

  @Override
  public Fragment inRange(Side side, KeyRange range) {
    return Fragment.of(
        "%s AND %s", bound(side, ">", range.after()), bound(side, "<=", range.upTo()));
  }

  private Fragment bound(Side side, String operator, @Nullable RowKey key) {
    if (key == null) {
      return Fragment.plain("TRUE");
    }
    List<Fragment.Binding> values =
        IntStream.range(0, columns.size())
            .mapToObj(i -> columns.get(i).binding(key.part(i)))
            .toList();
    return new Fragment(
        "(%s) %s (%s)"
            .formatted(
                names(side),
                operator,
                joined(c -> side == Side.SOURCE ? c.asSource("?") : c.asGhost("?"))),
        values);
  }

  @Override
  public String orderBy() {
    return names(Side.SOURCE);
  }

  public String names(Side side) {
    return joined(
        c -> side.alias + Sql.quote(side == Side.SOURCE ? c.source().name() : c.ghost().name()));
  }
}
