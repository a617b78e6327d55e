package dev.ghost.internal.dialect.innodb.rows;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The values of some columns of a table, to the last bit, as text that is not too long.
 *
 * @param columns as the ghost has them
 */
public record InnodbSampleValues(Connection c, InnodbKeySql key, List<InnodbColumn> columns) {

  /**
   * A row of the ghost, or of a table like it.
   *
   * @param key for people
   * @param values in the order of the columns; null for NULL
   */
  public record Row(String key, List<String> values) {}

  /** All rows of a table, in the order of the key. */
  public List<Row> read(TableName table) throws SQLException {
    String select =
        "SELECT %s, %s FROM %s ORDER BY %s"
            .formatted(
                key.select(Side.GHOST),
                columns.stream().map(this::exact).collect(Collectors.joining(", ")),
                key.alias().asGhost(Sql.quote(table)),
                key.orderBy(Side.GHOST));
    List<Row> rows = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(select)) {
      while (rs.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
          values.add(rs.getString(key.columns().size() + i + 1));
        }
        rows.add(new Row(key.describe(key.read(rs)), values));
      }
    }
    return rows;
  }

  private String exact(InnodbColumn column) {
    String value = key.alias().ofGhost(column.name());
    if (column.is("enum", "set")) {
      return "CONCAT(%1$s + 0, ' ', HEX(%1$s))".formatted(value);
    }
    if (column.is("bit")) {
      return "HEX(%s + 0)".formatted(value);
    }
    if (column.is("float")) {
      return "CAST(CAST(%s AS DOUBLE) AS CHAR)".formatted(value);
    }
    if (column.is("json")) {
      return "SHA2(CAST(%s AS CHAR), 256)".formatted(value);
    }
    boolean plain = column.integer() || column.time() || column.address();
    return plain || column.is("decimal", "double", "year")
        ? "CAST(%s AS CHAR)".formatted(value)
        : "IF(LENGTH(%1$s) <= 100, HEX(%1$s), CONCAT(LEFT(HEX(%1$s), 200), SHA2(%1$s, 256)))"
            .formatted(value);
  }

  /** A value for people, out of the form in which values are compared. */
  public static String shown(InnodbColumn column, String value) {
    if (value == null) {
      return "NULL";
    }
    boolean text = column.text() || column.is("enum", "set");
    String hex = value.substring(value.lastIndexOf(' ') + 1);
    if (!text || hex.length() > 200 || hex.length() % 2 != 0) {
      return column.text() || column.binary() ? "0x" + value : value;
    }
    return Sql.literal(new String(HexFormat.of().parseHex(hex), UTF_8));
  }
}
