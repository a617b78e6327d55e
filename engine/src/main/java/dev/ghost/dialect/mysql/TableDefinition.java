package dev.ghost.dialect.mysql;

import dev.ghost.plan.TableName;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A table as the server describes it. */
record TableDefinition(TableName name, List<Column> columns, List<Index> indexes, String ddl) {

  static TableDefinition read(Connection c, TableName name) throws SQLException {
    return new TableDefinition(name, columns(c, name), indexes(c, name), ddl(c, name));
  }

  Optional<Column> column(String wanted) {
    return columns.stream().filter(c -> c.named(wanted)).findFirst();
  }

  Optional<Column> autoIncrementColumn() {
    return columns.stream().filter(Column::autoIncrement).findFirst();
  }

  /** The table's definition without its AUTO_INCREMENT counter, which moves by itself. */
  static String stableDdl(Connection c, TableName name) throws SQLException {
    return withoutCounter(ddl(c, name));
  }

  static String withoutCounter(String ddl) {
    int at = counterAt(ddl);
    if (at < 0) {
      return ddl;
    }
    int end = at + COUNTER.length();
    while (end < ddl.length() && Character.isDigit(ddl.charAt(end))) {
      end++;
    }
    return ddl.substring(0, at) + ddl.substring(end);
  }

  /** The next AUTO_INCREMENT value; 1 when the server does not show one. */
  static BigInteger counter(Connection c, TableName name) throws SQLException {
    String ddl = ddl(c, name);
    int at = counterAt(ddl);
    if (at < 0) {
      return BigInteger.ONE;
    }
    int end = at + COUNTER.length();
    while (end < ddl.length() && Character.isDigit(ddl.charAt(end))) {
      end++;
    }
    return new BigInteger(ddl.substring(at + COUNTER.length(), end));
  }

  private static final String COUNTER = " AUTO_INCREMENT=";

  private static int counterAt(String ddl) {
    int options = ddl.lastIndexOf("\n) ");
    return options < 0 ? -1 : ddl.indexOf(COUNTER, options);
  }

  private static String ddl(Connection c, TableName name) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW CREATE TABLE " + Sql.quote(name))) {
      rs.next();
      return rs.getString(2);
    }
  }

  private static List<Column> columns(Connection c, TableName name) throws SQLException {
    String sql =
        """
        SELECT column_name, data_type, column_type, character_set_name, collation_name,
               is_nullable, column_default, extra, character_maximum_length,
               numeric_precision, COALESCE(numeric_scale, datetime_precision),
               generation_expression
          FROM information_schema.columns
         WHERE table_schema = ? AND table_name = ?
         ORDER BY ordinal_position
        """;
    List<Column> columns = new ArrayList<>();
    try (PreparedStatement statement = prepared(c, sql, name);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        columns.add(
            new Column(
                rs.getString(1),
                Column.lower(rs.getString(2)),
                rs.getString(3),
                rs.getString(4),
                rs.getString(5),
                rs.getString(6).equals("YES"),
                rs.getString(7),
                rs.getString(8),
                rs.getLong(9),
                rs.getInt(10),
                rs.getInt(11),
                unescaped(rs.getString(12))));
      }
    }
    return columns;
  }

  /** The dictionary shows an expression as a literal's inside: quotes and backslashes escaped. */
  private static String unescaped(String expression) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      plain.append(c == '\\' && i + 1 < expression.length() ? expression.charAt(++i) : c);
    }
    return plain.toString();
  }

  private static List<Index> indexes(Connection c, TableName name) throws SQLException {
    String sql =
        """
        SELECT index_name, non_unique, column_name, index_type, is_visible, sub_part, collation
          FROM information_schema.statistics
         WHERE table_schema = ? AND table_name = ?
         ORDER BY index_name = 'PRIMARY' DESC, index_name, seq_in_index
        """;
    Map<String, Index> indexes = new LinkedHashMap<>();
    try (PreparedStatement statement = prepared(c, sql, name);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        String column = rs.getString(3);
        boolean plain =
            column != null
                && rs.getString(4).equals("BTREE")
                && rs.getString(5).equals("YES")
                && rs.getString(6) == null
                && "A".equals(rs.getString(7));
        Index part =
            new Index(
                rs.getString(1),
                rs.getInt(2) == 0,
                plain,
                column == null,
                List.of(column == null ? "" : column));
        indexes.merge(part.name(), part, TableDefinition::joined);
      }
    }
    return List.copyOf(indexes.values());
  }

  private static Index joined(Index a, Index b) {
    List<String> columns = new ArrayList<>(a.columns());
    columns.addAll(b.columns());
    return new Index(
        a.name(),
        a.unique(),
        a.plain() && b.plain(),
        a.expressions() || b.expressions(),
        List.copyOf(columns));
  }

  static PreparedStatement prepared(Connection c, String sql, TableName name) throws SQLException {
    PreparedStatement statement = c.prepareStatement(sql);
    statement.setString(1, name.schema());
    statement.setString(2, name.table());
    return statement;
  }
}
