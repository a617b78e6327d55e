package dev.ghost.cli;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A server of the demo's own, with a table to alter. */
interface DemoServer extends AutoCloseable {

  /** For {@code --url}. */
  String url();

  Connection connect() throws SQLException;

  /** Makes the table {@code orders}, with an ascending key, and fills it. */
  void load(int rows) throws SQLException;

  /** What follows {@code ALTER TABLE orders}. */
  String change();

  /** The command with which to look at the table. */
  String look();

  default void execute(String... statements) throws SQLException {
    try (Connection c = connect();
        Statement s = c.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }

  default long number(String sql) throws SQLException {
    try (Connection c = connect();
        Statement s = c.createStatement();
        ResultSet rs = s.executeQuery(sql)) {
      rs.next();
      return rs.getLong(1);
    }
  }

  @Override
  void close() throws Exception;
}
