package dev.ghost.internal.dialect.mariadb;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.ColumnStatistics;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * MariaDB's statistics that are independent of engines: rows of tables of its own, by the names of
 * table, column and index. They follow a table that is renamed.
 */
record StatisticsTables() implements ColumnStatistics {

  /** One of the server's tables. */
  private enum Kind {
    TABLE("table_stats", ""),
    COLUMN("column_stats", "column_name"),
    INDEX("index_stats", "index_name");

    private final String table;
    private final String part;

    Kind(String table, String part) {
      this.table = "mysql." + Sql.quote(table);
      this.part = part;
    }
  }

  @Override
  public Optional<String> warning(Connection c, TableName source) throws SQLException {
    try {
      for (Kind kind : Kind.values()) {
        // They take what the copy takes, and do nothing. The server lets no statement write such a
        // table that reads another.
        try (var statement = c.createStatement()) {
          statement.executeUpdate("DELETE FROM %s WHERE FALSE".formatted(kind.table));
          List<String> all = new ArrayList<>(keys(kind));
          all.addAll(columns(c, kind));
          statement.executeUpdate(
              "INSERT INTO %s (%s) SELECT %s FROM DUAL WHERE FALSE"
                  .formatted(
                      kind.table,
                      Sql.quoted(all),
                      String.join(", ", Collections.nCopies(all.size(), "NULL"))));
        }
      }
      return Optional.empty();
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      return Optional.of(
          "Should %s have statistics of ANALYZE TABLE ... PERSISTENT, the new table will have none: this user may not read and write mysql.table_stats, column_stats and index_stats (SELECT, INSERT, DELETE)."
              .formatted(source));
    }
  }

  @Override
  public void carry(
      Connection c, InnodbTableDefinition source, InnodbTableDefinition ghost, List<Kept> columns)
      throws SQLException {
    if (warning(c, source.name()).isPresent()) {
      return;
    }
    Map<String, String> kept = new LinkedHashMap<>();
    columns.forEach(k -> kept.put(k.name(), k.now()));
    copy(c, Kind.TABLE, source.name(), ghost.name(), Map.of("", ""));
    copy(c, Kind.COLUMN, source.name(), ghost.name(), kept);
    copy(c, Kind.INDEX, source.name(), ghost.name(), source.sameIndexes(ghost, kept));
    c.commit();
  }

  /**
   * Copies rows.
   *
   * @param parts of the table, by their names there and here
   */
  private static void copy(
      Connection c, Kind kind, TableName from, TableName to, Map<String, String> parts)
      throws SQLException {
    List<String> said = columns(c, kind);
    boolean named = !kind.part.isEmpty();
    String select =
        "SELECT %s FROM %s WHERE db_name = ? AND table_name = ?%s"
            .formatted(
                Sql.quoted(said),
                kind.table,
                named ? " AND %s = ?".formatted(Sql.quote(kind.part)) : "");
    for (Map.Entry<String, String> part : parts.entrySet()) {
      List<List<Object>> rows = new ArrayList<>();
      try (PreparedStatement statement = c.prepareStatement(select)) {
        statement.setString(1, from.schema());
        statement.setString(2, from.table());
        if (named) {
          statement.setString(3, part.getKey());
        }
        try (ResultSet rs = statement.executeQuery()) {
          while (rs.next()) {
            List<Object> row = new ArrayList<>(List.of(to.schema(), to.table()));
            if (named) {
              row.add(part.getValue());
            }
            for (int i = 1; i <= said.size(); i++) {
              row.add(rs.getObject(i));
            }
            rows.add(row);
          }
        }
      }
      for (List<Object> row : rows) {
        write(c, kind, said, row);
      }
    }
  }

  private static void write(Connection c, Kind kind, List<String> said, List<Object> row)
      throws SQLException {
    List<String> columns = new ArrayList<>(keys(kind));
    columns.addAll(said);
    String replace =
        "REPLACE INTO %s (%s) VALUES (%s)"
            .formatted(
                kind.table,
                Sql.quoted(columns),
                String.join(", ", Collections.nCopies(columns.size(), "?")));
    try (PreparedStatement statement = c.prepareStatement(replace)) {
      for (int i = 0; i < row.size(); i++) {
        statement.setObject(i + 1, row.get(i));
      }
      statement.executeUpdate();
    }
  }

  private static List<String> keys(Kind kind) {
    return kind.part.isEmpty()
        ? List.of("db_name", "table_name")
        : List.of("db_name", "table_name", kind.part);
  }

  /** What is said of each part; versions differ in that. */
  private static List<String> columns(Connection c, Kind kind) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW COLUMNS FROM " + kind.table)) {
      while (rs.next()) {
        columns.add(rs.getString(1));
      }
    }
    columns.removeAll(keys(kind));
    return columns;
  }
}
