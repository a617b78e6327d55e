package dev.ghost.internal.dialect.postgres.sql;

import dev.ghost.internal.request.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Writing names and literals as SQL, and asking small questions. */
public final class Sql {

  private Sql() {}

  /** The one way in which names get into statements. */
  public static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  public static String quote(TableName table) {
    return quote(table.schema()) + "." + quote(table.table());
  }

  public static String quoted(Collection<String> names) {
    return names.stream().map(Sql::quote).collect(Collectors.joining(", "));
  }

  /** A string literal; for definitions, where the server takes no parameters. */
  public static String literal(String text) {
    return (text.indexOf('\\') < 0 ? "'" : " E'")
        + text.replace("\\", "\\\\").replace("'", "''")
        + "'";
  }

  public static void execute(Connection c, String sql) throws SQLException {
    try (var statement = c.createStatement()) {
      statement.execute(sql);
    }
  }

  public static void execute(Connection c, Collection<String> statements) throws SQLException {
    try (var statement = c.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The first column of each row. */
  public static List<String> strings(Connection c, String sql, Object... values)
      throws SQLException {
    List<String> rows = new ArrayList<>();
    try (PreparedStatement statement = prepared(c, sql, values);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        rows.add(rs.getString(1));
      }
    }
    return rows;
  }

  /** The first column of the only row. */
  public static String string(Connection c, String sql, Object... values) throws SQLException {
    return strings(c, sql, values).get(0);
  }

  public static boolean yes(Connection c, String sql, Object... values) throws SQLException {
    return "t".equals(string(c, sql, values));
  }

  public static Array integers(Connection c, Collection<Long> numbers) throws SQLException {
    return c.createArrayOf("integer", numbers.toArray());
  }

  /** An array as text, for numbers that an integer may be too small for. */
  public static String oids(Collection<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
  }

  public static PreparedStatement prepared(Connection c, String sql, Object... values)
      throws SQLException {
    PreparedStatement statement = c.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  /**
   * Has the statements of this transaction read whole tables. The settings of our sessions keep the
   * server from doing so by mistake. For the first few rows it would loop over one table for each
   * row of another, which takes very long where there are none.
   */
  public static void readWholeTables(Connection c) throws SQLException {
    execute(
        c,
        List.of(
            "SET LOCAL enable_nestloop = off",
            "SET LOCAL enable_seqscan = on",
            "SET LOCAL enable_hashjoin = on",
            "SET LOCAL enable_mergejoin = on"));
  }
}
