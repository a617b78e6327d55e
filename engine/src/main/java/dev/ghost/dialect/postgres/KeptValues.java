package dev.ghost.dialect.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps, in a temporary table of the session, what rows of the ghost hold in columns that the
 * source does not have, while they are deleted and inserted again.
 */
record KeptValues(String ghost, List<KeptColumn> columns, KeySql key) {

  private static final String TABLE = "pg_temp." + Sql.quote("kept by ghost");

  boolean none() {
    return columns.isEmpty();
  }

  /** Takes up the rows of a condition on {@code g}. */
  void take(Connection c, Fragment where) throws SQLException {
    String names =
        Sql.quoted(
            Stream.concat(
                    key.columns().stream().map(k -> k.ghost().name()),
                    columns.stream().map(k -> k.column().name()))
                .toList());
    Sql.execute(
        c,
        List.of(
            "SET LOCAL client_min_messages = 'warning'",
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS "kept by ghost" ON COMMIT DELETE ROWS AS
            SELECT %s FROM %s AS g WITH NO DATA
            """
                .formatted(names, ghost),
            "DELETE FROM " + TABLE));
    Fragment insert =
        Fragment.of(
            "INSERT INTO %s SELECT %s FROM %s AS g WHERE %s",
            Fragment.plain(TABLE), Fragment.plain(names), Fragment.plain(ghost), where);
    try (PreparedStatement statement = insert.prepare(c)) {
      statement.executeUpdate();
    }
  }

  /** Rows {@code s} of the source, with those that were taken up joined to them as {@code g}. */
  Fragment joined(Fragment rows) {
    return Fragment.of(
        "(SELECT s.* FROM %s) AS s LEFT JOIN %s AS g ON %s",
        rows, Fragment.plain(TABLE), Fragment.plain(key.join()));
  }

  /** What is selected for the columns. */
  List<String> expressions() {
    String notNull = key.columns().get(0).ghost().name();
    return columns.stream().map(k -> k.expression(notNull)).toList();
  }

  /** True when an index has to do with one of the columns. */
  boolean concern(Index index) {
    String text = index.parts() + index.predicate();
    return columns.stream()
        .map(k -> k.column().name())
        .anyMatch(name -> index.columns().contains(name) || text.contains(name));
  }
}
