package dev.ghost.dialect.innodb;

import dev.ghost.api.StoppedException;
import dev.ghost.dialect.VerifySql;
import dev.ghost.dialect.innodb.KeySql.Side;
import dev.ghost.plan.KeyRange;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.Rows;
import dev.ghost.plan.TableNames;
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
import java.util.stream.Collectors;

/**
 * Compares source and ghost in the server: per row a digest of the ghost's columns, per chunk the
 * XOR of these and the count. The source's side goes through the same conversions as the copy.
 */
final class InnodbVerify implements VerifySql {

  private static final int TOO_LONG = 1301;

  private final Product product;
  private final TableNames names;
  private final KeySql key;
  private final String sourceRow;
  private final String ghostRow;

  InnodbVerify(Product product, TableNames names, List<ColumnMapping> columns, KeySql key) {
    this.product = product;
    this.names = names;
    this.key = key;
    RowText ofSource = new RowText();
    RowText ofGhost = new RowText();
    for (ColumnMapping m : columns) {
      Optional<String> converted = m.conversion().flatMap(v -> v.apply(m.expression()));
      if (converted.isPresent()) {
        boolean neverNull = !m.computed() && m.conversion().get().neverNull();
        ofSource.add(m.ghost(), converted.get(), neverNull);
        ofGhost.add(m.ghost(), key.alias().ofGhost(m.ghost().name()), neverNull);
      }
    }
    this.sourceRow = product.digest(ofSource.sql());
    this.ghostRow = product.digest(ofGhost.sql());
  }

  /** The values of a row in one string that no other row has: texts come after their length. */
  private static final class RowText {
    private final List<String> values = new ArrayList<>();
    private final List<String> nulls = new ArrayList<>();

    void add(Column type, String value, boolean neverNull) {
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
  public void openSnapshot(Connection c) throws SQLException {
    Control.execute(c, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  }

  private record Digest(long rows, String checksum) {}

  @Override
  public Comparison compare(Connection c, KeyRange range) throws SQLException {
    Fragment where = key.where(Side.SOURCE, range);
    Digest source = digest(c, sourceRow, sourceTable(), where);
    Digest ghost =
        key.sameOrder()
            ? digest(c, ghostRow, ghostTable(), key.where(Side.GHOST, range))
            : digest(
                c,
                ghostRow,
                "%s STRAIGHT_JOIN %s ON %s".formatted(sourceTable(), ghostTable(), key.join()),
                where);
    return new Comparison(source.rows, source.equals(ghost));
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
      ServerFacts.checkPacket(rs.getLong(3));
      Digest digest = new Digest(rs.getLong(1), rs.getString(2));
      checkNothingTooLong(statement);
      return digest;
    }
  }

  /**
   * A value that is too long for a string of the server's becomes an empty one, or NULL, and the
   * server only warns. It will be found to differ; this is why.
   */
  private void checkNothingTooLong(Statement statement) throws SQLException {
    for (SQLWarning w = statement.getWarnings(); w != null; w = w.getNextWarning()) {
      if (w.getErrorCode() == TOO_LONG) {
        throw new StoppedException(
            "%s has a value that is too long for the server to compare: %s"
                .formatted(names.source(), w.getMessage()),
            "SET GLOBAL max_allowed_packet = %d; then run the command again, and it goes on."
                .formatted(ServerFacts.MOST_PACKET));
      }
    }
  }

  @Override
  public List<RowKey> differing(Connection c, Rows rows, int limit) throws SQLException {
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
                    Fragment.plain(key.select(Side.SOURCE)),
                    Fragment.plain(
                        key.columns().stream()
                            .map(k -> key.alias().ofSource(k.source().name()))
                            .collect(Collectors.joining(", "))),
                    Fragment.plain(sourceRow),
                    Fragment.plain(sourceTable()),
                    key.where(Side.SOURCE, rows),
                    Fragment.plain(key.alias().source()),
                    Fragment.plain(ghostTable()),
                    Fragment.plain(key.join()),
                    Fragment.plain(key.alias().ofGhost(key.columns().get(0).ghost().name())),
                    Fragment.plain(key.alias().ofSource("digest of row")),
                    Fragment.plain(ghostRow),
                    Fragment.plain(Integer.toString(limit)))));
    if (key.sameOrder() || !(rows instanceof KeyRange)) {
      keys.addAll(strays(c, key.where(Side.GHOST, rows), limit));
    }
    return List.copyOf(keys);
  }

  @Override
  public List<RowKey> strays(Connection c, int limit) throws SQLException {
    return key.sameOrder() ? List.of() : strays(c, Fragment.plain("TRUE"), limit);
  }

  private List<RowKey> strays(Connection c, Fragment where, int limit) throws SQLException {
    return keys(
        c,
        Fragment.of(
            """
            SELECT %s
              FROM %s
             WHERE (%s) AND NOT EXISTS (SELECT 1 FROM %s WHERE %s)
             LIMIT %s
            """,
            Fragment.plain(key.select(Side.GHOST)),
            Fragment.plain(ghostTable()),
            where,
            Fragment.plain(key.alias().asSource(Sql.quote(names.source()))),
            Fragment.plain(key.join()),
            Fragment.plain(Integer.toString(limit))));
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
