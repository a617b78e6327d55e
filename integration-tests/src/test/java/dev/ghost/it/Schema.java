package dev.ghost.it;

import dev.ghost.Ghost;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A schema of one test, with a connection to it; dropped when closed. Used by one thread. */
final class Schema implements AutoCloseable {

  private final MySqlServer server;
  private final String name;
  private final Connection connection;

  Schema(MySqlServer server, String name) throws SQLException {
    this.server = server;
    this.name = name;
    this.connection = server.connect("");
    execute("SET SESSION lock_wait_timeout = 60");
    execute(
        "DROP DATABASE IF EXISTS " + quoted(), "CREATE DATABASE " + quoted(), "USE " + quoted());
  }

  String name() {
    return name;
  }

  String url() {
    return "mysql://root@%s:%d/%s"
        .formatted(
            server.host(),
            server.port(),
            URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"));
  }

  Ghost.Builder ghost(String table, String alter) {
    return Ghost.migration().url(url()).password(MySqlServer.PASSWORD).table(table).alter(alter);
  }

  /** Another connection to this schema. */
  Connection connect() throws SQLException {
    Connection c = server.connect("");
    c.setCatalog(name);
    return c;
  }

  void execute(String... statements) throws SQLException {
    try (Statement s = connection.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }

  /** The rows of a query, columns separated by bars. */
  List<String> rows(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement s = connection.createStatement();
        ResultSet rs = s.executeQuery(sql)) {
      int columns = rs.getMetaData().getColumnCount();
      while (rs.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
          row.append(i == 1 ? "" : "|").append(rs.getString(i));
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }

  String value(String sql) throws SQLException {
    return rows(sql).get(0);
  }

  long count(String table) throws SQLException {
    return Long.parseLong(value("SELECT COUNT(*) FROM " + table));
  }

  /** Makes a table {@code n} with the numbers from 1. */
  void numbers(int count) throws SQLException {
    execute(
        "SET SESSION cte_max_recursion_depth = 10000000",
        "CREATE TABLE n (i INT PRIMARY KEY)",
        "INSERT INTO n WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < "
            + count
            + ") SELECT i FROM r");
  }

  /** The tables that are there, but for {@code n}. */
  List<String> tables() throws SQLException {
    return rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = '"
            + name.replace("'", "''")
            + "' AND table_name <> 'n' ORDER BY table_name");
  }

  private String quoted() {
    return "`" + name.replace("`", "``") + "`";
  }

  @Override
  public void close() throws SQLException {
    execute("DROP DATABASE " + quoted());
    connection.close();
  }
}
