package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps, in a temporary table of the session, what rows of the ghost hold in columns that the
 * source does not have, while they are deleted and inserted again.
 */
public record InnodbRetainedValues(
    String ghost, List<InnodbRetainedColumn> columns, InnodbKeySql key) {

  /** A name that no table can have been given by accident. */
  public static final String TABLE = Sql.quote("kept by ghost");

  public boolean none() {
    return columns.isEmpty();
  }

  /** Takes up the rows of a condition on the ghost. */
  public void take(Connection c, Fragment where) throws SQLException {
    String selected =
        Stream.concat(
                key.columns().stream()
                    .map(
                        k ->
                            "%s AS %s"
                                .formatted(
                                    key.alias().ofGhost(k.ghost().name()), Sql.quote(name(k)))),
                columns.stream()
                    .map(
                        k ->
                            "%s AS %s"
                                .formatted(
                                    key.alias().ofGhost(k.column().name()), Sql.quote(name(k)))))
            .collect(Collectors.joining(", "));
    String from = key.alias().asGhost(ghost);
    String names = Sql.quoted(key.columns().stream().map(this::name).toList());
    new SessionTable(TABLE, names, selected, from)
        .fill(
            c,
            Fragment.of(
                "SELECT %s FROM %s WHERE %s",
                Fragment.plain(selected), Fragment.plain(from), where));
  }

  /** Joins the rows that were taken up, as the ghost, with the source. */
  String join() {
    return " LEFT JOIN %s ON %s".formatted(key.alias().asGhost(TABLE), key.join(this::name));
  }

  /** What is selected for the columns. */
  List<String> expressions() {
    String notNull = name(key.columns().get(0));
    return columns.stream().map(k -> k.expression(key.alias(), notNull, name(k))).toList();
  }

  // Names that no column can have been given by accident: expressions are written next to them.

  private String name(InnodbKeyColumn column) {
    return "kept key " + key.columns().indexOf(column);
  }

  private String name(InnodbRetainedColumn column) {
    return "kept value " + columns.indexOf(column);
  }
}
