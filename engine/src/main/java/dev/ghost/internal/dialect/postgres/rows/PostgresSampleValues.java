package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The values of some columns of a table, to the last bit: by the form in which the server sends
 * them, where the type has one, else by their text. What is long is told by a hash.
 *
 * @param columns as the ghost has them
 */
public record PostgresSampleValues(Connection c, PostgresKeySql key, List<PostgresColumn> columns) {

  private static final int SHOWN = 60;

  /**
   * A row of the ghost, or of a table like it.
   *
   * @param values in the order of the columns; null for NULL
   */
  public record Row(RowKey key, List<@Nullable String> values) {}

  /** All rows of a table, in the order of the key. */
  public List<Row> read(TableName table) throws SQLException {
    PostgresTableDefinition.qualify(c);
    Map<String, String> sent = sent(table);
    String values =
        columns.stream()
            .map(column -> ", " + exact(sent(sent, table, column)))
            .collect(Collectors.joining());
    String sql =
        "SELECT %s%s FROM %s AS g ORDER BY %s"
            .formatted(key.select(Side.GHOST), values, Sql.quote(table), key.names(Side.GHOST));
    List<Row> rows = new ArrayList<>();
    int parts = key.columns().size();
    try (var statement = c.prepareStatement(sql);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
          row.add(rs.getString(parts + i + 1));
        }
        rows.add(new Row(key.read(rs), row));
      }
    }
    return rows;
  }

  private static String sent(Map<String, String> sent, TableName table, PostgresColumn column) {
    return Optional.ofNullable(sent.get(column.name()))
        .orElseThrow(
            () -> new IllegalStateException("%s has no %s".formatted(table, column.name())));
  }

  private static String exact(String sent) {
    return """
    (SELECT CASE WHEN octet_length(v) <= 100 THEN encode(v, 'hex')
                 ELSE octet_length(v) || ' bytes ' || encode(sha256(v), 'hex') END
       FROM (SELECT %s OFFSET 0) AS x (v))
    """
        .formatted(sent);
  }

  /** The expressions, by column, that give the bytes of a value of {@code g}. */
  private Map<String, String> sent(TableName table) throws SQLException {
    Map<String, String> sent = new HashMap<>();
    try (var statement = Sql.prepared(c, SENT, Sql.quote(table));
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        sent.put(rs.getString(1), rs.getString(2));
      }
    }
    return sent;
  }

  /** A domain has the functions of its base; what is in a composite may have none. */
  private static final String SENT =
      """
      SELECT a.attname,
             CASE WHEN p.oid IS NOT NULL
                       AND (b.typtype = 'e'
                            OR (b.typtype = 'b' AND (e.oid IS NULL OR (e.typtype = 'b' AND e.typsend::oid <> 0))))
                  THEN format('%I.%I(CAST(g.%I AS %s))', n.nspname, p.proname, a.attname, format_type(b.oid, -1))
                  ELSE format('textsend(CAST(g.%I AS text))', a.attname) END
        FROM pg_attribute AS a
        JOIN pg_type AS t ON t.oid = a.atttypid
        JOIN pg_type AS b ON b.oid = CASE t.typtype WHEN 'd' THEN
      """
          + PostgresTableDefinition.BASE_TYPE
          + """
                 ELSE t.oid END
            LEFT JOIN pg_type AS e ON e.oid = b.typelem AND b.typsend = 'array_send'::regproc
            LEFT JOIN pg_proc AS p ON p.oid = b.typsend
            LEFT JOIN pg_namespace AS n ON n.oid = p.pronamespace
           WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped
          """;

  /** The beginning of a value, for people. */
  public String shown(TableName table, RowKey row, PostgresColumn column) throws SQLException {
    Fragment select =
        Fragment.of(
            "SELECT quote_nullable(left(CAST(g.%s AS text), %s)) FROM %s AS g WHERE %s",
            Fragment.plain(Sql.quote(column.name())),
            Fragment.plain(Integer.toString(SHOWN)),
            Fragment.plain(Sql.quote(table)),
            key.in(Side.GHOST, List.of(row)));
    try (var statement = select.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      return rs.next() ? rs.getString(1) : "missing";
    }
  }

  /** The number of the first row in which a column has another value. */
  public static Optional<Integer> firstOther(List<Row> theirs, List<Row> mine, int column) {
    for (int i = 0; i < theirs.size(); i++) {
      if (!Objects.equals(theirs.get(i).values().get(column), mine.get(i).values().get(column))) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }
}
