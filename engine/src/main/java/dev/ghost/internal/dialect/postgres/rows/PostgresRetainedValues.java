package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.postgres.schema.PostgresIndex;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps, in a temporary table of the session, what rows of the ghost hold in columns that the
 * source does not have, while they are deleted and inserted again.
 */
record PostgresRetainedValues(
    String ghost, List<PostgresRetainedColumn> columns, PostgresKeySql key) {

  private static final String TABLE = "pg_temp." + Sql.quote("kept by ghost");

  boolean none() {
    return columns.isEmpty();
  }

  /** Takes up the rows of a condition on {@code g}. */
  void take(Connection c, Fragment where) throws SQLException {
    String selected =
        Stream.concat(
                key.columns().stream()
                    .map(
                        k ->
                            "g.%s AS %s"
                                .formatted(Sql.quote(k.ghost().name()), Sql.quote(name(k)))),
                columns.stream()
                    .map(
                        k ->
                            "g.%s AS %s"
                                .formatted(Sql.quote(k.column().name()), Sql.quote(name(k)))))
            .collect(Collectors.joining(", "));
    Sql.execute(
        c,
        List.of(
            "SET LOCAL client_min_messages = 'warning'",
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS "kept by ghost" ON COMMIT DELETE ROWS AS
            SELECT %s FROM %s AS g WITH NO DATA
            """
                .formatted(selected, ghost),
            "DELETE FROM " + TABLE));
    Fragment insert =
        Fragment.of(
            "INSERT INTO %s SELECT %s FROM %s AS g WHERE %s",
            Fragment.plain(TABLE), Fragment.plain(selected), Fragment.plain(ghost), where);
    insert.update(c);
  }

  /** Rows {@code s} of the source, with those that were taken up joined to them as {@code g}. */
  Fragment joined(Fragment rows) {
    return Fragment.of(
        "(SELECT s.* FROM %s) AS s LEFT JOIN %s AS g ON %s",
        rows, Fragment.plain(TABLE), Fragment.plain(key.join(this::name)));
  }

  /** What is selected for the columns. */
  List<String> expressions() {
    String notNull = name(key.columns().get(0));
    return columns.stream().map(k -> k.expression(notNull, name(k))).toList();
  }

  // Names that no column can have been given by accident: expressions are written next to them.

  private String name(PostgresKeyColumn column) {
    return "kept key " + key.columns().indexOf(column);
  }

  private String name(PostgresRetainedColumn column) {
    return "kept value " + columns.indexOf(column);
  }

  /** True when an index has to do with one of the columns. */
  boolean concern(PostgresIndex index) {
    return columns.stream().map(PostgresRetainedColumn::column).anyMatch(index::concerns);
  }
}
