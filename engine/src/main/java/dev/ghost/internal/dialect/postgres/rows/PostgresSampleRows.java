package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.SampleLimits;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresIndex;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Chooses rows of the source: some of pages all over it, and for each column those with the values
 * at which conversions go wrong. Looks only where an index finds them, or on so many pages, and no
 * longer than a part of a second.
 */
public final class PostgresSampleRows {

  private static final int SPREAD = 1_000;

  /** Pages that are looked through for a part of the sample. */
  private static final int PAGES = 100;

  /** As many rows as can be on these pages. */
  private static final int ON_PAGES = 30_000;

  /** Rows that are looked through for remarkable values of one column. */
  private static final int SCANNED = 10_000;

  /** As they are stored, which is less than they are. */
  private static final long SCANNED_BYTES = 8 << 20;

  /** Types whose least and greatest values are not those of their text. */
  private static final Set<String> SORTED =
      Set.of(
          "int2",
          "int4",
          "int8",
          "float4",
          "float8",
          "numeric",
          "money",
          "date",
          "timestamp",
          "timestamptz",
          "time",
          "timetz",
          "interval",
          "oid");

  private final Connection c;
  private final PostgresTableDefinition source;
  private final PostgresKeySql key;
  private final SampleLimits limits;
  private final Set<RowKey> keys = new LinkedHashSet<>();

  /** Those that were looked for by their values, whether they were among the others or not. */
  private final Set<RowKey> remarkable = new LinkedHashSet<>();

  private long bytes;

  public PostgresSampleRows(
      Connection c, PostgresTableDefinition source, PostgresKeySql key, SampleLimits limits) {
    this.c = c;
    this.source = source;
    this.key = key;
    this.limits = limits;
  }

  /**
   * A part of a table that is looked at.
   *
   * @param from the rows of some of its pages, as {@code s}
   * @param unicode true where characters of four bytes can be asked for
   */
  private record Excerpt(String from, boolean unicode) {}

  /**
   * Chooses them, and returns those with remarkable values first.
   *
   * @param converted columns whose values the change converts; they are looked at first
   */
  public List<RowKey> choose(List<PostgresColumn> converted) throws SQLException {
    Excerpt excerpt = excerpt();
    spread(excerpt);
    // What lies on the pages was not looked for by its values.
    remarkable.clear();
    List<PostgresColumn> columns = new ArrayList<>(converted);
    source.columns().stream().filter(s -> !converted.contains(s)).forEach(columns::add);
    for (PostgresColumn column : columns) {
      extremes(column);
      remarkable(excerpt, column);
    }
    Set<RowKey> chosen = new LinkedHashSet<>(remarkable);
    chosen.addAll(keys);
    return List.copyOf(chosen);
  }

  private boolean isOver() {
    return limits.reached(keys.size(), bytes);
  }

  /** Pages are chosen by chance, the same ones each time. */
  private Excerpt excerpt() throws SQLException {
    String sql =
        """
        SELECT pg_relation_size(r.oid) / current_setting('block_size')::bigint, a.amname = 'heap', getdatabaseencoding() = 'UTF8'
          FROM pg_class AS r JOIN pg_am AS a ON a.oid = r.relam
         WHERE r.oid = ?
        """;
    try (PreparedStatement statement = Sql.prepared(c, sql, source.oid());
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      long pages = rs.getLong(1);
      String table = Sql.quote(source.name()) + " AS s";
      boolean some = rs.getBoolean(2) && pages > PAGES;
      return new Excerpt(
          some
              ? "%s TABLESAMPLE SYSTEM (%s) REPEATABLE (1)".formatted(table, 100.0 * PAGES / pages)
              : table,
          rs.getBoolean(3));
    }
  }

  /** As many rows of each page, or all that there are. */
  private void spread(Excerpt excerpt) throws SQLException {
    add(
        """
        SELECT %s, s."size of row"
          FROM (SELECT r.*, row_number() OVER (PARTITION BY r."number of page") AS "number in page"
                  FROM (SELECT %s, (s.ctid::text::point)[0] AS "number of page", %s AS "size of row" FROM %s LIMIT %d) AS r) AS s
         ORDER BY s."number in page"
         LIMIT %d
        """
            .formatted(
                key.select(Side.SOURCE),
                key.names(Side.SOURCE),
                size(),
                excerpt.from(),
                ON_PAGES,
                SPREAD),
        SampleLimits.BYTES / 2);
  }

  /** What a row takes as it is stored. */
  private String size() {
    return source.columns().stream()
        .filter(s -> !s.generated())
        .map(s -> "COALESCE(pg_column_size(s.%s), 0)".formatted(Sql.quote(s.name())))
        .collect(Collectors.joining(" + ", "(", ")"));
  }

