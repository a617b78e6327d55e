package dev.ghost.internal.dialect.common;

import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
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

/**
 * The chunk key in SQL.
 *
 * @param <S> the tables of a statement, source and ghost, as it names them
 * @param <C> a column of the key
 */
public interface KeyConditions<S, C extends KeyConditions.Column> {

  /** A column of the chunk key. */
  interface Column {

    /** Its name in the source. */
    String name();

    Object read(ResultSet rs, int index) throws SQLException;

    /** A value for people. */
    String describe(Object value);
  }

  List<C> columns();

  /** The key of a row of one of the tables, as {@link #read(ResultSet)} expects it. */
  String select(S side);

  Fragment inRange(S side, KeyRange range);

  Fragment in(S side, Collection<RowKey> keys);

  default Fragment where(S side, RowSelection rows) {
    return rows instanceof KeyRange range
        ? inRange(side, range)
        : in(side, ((KeyList) rows).keys());
  }

  /** The side of a statement that is the source. */
  S source();

  /** The source's columns of the key, to order by. */
  String orderBy();

  /** Keys of a range of the source, in the server's order. */
  default List<RowKey> inOrder(Connection c, String source, KeyRange range, String limit)
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
            Fragment.plain(select(source())),
            Fragment.plain(source),
            inRange(source(), range),
            Fragment.plain(orderBy()),
            Fragment.plain(limit)));
  }

  /** The key of the row that is number {@code rows} of a range, counted from 1. */
  default Optional<RowKey> boundary(Connection c, String source, KeyRange within, long rows)
      throws SQLException {
    return inOrder(c, source, within, "LIMIT 1 OFFSET " + (rows - 1)).stream().findFirst();
  }

  /** The keys that a statement selects. */
  default List<RowKey> read(Connection c, Fragment select) throws SQLException {
    try (PreparedStatement statement = select.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      return readAll(rs);
    }
  }

  default List<RowKey> readAll(ResultSet rs) throws SQLException {
    List<RowKey> keys = new ArrayList<>();
    while (rs.next()) {
      keys.add(read(rs));
    }
    return keys;
  }

  /** The key of a row whose first columns are those of {@link #select}. */
  default RowKey read(ResultSet rs) throws SQLException {
    List<C> columns = columns();
    List<Object> parts = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      parts.add(columns.get(i).read(rs, i + 1));
    }
    return new RowKey(parts);
  }

  /** A key for people. */
  default String describe(RowKey key) {
    List<C> columns = columns();
    return IntStream.range(0, columns.size())
        .mapToObj(i -> columns.get(i).name() + " = " + columns.get(i).describe(key.part(i)))
        .collect(Collectors.joining(", "));
  }

  /** What is written for each column, with commas between. */
  default String joined(Function<C, String> part) {
    return columns().stream().map(part).collect(Collectors.joining(", "));
  }
}
