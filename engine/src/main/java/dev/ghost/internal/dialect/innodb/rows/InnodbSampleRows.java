package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.SampleLimits;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.RowKey;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Chooses rows of the source: some that are spread over the range of its key, and for each column
 * those with the values at which conversions go wrong. Looks only where an index, or a scan of some
 * thousand rows, finds them, and no longer than a part of a second.
 */
public final class InnodbSampleRows {

  private static final int SPREAD = 1_000;

  /**
   * So many rows are taken whatever the server's estimate is, which is far off for small tables.
   */
  private static final int NOT_ESTIMATED = 10;

  private static final int RANGES = 50;

  /** Rows at each end of the key that are looked through. */
  private static final int SCANNED = 5_000;

  private final Connection c;
  private final InnodbTableDefinition source;
  private final InnodbKeySql key;
  private final String table;
  private final long bytesPerRow;
  private final SampleLimits limits;
  private final Set<RowKey> keys = new LinkedHashSet<>();

  /**
   * @param bytesPerRow as the server estimates it
   */
  public InnodbSampleRows(
      Connection c,
      InnodbTableDefinition source,
      InnodbKeySql key,
      long bytesPerRow,
      SampleLimits limits) {
    this.c = c;
    this.source = source;
    this.key = key;
    this.table =
        "%s FORCE INDEX (%s)"
            .formatted(
                key.alias().asSource(Sql.quote(source.name())), Sql.quote(key.index().name()));
    this.bytesPerRow = bytesPerRow;
    this.limits = limits;
  }

  /**
   * Chooses them.
   *
   * @param converted columns whose values the change converts; they are looked at first
   */
  public List<RowKey> choose(List<InnodbColumn> converted) throws SQLException {
    for (InnodbColumn column : converted) {
      remarkable(column);
      extremes(column);
    }
    spread();
    for (InnodbColumn column : source.columns()) {
      if (!converted.contains(column)) {
        remarkable(column);
      }
    }
    return withinBytes();
  }

  private boolean isOver() {
    int estimated = Math.max(0, keys.size() - NOT_ESTIMATED);
    return limits.reached(keys.size(), estimated * bytesPerRow);
  }

