package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * What the catalog says that a table is: its definition can contain the same words in a comment.
 *
 * @param name in the server's own letter case
 * @param type {@code BASE TABLE}, {@code VIEW} and so on
 * @param engine empty for what is no table
 */
public record TableKind(TableName name, String type, String engine) {

  public static Optional<TableKind> read(Connection c, TableName wanted) throws SQLException {
    String sql =
        """
        SELECT table_schema, table_name, table_type, COALESCE(engine, '')
          FROM information_schema.tables
         WHERE table_schema = ? AND table_name = ?
        """;
    try (PreparedStatement statement = Sql.prepared(c, sql, wanted);
        ResultSet rs = statement.executeQuery()) {
      return rs.next()
          ? Optional.of(
              new TableKind(
                  new TableName(rs.getString(1), rs.getString(2)),
                  rs.getString(3),
                  rs.getString(4)))
          : Optional.empty();
    }
  }

  public boolean versioned() {
    return type.equals("SYSTEM VERSIONED");
  }

  /** True for what has rows of its own and is not {@link #versioned}. */
  public boolean plain() {
    return type.equals("BASE TABLE");
  }

  public boolean transactional() {
    return engine.equalsIgnoreCase("InnoDB");
  }

  /** For people, and behind DROP. */
  public String word() {
    return switch (type) {
      case "VIEW", "SYSTEM VIEW" -> "view";
      case "SEQUENCE" -> "sequence";
      default -> "table";
    };
  }
}
