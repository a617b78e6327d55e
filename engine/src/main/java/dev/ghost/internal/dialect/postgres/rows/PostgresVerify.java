package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.RowDifference;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Compares source and ghost in the server: per row a 64-bit hash of the ghost's columns, per chunk
 * the XOR and the sum of these, and the count. The source's side goes through the same conversions
 * as the copy.
 *
 * <p>Chunks are what they are for the copy. Where they are ranges of {@link Pages}, the ghost's
 * rows are found by the keys of the source's; and each row in the ghost's pages of the same numbers
 * has to be in the source.
 */
public final class PostgresVerify implements VerifySql {

  private final TableNames names;
  private final List<PostgresColumnMapping> columns;
  private final PostgresKeySql key;
  private final Optional<Pages> pages;
  private final String sourceRow;
  private final String ghostRow;

  public PostgresVerify(
      TableNames names,
      List<PostgresColumnMapping> columns,
      PostgresKeySql key,
      Optional<Pages> pages) {
    this.names = names;
    this.columns = List.copyOf(columns);
    this.key = key;
    // A row in the ghost's pages has to be looked for in the source, which takes an index.
    this.pages = pages.filter(p -> key.sameTypes());
    this.sourceRow = row(columns, PostgresColumnMapping::value);
    this.ghostRow = row(columns, PostgresVerify::stored);
  }

  private static String stored(PostgresColumnMapping column) {
    return "g." + Sql.quote(column.ghost().name());
  }

  /**
   * Equal hashes must mean the same values, not just equal ones: 1.0 is not 1.00. Types that do not
   * promise that are hashed as text, which takes some three times as long.
   */
  private static String row(
      List<PostgresColumnMapping> columns, Function<PostgresColumnMapping, String> value) {
    List<String> hashed = new ArrayList<>();
    List<String> written = new ArrayList<>();
    for (PostgresColumnMapping column : columns) {
      if (!column.ghost().hashedExactly()) {
        written.add(value.apply(column));
      } else if (column.ghost().collation().isEmpty()) {
        hashed.add(value.apply(column));
      } else {
        hashed.add(bytewise(value.apply(column)));
      }
    }
    if (!written.isEmpty()) {
      hashed.add(bytewise("ROW(%s)::text".formatted(String.join(", ", written))));
    }
    return "hash_record_extended(ROW(%s), 0)".formatted(String.join(", ", hashed));
  }

  private static String bytewise(String text) {
    return "(%s) COLLATE \"C\"".formatted(text);
  }

  @Override
  public Optional<RowKey> boundary(Connection c, KeyRange within, long rows) throws SQLException {
    return pages.isPresent()
        ? pages.get().boundary(c, within, rows)
        : key.boundary(c, sourceTable(), within, rows);
  }

  /** True when a range of the key is a chunk, and holds the same rows on both sides. */
  private boolean sameOrder() {
    return pages.isEmpty() && key.sameOrder();
  }

  private Fragment where(Side side, RowSelection rows) {
    return pages.isPresent() && rows instanceof KeyRange range
        ? pages.get().where(side, range)
        : key.where(side, rows);
  }

  /** The session's isolation level does it: the first read of a transaction takes the snapshot. */
  @Override
  public void openSnapshot(Connection c, RowSelection rows) throws SQLException {
    Sql.execute(c, "SET TRANSACTION READ ONLY");
  }

  /** Each statement reads what is there, and nobody else writes. */
  @Override
  public void openLocked(Connection c, RowSelection rows) {}

  private record Digest(long rows, String xor, String sum) {}

  @Override
  public Comparison compare(Connection c, KeyRange range) throws SQLException {
    Digest source = digest(c, sourceRow, sourceTable(), where(Side.SOURCE, range));
    Digest ghost =
        sameOrder()
            ? digest(c, ghostRow, ghostTable(), key.where(Side.GHOST, range))
            : digest(c, ghostRow, partners(range), Fragment.plain("TRUE"));
    boolean stray = pages.isPresent() && !strays(c, range, 1).isEmpty();
    return new Comparison(source.rows, source.equals(ghost) && !stray);
  }

  /** The ghost's rows that have the keys of the source's. */
  private Fragment partners(KeyRange range) {
    return Fragment.of(
        "%s JOIN %s ON %s",
        inKeyOrder(Side.SOURCE, where(Side.SOURCE, range)),
        Fragment.plain(ghostTable()),
        Fragment.plain(key.join()));
  }

  /**
   * Keys of a chunk whose partners are looked up. In this order the lookups go through the other
   * table's index once; in the order of the pages they go all over it, again and again.
   */
  private Fragment inKeyOrder(Side side, Fragment where) {
    Fragment keys = Fragment.plain(key.names(side));
    return Fragment.of(
        "(SELECT %s FROM %s WHERE %s ORDER BY %s OFFSET 0) AS %s",
        keys,
        Fragment.plain(side == Side.SOURCE ? sourceTable() : ghostTable()),
        where,
        keys,
        Fragment.plain(side == Side.SOURCE ? "s" : "g"));
  }

  /** Without the OFFSET, each row would be hashed once for each aggregate. */
  private static Digest digest(Connection c, String row, String from, Fragment where)
      throws SQLException {
    return digest(c, row, Fragment.plain(from), where);
  }

