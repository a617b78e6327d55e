package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.RefusedRow;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.rows.Alias;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sample as the source has it, and the same rows in the table that the server alters. */
record ServerSample(
    InnodbInspection inspection, InnodbKeySql key, SampleTables tables, Connection c) {

  /** ER_TRUNCATED_WRONG_VALUE: a zero date, for one, that was stored in another sql_mode. */
  private static final int BAD_VALUE = 1292;

  /** The number of the row at which the server gave up. */
  private static final Pattern AT_ROW = Pattern.compile(" at row (\\d+)");

  /**
   * Takes the rows from the source.
   *
   * @throws RefusedException if one does not fit the source's own definition
   */
  void fill(List<RowKey> keys) throws SQLException {
    try {
      insert(tables.sample(), source(), key.in(Side.SOURCE, keys));
      insert(tables.server(), tables.sample(), Fragment.plain("TRUE"));
      c.commit();
    } catch (SQLException e) {
      if (!InnodbErrors.classOf(e).isDataError()) {
        throw e;
      }
      throw new RefusedException(
          "A row of %s does not fit the table's own definition: %s"
              .formatted(inspection.names().source(), e.getMessage()),
          "Correct the row. Nothing was copied.",
          e);
    }
  }

  private void insert(TableName into, TableName from, Fragment where) throws SQLException {
    String names =
        Sql.quoted(
            inspection.source().columns().stream()
                .filter(o -> !o.generated())
                .map(InnodbColumn::name)
                .toList());
    Fragment insert =
        Fragment.of(
            """
            INSERT INTO %s (%s)
            SELECT %s
              FROM %s
             WHERE %s
             ORDER BY %s
            """,
            Fragment.plain(Sql.quote(into)),
            Fragment.plain(names),
            Fragment.plain(names),
            Fragment.plain(key.alias().asSource(Sql.quote(from))),
            where,
            Fragment.plain(key.orderBy(Side.SOURCE)));
    insert.update(c);
  }

  /**
   * Continues with the first rows only, which were looked for first.
   *
   * @param server how the server's table has its keys, before the change or after it
   * @return those that are left
   */
  List<RowKey> keep(List<RowKey> keys, int most, Side server) throws SQLException {
    if (keys.size() <= most) {
      return keys;
    }
    List<RowKey> gone = keys.subList(most, keys.size());
    delete(tables.sample(), Side.SOURCE, gone);
    delete(tables.server(), server, gone);
    c.commit();
    return keys.subList(0, most);
  }

  private void delete(TableName table, Side side, List<RowKey> keys) throws SQLException {
    Alias alias = key.alias();
    boolean source = side == Side.SOURCE;
    Fragment delete =
        Fragment.of(
            "DELETE %s FROM %s WHERE %s",
            Fragment.plain(source ? alias.source() : alias.ghost()),
            Fragment.plain(
                source ? alias.asSource(Sql.quote(table)) : alias.asGhost(Sql.quote(table))),
            key.in(side, keys));
    delete.update(c);
  }

  /**
   * Has the server make the change.
   *
   * @param keys of the rows
   * @return false when it refuses a row of a temporary table: it copies such a table always, and so
   *     looks at values that it may not look at where the change is INSTANT or in place
   * @throws RefusedException if it refuses a row
   */
  boolean alter(List<RowKey> keys) throws SQLException {
    try {
      tables.alter(c, inspection);
      return true;
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e).circumstantial()) {
        throw e;
      }
      if (tables.areTemporary()) {
        return false;
      }
      throw new RefusedException(
          "The server's own ALTER does not accept %s: %s"
              .formatted(
                  rowOf(e, keys)
                      .map(k -> "the row of %s with %s".formatted(source(), key.describe(k)))
                      .orElse("rows of " + source()),
                  e.getMessage()),
          e.getErrorCode() == BAD_VALUE
              ? "Correct the row, or the change; or give the sql_mode that the ALTER is to have in"
                  + " the URL: ?sessionVariables=sql_mode='STRICT_ALL_TABLES'. Nothing was"
                  + " copied."
              : "Correct the row, or the change. Nothing was copied.",
          e);
    }
  }

  private TableName source() {
    return inspection.names().source();
  }

  /** The row at which the server gave up; empty where no single one is to blame. */
  private Optional<RowKey> rowOf(SQLException e, List<RowKey> keys) throws SQLException {
    if (InnodbErrors.classOf(e) == ErrorClass.DUPLICATE) {
      return Optional.empty();
    }
    Matcher at = AT_ROW.matcher(String.valueOf(e.getMessage()));
    return at.find()
        ? atRow(Long.parseLong(at.group(1)))
        : RefusedRow.find(keys, e, this::alterOnly).key();
  }

  private Optional<RowKey> atRow(long number) throws SQLException {
    String select =
        "SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET %d"
            .formatted(
                key.select(Side.SOURCE),
                key.alias().asSource(Sql.quote(tables.sample())),
                key.orderBy(Side.SOURCE),
                Math.max(0, number - 1));
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(select)) {
      return rs.next() ? Optional.of(key.read(rs)) : Optional.empty();
    }
  }

  /** Of a table that has these rows only, in place of the server's. */
  private Optional<SQLException> alterOnly(List<RowKey> keys) throws SQLException {
    tables.makeServerAgain(c);
    insert(tables.server(), tables.sample(), key.in(Side.SOURCE, keys));
    try {
      tables.alter(c, inspection);
      return Optional.empty();
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e).circumstantial()) {
        throw e;
      }
      return Optional.of(e);
    }
  }
}