  /** Long values are few, and looked for: the average does not tell how many bytes they are. */
  private List<RowKey> withinBytes() throws SQLException {
    List<InnodbColumn> large = source.columns().stream().filter(InnodbSampleRows::isLarge).toList();
    if (large.isEmpty() || keys.isEmpty()) {
      return List.copyOf(keys);
    }
    Map<RowKey, Long> bytes = new LinkedHashMap<>();
    keys.forEach(k -> bytes.put(k, 0L));
    Fragment select =
        Fragment.of(
            "SELECT %s, %s FROM %s WHERE %s",
            Fragment.plain(key.select(Side.SOURCE)),
            Fragment.plain(
                large.stream()
                    .map(l -> "COALESCE(LENGTH(%s), 0)".formatted(key.alias().ofSource(l.name())))
                    .collect(Collectors.joining(" + "))),
            Fragment.plain(table),
            key.in(Side.SOURCE, keys));
    try (PreparedStatement statement = select.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        bytes.replace(key.read(rs), rs.getLong(key.columns().size() + 1));
      }
    }
    return SampleLimits.within(bytes);
  }

  private static boolean isLarge(InnodbColumn column) {
    return !column.generated() && (column.large() || column.is("json"));
  }

  private void spread() throws SQLException {
    if (!source.column(key.index().columns().get(0)).orElseThrow().integer()) {
      ends(SPREAD / 2);
      return;
    }
    String first = key.alias().ofSource(key.index().columns().get(0));
    BigInteger from;
    BigInteger to;
    try (var statement = c.createStatement();
        ResultSet rs =
            statement.executeQuery(
                "SELECT MIN(%1$s), MAX(%1$s) FROM %2$s".formatted(first, table))) {
      rs.next();
      BigDecimal least = rs.getBigDecimal(1);
      if (least == null) {
        return;
      }
      from = least.toBigInteger();
      to = rs.getBigDecimal(2).toBigInteger();
    }
    BigInteger width = to.subtract(from).divide(BigInteger.valueOf(RANGES)).add(BigInteger.ONE);
    for (int i = 0; i < RANGES && !isOver(); i++) {
      BigInteger start = from.add(width.multiply(BigInteger.valueOf(i)));
      add(
          "SELECT %s FROM %s WHERE %s >= %s AND %s < %s ORDER BY %s LIMIT %d"
              .formatted(
                  key.select(Side.SOURCE),
                  table,
                  first,
                  start,
                  first,
                  start.add(width),
                  key.orderBy(Side.SOURCE),
                  SPREAD / RANGES));
    }
  }

  private void ends(int rows) throws SQLException {
    for (String direction : List.of("", " DESC")) {
      if (!isOver()) {
        add(
            "SELECT %s FROM %s ORDER BY %s LIMIT %d"
                .formatted(key.select(Side.SOURCE), table, ordered(direction), rows));
      }
    }
  }

  private String ordered(String direction) {
    return keyColumns().map(k -> k + direction).collect(Collectors.joining(", "));
  }

  private Stream<String> keyColumns() {
    return key.columns().stream().map(k -> key.alias().ofSource(k.source().name()));
  }

  /** The least and the greatest where an index has them. */
  private void extremes(InnodbColumn column) throws SQLException {
    boolean indexed =
        source.indexes().stream().anyMatch(i -> i.plain() && column.named(i.columns().get(0)));
    String value = key.alias().ofSource(column.name());
    for (String direction : List.of("", " DESC")) {
      if (indexed && !isOver()) {
        add(
            "SELECT %s FROM %s WHERE %s IS NOT NULL ORDER BY %s LIMIT 1"
                .formatted(
                    key.select(Side.SOURCE),
                    key.alias().asSource(Sql.quote(source.name())),
                    value,
                    value + direction));
      }
    }
  }

  private void remarkable(InnodbColumn column) throws SQLException {
    remarkable(column, "");
    remarkable(column, " DESC");
  }

  /**
   * Of the rows at one end of the key, and for each kind of value that a column can hold: the
   * least, the greatest, and the longest.
   */
  private void remarkable(InnodbColumn column, String direction) throws SQLException {
    String value = key.alias().ofSource(column.name());
    String kind = kind(column, value);
    if (kind.isEmpty() || isOver()) {
      return;
    }
    add(
        """
        SELECT %1$s
          FROM (SELECT `candidate rows`.*,
                       ROW_NUMBER() OVER (PARTITION BY `kind of value` ORDER BY `the value`) AS `least`,
                       ROW_NUMBER() OVER (PARTITION BY `kind of value` ORDER BY `the value` DESC) AS `greatest`,
                       ROW_NUMBER() OVER (PARTITION BY `kind of value` ORDER BY `its length` DESC) AS `longest`
                  FROM (SELECT %2$s, %3$s AS `the value`, LENGTH(%9$s) AS `its length`, %4$s AS `kind of value`
                          FROM %5$s
                         ORDER BY %6$s
                         LIMIT %7$d) AS `candidate rows`) AS %8$s
         WHERE `least` = 1 OR `greatest` = 1 OR `longest` = 1
         LIMIT 40
        """
            .formatted(
                key.select(Side.SOURCE),
                keyColumns().collect(Collectors.joining(", ")),
                sorted(column, value),
                kind,
                table,
                ordered(direction),
                SCANNED,
                key.alias().source(),
                value));
  }

  /** What is sorted must not be long: the server has little memory for that. */
  private static String sorted(InnodbColumn column, String value) {
    if (column.is("json")) {
      return "0";
    }
    return column.text() || column.binary() ? "LEFT(%s, 100)".formatted(value) : value;
  }

  /** An expression that is different for values that a conversion treats differently. */
  private static String kind(InnodbColumn column, String value) {
    if (column.text()) {
      return "CASE WHEN %1$s IS NULL THEN 0 WHEN LENGTH(%1$s) = 0 THEN 1 WHEN %1$s LIKE '%% ' THEN 2 WHEN LENGTH(CONVERT(%1$s USING utf8mb4)) <> LENGTH(CONVERT(%1$s USING utf8mb3)) THEN 3 WHEN LENGTH(%1$s) > CHAR_LENGTH(%1$s) THEN 4 WHEN %1$s + 0 <> 0 THEN 5 ELSE 6 END"
          .formatted(value);
    }
    if (column.is("enum", "set") || column.is("bit", "year")) {
      return "COALESCE(%s + 0, -1)".formatted(value);
    }
    if (column.integer() || column.is("decimal", "float", "double")) {
      return "CASE WHEN %1$s IS NULL THEN -2 WHEN %1$s = FLOOR(%1$s) THEN SIGN(%1$s) ELSE 2 END"
          .formatted(value);
    }
    if (column.time()) {
      return "CASE WHEN %1$s IS NULL THEN 0 WHEN CAST(%1$s AS CHAR) LIKE '0000-00-00%%' THEN 1 WHEN CAST(%1$s AS CHAR) LIKE '%%-00%%' THEN 2 WHEN CAST(%1$s AS CHAR) LIKE '-%%' THEN 3 WHEN CAST(%1$s AS CHAR) LIKE '%%.%%[1-9]%%' THEN 4 ELSE 5 END"
          .formatted(value);
    }
    return column.binary() || column.is("json")
        ? "CASE WHEN %1$s IS NULL THEN 0 WHEN LENGTH(%1$s) = 0 THEN 1 ELSE 2 END".formatted(value)
        : "";
  }

  private void add(String sql) throws SQLException {
    try (PreparedStatement statement = c.prepareStatement(sql);
        ResultSet rs = statement.executeQuery()) {
      Collection<RowKey> found = key.readAll(rs);
      for (RowKey each : found) {
        if (!isOver()) {
          keys.add(each);
        }
      }
    }
  }
}