  private static Digest digest(Connection c, String row, Fragment from, Fragment where)
      throws SQLException {
    Fragment select =
        Fragment.of(
            """
            SELECT count(*), bit_xor(hash)::text, sum(hash)::text
              FROM (SELECT %s AS hash FROM %s WHERE %s OFFSET 0) AS rows_of_chunk
            """,
            Fragment.plain(row), from, where);
    try (PreparedStatement statement = select.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      return new Digest(rs.getLong(1), rs.getString(2), rs.getString(3));
    }
  }

  @Override
  public List<RowKey> differing(Connection c, RowSelection rows, int limit) throws SQLException {
    Set<RowKey> keys =
        new LinkedHashSet<>(
            key.read(
                c,
                Fragment.of(
                    """
                    SELECT %s
                      FROM %s
                      LEFT JOIN %s ON %s
                     WHERE %s AND (g.%s IS NULL OR s."hash of row" <> %s)
                     LIMIT %s
                    """,
                    Fragment.plain(key.select(Side.SOURCE)),
                    Fragment.plain(hashedSource()),
                    Fragment.plain(ghostTable()),
                    Fragment.plain(key.join()),
                    where(Side.SOURCE, rows),
                    Fragment.plain(Sql.quote(key.columns().get(0).ghost().name())),
                    Fragment.plain(ghostRow),
                    Fragment.plain(Integer.toString(limit)))));
    if (pages.isPresent() || key.sameOrder() || !(rows instanceof KeyRange)) {
      keys.addAll(strays(c, rows, limit));
    }
    return List.copyOf(keys);
  }

  @Override
  public List<RowKey> strays(Connection c, int limit) throws SQLException {
    return pages.isPresent() || key.sameOrder()
        ? List.of()
        : hashed(c, Fragment.plain("TRUE"), Fragment.plain("TRUE"), limit);
  }

  private List<RowKey> strays(Connection c, RowSelection rows, int limit) throws SQLException {
    Fragment ghost = where(Side.GHOST, rows);
    if (pages.isPresent() && rows instanceof KeyRange) {
      return strays(
          c, inKeyOrder(Side.GHOST, ghost), Fragment.plain("TRUE"), Fragment.plain("TRUE"), limit);
    }
    Fragment source = key.where(Side.SOURCE, rows);
    return key.sameTypes() || rows instanceof KeyList
        ? strays(c, ghost, source, limit)
        : hashed(c, ghost, source, limit);
  }

  /** Where no index of the source has its key in the ghost's type. */
  private List<RowKey> hashed(Connection c, Fragment ghost, Fragment source, int limit)
      throws SQLException {
    Sql.execute(c, List.of("SET LOCAL enable_hashjoin = on", "SET LOCAL enable_nestloop = off"));
    List<RowKey> found = strays(c, ghost, source, limit);
    Sql.execute(c, List.of("SET LOCAL enable_hashjoin = off", "SET LOCAL enable_nestloop = on"));
    return found;
  }

  /** Rows of the ghost without a partner among some of the source. */
  private List<RowKey> strays(Connection c, Fragment ghost, Fragment source, int limit)
      throws SQLException {
    return strays(c, Fragment.plain(ghostTable()), ghost, source, limit);
  }

  private List<RowKey> strays(
      Connection c, Fragment from, Fragment ghost, Fragment source, int limit) throws SQLException {
    return key.read(
        c,
        Fragment.of(
            """
            SELECT %s
              FROM %s
             WHERE %s AND NOT EXISTS (SELECT 1 FROM %s WHERE %s AND %s)
             LIMIT %s
            """,
            Fragment.plain(key.select(Side.GHOST)),
            from,
            ghost,
            Fragment.plain(sourceTable()),
            Fragment.plain(key.join()),
            source,
            Fragment.plain(Integer.toString(limit))));
  }

  @Override
  public RowDifference describeDifference(Connection c, RowKey row) throws SQLException {
    KeyList one = new KeyList(List.of(row));
    List<String> source = values(c, PostgresColumnMapping::value, sourceTable(), Side.SOURCE, one);
    List<String> ghost = values(c, PostgresVerify::stored, ghostTable(), Side.GHOST, one);
    return RowDifference.of(
        columns.stream().map(PostgresColumnMapping::compared).toList(), source, ghost);
  }

  /** For each column a hash and what is shown of its value; none when there is no such row. */
  private List<String> values(
      Connection c,
      Function<PostgresColumnMapping, String> value,
      String from,
      Side side,
      KeyList row)
      throws SQLException {
    String select =
        columns.stream()
            .map(value)
            .map(
                v ->
                    "hashtextextended(%s, 0)::text, left((%s)::text, %d)"
                        .formatted(
                            bytewise("ROW(%s)::text".formatted(v)), v, RowDifference.SHOWN + 1))
            .collect(Collectors.joining(", "));
    return Fragment.of(
            "SELECT %s FROM %s WHERE %s",
            Fragment.plain(select), Fragment.plain(from), key.where(side, row))
        .row(c);
  }

  private String sourceTable() {
    return Sql.quote(names.source()) + " AS s";
  }

  /** An expression of the change names columns of the source, and here no others are in sight. */
  private String hashedSource() {
    return "(SELECT s.ctid, s.*, %s AS \"hash of row\" FROM %s) AS s"
        .formatted(sourceRow, sourceTable());
  }

  private String ghostTable() {
    return Sql.quote(names.ghost()) + " AS g";
  }
}
