package dev.ghost.dialect.innodb;

import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The control table: markers, and what a later run must know of this one. It is created before the
 * ghost and dropped after it, so a ghost without a control table is never ours.
 */
public record Control(TableName name) {

  private static final String COMMENT = "ghost control table";

  /** The row that tells of the run; markers have slots from 0. */
  private static final int RUN = -1;

  /** What an earlier run wanted. */
  record EarlierRun(String change, String ghostDdl) {}

  void create(Connection c, String change) throws SQLException {
    execute(
        c,
        """
        CREATE TABLE %s (
          slot INT NOT NULL PRIMARY KEY,
          seq BIGINT NOT NULL,
          `change` LONGTEXT CHARACTER SET utf8mb4,
          ghost_ddl LONGTEXT CHARACTER SET utf8mb4
        ) ENGINE = InnoDB COMMENT = '%s'
        """
            .formatted(Sql.quote(name), COMMENT));
    try (PreparedStatement statement =
        c.prepareStatement(
            "INSERT INTO %s (slot, seq, `change`) VALUES (?, 0, ?)".formatted(Sql.quote(name)))) {
      statement.setInt(1, RUN);
      statement.setString(2, change);
      statement.executeUpdate();
    }
  }

  /** Keeps the ghost's definition, by which a later run knows it under the source's name. */
  void remember(Connection c, String ghostDdl) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement(
            "UPDATE %s SET ghost_ddl = ? WHERE slot = ?".formatted(Sql.quote(name)))) {
      statement.setString(1, ghostDdl);
      statement.setInt(2, RUN);
      statement.executeUpdate();
    }
  }

  void mark(Connection c, int slot, long sequence) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement(
            """
            INSERT INTO %s (slot, seq) VALUES (?, ?)
            ON DUPLICATE KEY UPDATE seq = ?
            """
                .formatted(Sql.quote(name)))) {
      statement.setInt(1, slot);
      statement.setLong(2, sequence);
      statement.setLong(3, sequence);
      statement.executeUpdate();
    }
  }

  /** True when the table is ours; its comment says so. */
  boolean isOurs(Connection c) throws SQLException {
    return comment(c, name).filter(COMMENT::equals).isPresent();
  }

  EarlierRun earlierRun(Connection c) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement(
            "SELECT `change`, COALESCE(ghost_ddl, '') FROM %s WHERE slot = ?"
                .formatted(Sql.quote(name)))) {
      statement.setInt(1, RUN);
      try (ResultSet rs = statement.executeQuery()) {
        return rs.next()
            ? new EarlierRun(rs.getString(1), rs.getString(2))
            : new EarlierRun("", "");
      }
    }
  }

  void drop(Connection c) throws SQLException {
    execute(c, "DROP TABLE IF EXISTS " + Sql.quote(name));
  }

  public static boolean exists(Connection c, TableName table) throws SQLException {
    return comment(c, table).isPresent();
  }

  static Optional<String> comment(Connection c, TableName table) throws SQLException {
    String sql =
        """
        SELECT table_comment
          FROM information_schema.tables
         WHERE table_schema = ? AND table_name = ?
        """;
    try (PreparedStatement statement = TableDefinition.prepared(c, sql, table);
        ResultSet rs = statement.executeQuery()) {
      return rs.next() ? Optional.of(rs.getString(1)) : Optional.empty();
    }
  }

  public static void execute(Connection c, String sql) throws SQLException {
    try (var statement = c.createStatement()) {
      statement.execute(sql);
    }
  }
}
