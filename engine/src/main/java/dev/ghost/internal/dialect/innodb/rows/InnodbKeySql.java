package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.KeyConditions;
import dev.ghost.internal.dialect.innodb.schema.InnodbIndex;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The chunk key in SQL: conditions, orders, joins.
 *
 * @param alias what statements call the two tables
 * @param ranged true when the ghost has an index of these columns in this order
 * @param enforced true when a unique key of the ghost notices two rows of one key
 */
public record InnodbKeySql(
    InnodbIndex index, List<InnodbKeyColumn> columns, Alias alias, boolean ranged, boolean enforced)
    implements KeyConditions<InnodbKeySql.Side, InnodbKeyColumn> {

  /**
   * One of the two tables, as a statement names it; rows of the source in the ghost's types, in a
   * table that stands for it; or rows of the ghost that are deleted, which have no alias.
   */
  public enum Side {
    SOURCE,
    CONVERTED,
    GHOST,
    DELETED
  }

  public KeyOrder order() {
    return new KeyOrder(columns.stream().map(InnodbKeyColumn::order).toList());
  }

  /** True when a range holds the same rows on both sides, and the ghost has an index for it. */
  public boolean sameOrder() {
    return ranged && columns.stream().allMatch(InnodbKeyColumn::sameOrder);
  }

  @Override
  public String select(Side side) {
    return joined(c -> side == Side.SOURCE ? c.select(prefix(side)) : c.selectGhost(prefix(side)));
  }

  private String prefix(Side side) {
    return switch (side) {
      case SOURCE, CONVERTED -> alias.source() + ".";
      case GHOST -> alias.ghost() + ".";
      case DELETED -> "";
    };
  }

  @Override
  public Side source() {
    return Side.SOURCE;
  }

  @Override
  public String orderBy() {
    return joined(c -> Sql.quote(c.source().name()));
  }

  /** The columns of one of the tables, to order by. */
  public String orderBy(Side side) {
    return joined(c -> ref(side, c));
  }

  /** Joins a row of the source with the ghost's row of the same key. */
  String join() {
    return join(c -> c.ghost().name());
  }

  /** The same, where the ghost's columns go by other names. */
  String join(Function<InnodbKeyColumn, String> names) {
    return columns.stream()
        .map(
            c ->
                "%s = %s"
                    .formatted(
                        alias.ofGhost(names.apply(c)),
                        c.asGhost(alias.ofSource(c.source().name()))))
        .collect(Collectors.joining(" AND "));
  }

  /** The same, for rows of the source in the ghost's types. */
  String joinConverted() {
    return columns.stream()
        .map(
            c ->
                "%s = %s"
                    .formatted(alias.ofGhost(c.ghost().name()), alias.ofSource(c.ghost().name())))
        .collect(Collectors.joining(" AND "));
  }

  /**
   * The same, for a row of the ghost whose partner an index of the source is to find. What was
   * copied from a row is equal to it in the source's type and collation as well as in the ghost's.
   */
  String joinFromGhost() {
    return Stream.concat(
            Stream.of(join()),
            columns.stream()
                .filter(InnodbKeyColumn::isConverted)
                .map(
                    c ->
                        "%s = %s"
                            .formatted(
                                alias.ofSource(c.source().name()),
                                c.ghostAsSource(alias.ofGhost(c.ghost().name())))))
        .collect(Collectors.joining(" AND "));
  }

  @Override
  public Fragment in(Side side, Collection<RowKey> keys) {
    if (keys.isEmpty()) {
      return Fragment.plain("FALSE");
    }
    List<Fragment.Binding> bindings = new ArrayList<>(keys.size() * columns.size());
    String one = joined(c -> side == Side.SOURCE ? c.equal() : c.ghostEqual());
    String row = columns.size() == 1 ? one : "(" + one + ")";
    StringBuilder sql = new StringBuilder();
    sql.append('(').append(joined(c -> ref(side, c))).append(") IN (");
    String comma = "";
    for (RowKey key : keys) {
      sql.append(comma).append(row);
      comma = ", ";
      for (int i = 0; i < columns.size(); i++) {
        bindings.add(columns.get(i).binding(key.part(i)));
      }
    }
    return new Fragment(sql.append(')').toString(), bindings);
  }

  @Override
  public Fragment inRange(Side side, KeyRange range) {
    Fragment from =
        range.after() == null ? Fragment.plain("TRUE") : beyond(side, range.after(), ">", "FALSE");
    Fragment to =
        range.upTo() == null ? Fragment.plain("TRUE") : beyond(side, range.upTo(), "<", "TRUE");
    return Fragment.of("%s AND %s", from, to);
  }

  /**
   * The rows on one side of a key: {@code a > ? OR (a = ? AND (b > ? OR ...))}. Written with a
   * condition on the first column alone in front, because that is what the optimizer makes a range
   * of.
   *
   * @param equal what holds for the key itself
   */
  private Fragment beyond(Side side, RowKey key, String operator, String equal) {
    Fragment condition = Fragment.plain(equal);
    for (int i = columns.size() - 1; i >= 0; i--) {
      InnodbKeyColumn column = columns.get(i);
      String ref = ref(side, column);
      String parameter = side == Side.SOURCE ? column.parameter() : column.ghostParameter();
      Fragment value = new Fragment(parameter, List.of(column.binding(key.part(i))));
      if (i == columns.size() - 1) {
        String closed = equal.equals("TRUE") ? operator + "=" : operator;
        condition = Fragment.of(ref.replace("%", "%%") + " " + closed + " %s", value);
      } else {
        String name = ref.replace("%", "%%");
        condition =
            Fragment.of(
                "(" + name + " " + operator + "= %s AND (" + name + " " + operator + " %s OR %s))",
                value,
                value,
                condition);
      }
    }
    return condition;
  }

  private String ref(Side side, InnodbKeyColumn column) {
    return prefix(side)
        + Sql.quote(side == Side.SOURCE ? column.source().name() : column.ghost().name());
  }
}
