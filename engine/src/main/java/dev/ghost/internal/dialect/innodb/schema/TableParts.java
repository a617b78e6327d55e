package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.MissingName;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The names of what a table has, by which a change can drop it. */
public record TableParts(TableName table, Map<Kind, List<String>> names) {

  /** What has a name. */
  enum Kind {
    COLUMN("column"),
    INDEX("index"),
    FOREIGN_KEY("foreign key"),
    CHECK("CHECK constraint"),
    /** Any of them that the standard calls so: a key that is unique, a foreign key, a CHECK. */
    CONSTRAINT("constraint");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  public static TableParts read(Connection c, InnodbTableDefinition source) throws SQLException {
    Map<Kind, List<String>> names = new EnumMap<>(Kind.class);
    source.columns().forEach(column -> add(names, Kind.COLUMN, column.name()));
    source.indexes().forEach(index -> add(names, Kind.INDEX, index.name()));
    String sql =
        """
        SELECT constraint_name, constraint_type
          FROM information_schema.table_constraints
         WHERE table_schema = ? AND table_name = ?
         ORDER BY constraint_name
        """;
    try (PreparedStatement statement = Sql.prepared(c, sql, source.name());
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        String name = rs.getString(1);
        add(names, Kind.CONSTRAINT, name);
        switch (rs.getString(2)) {
          case "FOREIGN KEY" -> add(names, Kind.FOREIGN_KEY, name);
          case "CHECK" -> add(names, Kind.CHECK, name);
          default -> {
            // A unique key, which is an index.
          }
        }
      }
    }
    return new TableParts(source.name(), names);
  }

  private static void add(Map<Kind, List<String>> names, Kind kind, String name) {
    names.computeIfAbsent(kind, k -> new ArrayList<>()).add(name);
  }

  private List<String> of(Kind kind) {
    return names.getOrDefault(kind, List.of());
  }

  boolean has(Kind kind, String name) {
    return of(kind).stream().anyMatch(name::equalsIgnoreCase);
  }

  /**
   * Refuses a name that nothing of the kind has.
   *
   * @throws dev.ghost.api.RefusedException with the names that may have been meant
   */
  void refuseMissing(Kind kind, String name) {
    if (!has(kind, name)) {
      throw new MissingName(table, kind.word, name, of(kind)).refusal();
    }
  }
}