  /** The least, the greatest, and none, where an index has them in this order. */
  private void extremes(PostgresColumn column) throws SQLException {
    if (source.indexes().stream().noneMatch(i -> orders(i, column))) {
      return;
    }
    String value = "s." + Sql.quote(column.name());
    String select =
        "SELECT %s, %s FROM %s AS s WHERE %s"
            .formatted(key.select(Side.SOURCE), size(), Sql.quote(source.name()), value);
    add(select + " IS NOT NULL ORDER BY " + value + " LIMIT 1", SampleLimits.BYTES);
    add(select + " IS NOT NULL ORDER BY " + value + " DESC LIMIT 1", SampleLimits.BYTES);
    if (!column.notNull()) {
      add(select + " IS NULL LIMIT 1", SampleLimits.BYTES);
    }
  }

  /** True for a B-tree over all rows that begins with a column as it sorts by itself. */
  private static boolean orders(PostgresIndex index, PostgresColumn column) {
    String begin = " USING btree (" + index.parts().get(0);
    return index.predicate().isEmpty()
        && index.columns().get(0).equals(column.name())
        && (index.definition().contains(begin + ")") || index.definition().contains(begin + ","));
  }

  /**
   * Of some rows, and for each kind of value that a column can hold: the least, the greatest, and
   * the longest.
   */
  private void remarkable(Excerpt excerpt, PostgresColumn column) throws SQLException {
    long rows = Math.max(100, SCANNED_BYTES / Math.max(1, bytes / Math.max(1, keys.size())));
    add(
        """
        SELECT %s, s."size of row"
          FROM (SELECT r.*,
                       row_number() OVER (PARTITION BY r."kind of value" ORDER BY %s) AS "least",
                       row_number() OVER (PARTITION BY r."kind of value" ORDER BY %s DESC) AS "greatest",
                       row_number() OVER (PARTITION BY r."kind of value" ORDER BY octet_length(r."the text") DESC) AS "longest"
                  FROM (SELECT v.*, %s AS "kind of value"
                          FROM (SELECT %s, s.%s AS "the value", CAST(s.%s AS text) COLLATE "C" AS "the text", %s AS "size of row"
                                  FROM %s
                                 LIMIT %d) AS v) AS r) AS s
         WHERE s."least" = 1 OR s."greatest" = 1 OR s."longest" = 1
         LIMIT 60
        """
            .formatted(
                key.select(Side.SOURCE),
                sorted(column),
                sorted(column),
                kind(column, excerpt.unicode()),
                key.names(Side.SOURCE),
                Sql.quote(column.name()),
                Sql.quote(column.name()),
                size(),
                excerpt.from(),
                Math.min(SCANNED, rows)),
        SampleLimits.BYTES);
  }

  private static String sorted(PostgresColumn column) {
    return SORTED.contains(column.base()) ? "r.\"the value\"" : "r.\"the text\"";
  }

  /** An expression that is different for values that a conversion treats differently. */
  private static String kind(PostgresColumn column, boolean unicode) {
    if (column.kind().equals("e") || column.base().equals("bool")) {
      return "COALESCE(v.\"the text\", 'none')";
    }
    String fourBytes =
        unicode
            ? "WHEN t ~ %s THEN 'four bytes'".formatted(Sql.literal("[\\U00010000-\\U0010ffff]"))
            : "";
    return """
    (SELECT CASE WHEN t IS NULL THEN 'none'
                 WHEN t IN ('', '0', '-0', 'NaN', 'Infinity', '-Infinity', 'infinity', '-infinity', '{}', '[]', 'null', 'empty')
                 THEN t
                 WHEN t LIKE '%% ' THEN 'a blank at the end'
                 WHEN t LIKE ' %%' THEN 'a blank before'
                 %s
                 WHEN octet_length(t) > char_length(t) THEN 'not in ASCII'
                 WHEN t LIKE '%% BC' THEN 'before Christ'
                 WHEN t LIKE '-%%' THEN 'negative'
                 WHEN t ~ '^[0-9]+$' THEN 'digits'
                 WHEN t LIKE '{%%NULL%%' THEN 'none within'
                 WHEN t LIKE '%%.%%' THEN 'with a point'
                 ELSE 'other' END
       FROM (SELECT v."the text") AS x (t))
    """
        .formatted(fourBytes);
  }

  /**
   * Adds the rows of a statement, which selects keys and sizes, unless the looking is over.
   *
   * @param most bytes of all rows, where no more are added
   */
  private void add(String sql, long most) throws SQLException {
    if (isOver()) {
      return;
    }
    try (PreparedStatement statement = c.prepareStatement(sql);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next() && keys.size() < SampleLimits.ROWS && bytes < most) {
        RowKey found = key.read(rs);
        remarkable.add(found);
        if (keys.add(found)) {
          bytes += rs.getLong(key.columns().size() + 1);
        }
      }
    }
  }
}
