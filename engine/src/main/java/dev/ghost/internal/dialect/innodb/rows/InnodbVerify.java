package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.internal.dialect.RowDifference;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Compares source and ghost in the server: per row a digest of the ghost's columns, per chunk the
 * XOR of these and the count. The source's side has the values that the copy should have stored.
 */
public final class InnodbVerify implements VerifySql {

  private static final int TOO_LONG = 1301;

  private final ProductSql product;
  private final TableNames names;
  private final InnodbKeySql key;
  private final SourceSide source;
  private final String sourceRow;
  private final String ghostRow;
  private final List<Compared> compared;

  public InnodbVerify(
      ProductSql product,
      TableNames names,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> columns,
      InnodbRows rows,
      InnodbKeySql key) {
    this.product = product;
    this.names = names;
    this.key = key;
    List<InnodbColumnMapping> mapped =
        columns.stream().filter(m -> m.source().isPresent()).toList();
    this.source = SourceSide.of(sourceTable(), ghost, columns, mapped, rows, key);
    this.compared =
        mapped.stream()
            .map(m -> new Compared(m, source.value(m), key.alias().ofGhost(m.ghost().name())))
            .toList();
    RowText ofSource = new RowText();
    RowText ofGhost = new RowText();
    for (Compared each : compared) {
      ofSource.add(each.mapping.ghost(), each.converted, each.mapping.neverNull());
      ofGhost.add(each.mapping.ghost(), each.stored, each.mapping.neverNull());
    }
    this.sourceRow = product.digest(ofSource.sql());
    this.ghostRow = product.digest(ofGhost.sql());
  }

  /**
   * A column that is compared.
   *
   * @param converted the source's value in the ghost's type
   * @param stored the ghost's value
   */
  private record Compared(InnodbColumnMapping mapping, String converted, String stored) {

    /** What two values have in common when they are equal, and what people are shown of one. */
    String select(String value) {
      return "SHA2(CONCAT_WS('#', %s), 256), %s"
          .formatted(
              String.join(", ", Conversion.digestible(mapping.ghost(), value)),
              Conversion.shown(mapping.ghost(), value, RowDifference.SHOWN + 1));
    }
  }

  /** The values of a row in one string that no other row has: texts come after their length. */
  private static final class RowText {
    private final List<String> values = new ArrayList<>();
    private final List<String> nulls = new ArrayList<>();

    void add(InnodbColumn type, String value, boolean neverNull) {
      for (String part : Conversion.digestible(type, value)) {
        values.add(neverNull ? part : "COALESCE(%s, '')".formatted(part));
      }
      if (!neverNull) {
        nulls.add("ISNULL(%s)".formatted(value));
      }
    }

    String sql() {
      String flags = nulls.isEmpty() ? "''" : "CONCAT(%s)".formatted(String.join(", ", nulls));
      return "CONCAT_WS('#', %s, %s)".formatted(String.join(", ", values), flags);
    }
  }

  @Override
  public Optional<RowKey> boundary(Connection c, KeyRange within, long rows) throws SQLException {
    return key.boundary(c, sourceTable(), within, rows);
  }

