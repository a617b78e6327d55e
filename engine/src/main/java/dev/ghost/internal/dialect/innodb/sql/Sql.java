package dev.ghost.internal.dialect.innodb.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/** Writing names and literals as SQL. */
public final class Sql {

  /** The most characters of a name. */
  public static final int NAME_LIMIT = 64;

  /**
   * Of our tables' names: the server names foreign keys and checks after their tables, also when a
   * table is renamed, and those names must not become too long.
   */
  public static final int TABLE_NAME_LIMIT = NAME_LIMIT - "_ibfk_".length() - "9999".length();

  private Sql() {}

  /** The one way in which names get into statements. */
  public static String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  public static String quote(TableName table) {
    return quote(table.schema()) + "." + quote(table.table());
  }

  public static String quoted(List<String> names) {
    return names.stream().map(Sql::quote).collect(Collectors.joining(", "));
  }

  /**
   * The name that stands in a definition as the server writes it.
   *
   * @param at behind its opening backtick
   */
  public static String firstName(String definition, int at) {
    int end = at;
    while (definition.charAt(end) != '`' || definition.startsWith("``", end)) {
      end += definition.charAt(end) == '`' ? 2 : 1;
    }
    return definition.substring(at, end).replace("``", "`");
  }

  /** A string literal; for definitions, where the server takes no parameters. */
  public static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  /** A list of numbers of sessions, for IN; there is no session 0. */
  public static String numbers(Collection<Long> numbers) {
    return numbers.isEmpty()
        ? "0"
        : numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** Parameters for a list of schemas and tables. */
  public static String pairs(List<TableName> tables) {
    return String.join(", ", Collections.nCopies(tables.size(), "(?, ?)"));
  }

  /** A name that is no longer than that: a longer one is cut, and ends in a hash of all of it. */
  public static String cut(String name, int limit) {
    if (name.length() <= limit) {
      return name;
    }
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(UTF_8));
    return name.substring(0, limit - 9) + "#%08x".formatted(crc.getValue());
  }

  /** Tells whether there is such a table. */
  public static boolean exists(Connection c, TableName table) throws SQLException {
    return comment(c, table).isPresent();
  }

  /** The comment of a table; empty when there is no such table. */
  public static Optional<String> comment(Connection c, TableName table) throws SQLException {
    String sql =
        """
        SELECT table_comment
          FROM information_schema.tables
         WHERE table_schema = ? AND table_name = ?
        """;
    try (PreparedStatement statement = Sql.prepared(c, sql, table);
        ResultSet rs = statement.executeQuery()) {
      return rs.next() ? Optional.of(rs.getString(1)) : Optional.empty();
    }
  }

  /** Executes a statement that returns nothing. */
  public static void execute(Connection c, String sql) throws SQLException {
    try (var statement = c.createStatement()) {
      statement.execute(sql);
    }
  }

  public static PreparedStatement prepared(Connection c, String sql, TableName name)
      throws SQLException {
    PreparedStatement statement = c.prepareStatement(sql);
    statement.setString(1, name.schema());
    statement.setString(2, name.table());
    return statement;
  }
}