  @Override
  public void openSnapshot(Connection c, RowSelection rows) throws SQLException {
    source.take(c, rows);
    Sql.execute(c, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  }

  @Override
  public void openLocked(Connection c, RowSelection rows) throws SQLException {
    source.take(c, rows);
  }

  private record Digest(long rows, String checksum) {}

  @Override
  public Comparison compare(Connection c, KeyRange range) throws SQLException {
    Fragment where = source.where(range);
    Digest wanted = digest(c, sourceRow, source.table(), where);
    Digest ghost =
        key.sameOrder()
            ? digest(c, ghostRow, ghostTable(), key.where(Side.GHOST, range))
            : digest(
                c,
                ghostRow,
                "%s STRAIGHT_JOIN %s ON %s".formatted(source.table(), ghostTable(), source.join()),
                where);
    return new Comparison(wanted.rows, wanted.equals(ghost));
  }

  private Digest digest(Connection c, String row, String from, Fragment where) throws SQLException {
    Fragment select =
        Fragment.of(
            """
            SELECT COUNT(*), %s, @@max_allowed_packet
              FROM %s
             WHERE %s
            """,
            Fragment.plain(product.checksum(row)), Fragment.plain(from), where);
    try (PreparedStatement statement = select.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      checkPacket(rs.getLong(3));
      Digest digest = new Digest(rs.getLong(1), rs.getString(2));
      checkNothingTooLong(statement);
      return digest;
    }
  }

  /** It was enough when the run began. */
  private static void checkPacket(long bytes) {
    if (bytes < InnodbServerFacts.LEAST_PACKET) {
      throw new InterferenceException(
          "max_allowed_packet was changed to %d during the run; comparing rows needs %d."
              .formatted(bytes, InnodbServerFacts.LEAST_PACKET),
          "SET GLOBAL max_allowed_packet = %d; then run the same command again: it continues."
              .formatted(InnodbServerFacts.MOST_PACKET),
          null,
          true);
    }
  }

  /**
   * A value that is too long for a string of the server's becomes an empty one, or NULL, and the
   * server only warns. It will be found to differ; this is why.
   */
  private void checkNothingTooLong(Statement statement) throws SQLException {
    for (SQLWarning w = statement.getWarnings(); w != null; w = w.getNextWarning()) {
      if (w.getErrorCode() == TOO_LONG) {
        throw new RowRejectedException(
            "%s has a value that is too long for the server to compare: %s"
                .formatted(names.source(), w.getMessage()),
            "SET GLOBAL max_allowed_packet = %d; then run the command again, and it continues."
                .formatted(InnodbServerFacts.MOST_PACKET),
            null,
            true);
      }
    }
  }

  @Override
  public List<RowKey> differing(Connection c, RowSelection rows, int limit) throws SQLException {
    Set<RowKey> keys =
        new LinkedHashSet<>(
            keys(
                c,
                Fragment.of(
                    """
                    SELECT %s
                      FROM (SELECT %s, %s AS `digest of row` FROM %s WHERE %s) AS %s
                      LEFT JOIN %s ON %s
                     WHERE %s IS NULL OR NOT (%s <=> %s)
                     LIMIT %s
                    """,
                    Fragment.plain(source.keys()),
                    Fragment.plain(String.join(", ", source.keyColumns())),
                    Fragment.plain(sourceRow),
                    Fragment.plain(source.table()),
                    source.where(rows),
                    Fragment.plain(key.alias().source()),
                    Fragment.plain(ghostTable()),
                    Fragment.plain(source.join()),
                    Fragment.plain(key.alias().ofGhost(key.columns().get(0).ghost().name())),
                    Fragment.plain(key.alias().ofSource("digest of row")),
                    Fragment.plain(ghostRow),
                    Fragment.plain(Integer.toString(limit)))));
    if (key.sameOrder() || !(rows instanceof KeyRange)) {
      String partner =
          "SELECT 1 FROM %s WHERE %s".formatted(source.table(), source.joinFromGhost());
      keys.addAll(strays(c, key.where(Side.GHOST, rows), partner, limit));
    }
    return List.copyOf(keys);
  }

  @Override
  public List<RowKey> strays(Connection c, int limit) throws SQLException {
    String partner =
        "SELECT 1 FROM %s WHERE %s"
            .formatted(key.alias().asSource(Sql.quote(names.source())), key.joinFromGhost());
    return key.sameOrder() ? List.of() : strays(c, Fragment.plain("TRUE"), partner, limit);
  }

  private List<RowKey> strays(Connection c, Fragment where, String partner, int limit)
      throws SQLException {
    return keys(
        c,
        Fragment.of(
            """
            SELECT %s
              FROM %s
             WHERE (%s) AND NOT EXISTS (%s)
             LIMIT %s
            """,
            Fragment.plain(key.select(Side.GHOST)),
            Fragment.plain(ghostTable()),
            where,
            Fragment.plain(partner),
            Fragment.plain(Integer.toString(limit))));
  }

  @Override
  public RowDifference describeDifference(Connection c, RowKey key) throws SQLException {
    KeyList row = new KeyList(List.of(key));
    source.take(c, row);
    List<String> wanted = values(c, Compared::converted, source.table(), source.where(row));
    List<String> ghost = values(c, Compared::stored, ghostTable(), this.key.where(Side.GHOST, row));
    return RowDifference.of(
        compared.stream().map(v -> v.mapping.compared()).toList(), wanted, ghost);
  }

  /** Two for each column that is compared; none when there is no such row. */
  private List<String> values(
      Connection c, Function<Compared, String> value, String from, Fragment where)
      throws SQLException {
    return Fragment.of(
            "SELECT %s FROM %s WHERE %s",
            Fragment.plain(
                compared.stream()
                    .map(v -> v.select(value.apply(v)))
                    .collect(Collectors.joining(", "))),
            Fragment.plain(from),
            where)
        .row(c);
  }

  private List<RowKey> keys(Connection c, Fragment select) throws SQLException {
    try (PreparedStatement statement = select.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      List<RowKey> keys = key.readAll(rs);
      checkNothingTooLong(statement);
      return keys;
    }
  }

  private String sourceTable() {
    return "%s FORCE INDEX (%s)"
        .formatted(key.alias().asSource(Sql.quote(names.source())), Sql.quote(key.index().name()));
  }

  private String ghostTable() {
    return key.alias().asGhost(Sql.quote(names.ghost()));
  }
}
