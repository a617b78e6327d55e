package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.RowStatements;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Brings rows of the source into the ghost. At READ COMMITTED none of them locks a row of the
 * source.
 */
public final class InnodbRows extends RowStatements<Side> {

  private final ProductSql product;
  private final TableNames names;
  private final List<InnodbColumnMapping> columns;
  private final List<InnodbUniqueValues> uniques;
  private final InnodbKeySql key;
  private final InnodbRetainedValues kept;
  private final String source;
  private final String checks;
  private final BatchTable batch;
  private final List<CascadingForeignKey> acting;

  public InnodbRows(
      ProductSql product,
      TableNames names,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> columns,
      List<InnodbRetainedColumn> kept,
      InnodbKeySql key,
      List<CascadingForeignKey> acting) {
    super(key, Side.GHOST);
    this.product = product;
    this.names = names;
    this.columns = columns;
    this.key = key;
    this.acting = acting;
    this.kept = new InnodbRetainedValues(Sql.quote(names.ghost()), kept, key);
    this.source =
        "%s FORCE INDEX (%s)"
            .formatted(
                key.alias().asSource(Sql.quote(names.source())), Sql.quote(key.index().name()));
    this.checks =
        columns.stream().flatMap(InnodbColumnMapping::checks).collect(Collectors.joining(" AND "));
    this.uniques =
        InnodbUniqueValues.all(
                ghost,
                columns,
                key.columns().stream().map(k -> k.source().name()).toList(),
                key.alias(),
                source)
            .stream()
            .filter(
                u -> kept.stream().noneMatch(k -> u.index().columns().contains(k.column().name())))
            .toList();
    this.batch = BatchTable.of(names.ghost(), ghost, columns, key);
  }

  @Override
  public Optional<RowKey> boundary(Connection c, KeyRange within, long rows) throws SQLException {
    return key.boundary(c, source, within, rows);
  }

  @Override
  public List<RowKey> cascaded(Connection c, Cascade cascade, @Nullable RowKey after, int most)
      throws SQLException {
    return acting.get(cascade.foreignKey()).referring(c, names, key, cascade, after, most);
  }

  @Override
  public List<RowKey> keys(Connection c, KeyRange range, int limit) throws SQLException {
    return key.inOrder(c, source, range, "LIMIT " + limit);
  }

  @Override
  protected void keep(Connection c, Fragment where) throws SQLException {
    kept.take(c, where);
  }

  /**
   * The replay may have written rows of a range before the copy reaches it, where only the server
   * knows the order of keys. They are read again with the others. And where no unique key says so,
   * the range may have been written by a commit that was not answered.
   */
  @Override
  protected boolean mayHold(RowSelection rows) {
    return rows instanceof KeyList || (key.sameOrder() && !(key.order().total() && key.enforced()));
  }

  @Override
  protected List<Fragment> insertions(RowSelection rows, Set<RowKey> cleared) {
    return List.of(
        Fragment.of(
            """
            INSERT INTO %s (%s)
            SELECT %s
              FROM %s
             WHERE %s
            """,
            Fragment.plain(Sql.quote(names.ghost())),
            Fragment.plain(
                Sql.quoted(
                    Stream.concat(
                            columns.stream().map(m -> m.ghost().name()),
                            kept.columns().stream().map(k -> k.column().name()))
                        .toList())),
            Fragment.plain(String.join(", ", expressions())),
            Fragment.plain(kept.none() ? source : source + kept.join()),
            checked(sourceRows(rows, cleared))));
  }

  /** What is selected from the source for the columns. */
  private List<String> expressions() {
    return Stream.concat(
            columns.stream().map(InnodbColumnMapping::copied), kept.expressions().stream())
        .toList();
  }

  /** Of these rows, one that the server's own ALTER would refuse is an error of the statement. */
  private Fragment checked(Fragment where) {
    return checks.isEmpty() ? where : Fragment.of("(%s) AND %s", where, Fragment.plain(checks));
  }

  @Override
  protected Fragment deletion(RowSelection rows) {
    return Fragment.of(
        """
        DELETE FROM %s
         WHERE %s
        """,
        Fragment.plain(Sql.quote(names.ghost())), key.where(Side.DELETED, rows));
  }

  private Fragment sourceRows(RowSelection rows, Set<RowKey> cleared) {
    if (cleared.isEmpty()) {
      return key.where(Side.SOURCE, rows);
    }
    if (rows instanceof KeyList list) {
      return key.in(Side.SOURCE, both(list.keys(), cleared));
    }
    return Fragment.of("(%s) OR (%s)", key.where(Side.SOURCE, rows), key.in(Side.SOURCE, cleared));
  }

  @Override
  public Batch read(Connection c, KeyList rows) throws SQLException {
    batch.fill(c, expressions(), source, checked(key.where(Side.SOURCE, rows)));
    return new Batch() {
      @Override
      public Set<RowKey> inTheWay() throws SQLException {
        Set<RowKey> found = new HashSet<>();
        for (InnodbUniqueValues unique : batch.uniques()) {
          found.addAll(key.read(c, holding(unique, Fragment.plain("TRUE"))));
        }
        rows.keys().forEach(found::remove);
        return found;
      }

      @Override
      public long write(Set<RowKey> inTheWay) throws SQLException {
        delete(c, new KeyList(both(rows.keys(), inTheWay)));
        return batch.insert(c);
      }
    };
  }

  /** Takes rows into a table as the copy would store them. */
  void convert(Connection c, BatchTable into, RowSelection rows) throws SQLException {
    into.fill(
        c,
        columns.stream().map(InnodbColumnMapping::copied).toList(),
        source,
        key.where(Side.SOURCE, rows));
  }

  /** Before a lock: what is applied under it is then applied sooner. */
  public void makeReady(Connection c) throws SQLException {
    batch.create(c);
  }

  @Override
  public boolean keepsValues() {
    return !kept.none();
  }

  @Override
  public boolean trims() {
    return key.sameOrder();
  }

  @Override
  protected Fragment deletion(KeyRange range, int most) {
    return Fragment.of(
        """
        DELETE FROM %s
         WHERE %s
         LIMIT %s
        """,
        Fragment.plain(Sql.quote(names.ghost())),
        key.where(Side.DELETED, range),
        Fragment.plain(Integer.toString(most)));
  }

  @Override
  protected List<Fragment> conflicting(RowSelection rows, Set<RowKey> cleared) {
    Fragment where = sourceRows(rows, cleared);
    List<Fragment> selects = new ArrayList<>();
    if (rows instanceof KeyRange) {
      selects.add(
          Fragment.of(
              """
              SELECT %s
                FROM %s
                STRAIGHT_JOIN %s ON %s
               WHERE %s
              """,
              Fragment.plain(key.select(Side.GHOST)),
              Fragment.plain(source),
              Fragment.plain(key.alias().asGhost(Sql.quote(names.ghost()))),
              Fragment.plain(key.join()),
              where));
    }
    uniques.forEach(unique -> selects.add(holding(unique, where)));
    return selects;
  }

  /** Selects keys of the ghost's rows that hold one of the values. */
  private Fragment holding(InnodbUniqueValues unique, Fragment where) {
    return Fragment.of(
        """
        SELECT %s
          FROM %s
          STRAIGHT_JOIN %s ON %s
        """,
        Fragment.plain(key.select(Side.GHOST)),
        unique.table("c", where),
        Fragment.plain(key.alias().asGhost(Sql.quote(names.ghost()))),
        Fragment.plain(unique.join()));
  }

  @Override
  public boolean unlocked(Connection c, Collection<RowKey> keys) throws SQLException {
    Fragment select =
        Fragment.of(
            """
            SELECT COUNT(*)
              FROM %s
             WHERE %s
               %s
            """,
            Fragment.plain(source),
            key.in(Side.SOURCE, keys),
            Fragment.plain(product.shareNoWait()));
    try (PreparedStatement statement = select.prepare(c)) {
      statement.executeQuery().close();
      return true;
    } catch (SQLException e) {
      if (e.getErrorCode() == product.lockedError()) {
        return false;
      }
      throw e;
    }
  }

  @Override
  protected List<Forbidden> forbidden(RowSelection rows, Set<RowKey> cleared, int most) {
    Fragment where = sourceRows(rows, cleared);
    String names = String.join("-", key.index().columns()).replace("%", "%%");
    return uniques.stream()
        .map(
            unique ->
                unique.index().overlaps()
                    ? new Forbidden(
                        unique.index().name(),
                        overlapping(unique, where, most),
                        "the periods of the rows with " + names + " = %s; %s overlap")
                    : new Forbidden(
                        unique.index().name(),
                        equal(unique, where, most),
                        "'%s' in the rows with " + names + " = %s"))
        .toList();
  }

  private static Fragment equal(InnodbUniqueValues unique, Fragment where, int most) {
    return Fragment.of(
        """
        SELECT CONCAT_WS(', ', %s), GROUP_CONCAT(CONCAT_WS('-', %s) ORDER BY %s SEPARATOR '; ')
          FROM %s
         WHERE %s
         GROUP BY %s
        HAVING COUNT(*) > 1
         LIMIT %s
        """,
        Fragment.plain(
            unique.names().stream().map("MIN(%s)"::formatted).collect(Collectors.joining(", "))),
        Fragment.plain(unique.keyNames("")),
        Fragment.plain(unique.keyNames("")),
        unique.table("c", where),
        Fragment.plain(
            unique.names().stream()
                .map("%s IS NOT NULL"::formatted)
                .collect(Collectors.joining(" AND "))),
        Fragment.plain(String.join(", ", unique.names())),
        Fragment.plain(Integer.toString(most)));
  }

  private static Fragment overlapping(InnodbUniqueValues unique, Fragment where, int most) {
    return Fragment.of(
        """
        SELECT CONCAT_WS('-', %s), CONCAT_WS('-', %s)
          FROM %s
          JOIN %s ON %s
         WHERE (%s) < (%s)
         LIMIT %s
        """,
        Fragment.plain(unique.keyNames("c.")),
        Fragment.plain(unique.keyNames("d.")),
        unique.table("c", where),
        unique.table("d", where),
        Fragment.plain(unique.clash()),
        Fragment.plain(unique.keyNames("c.")),
        Fragment.plain(unique.keyNames("d.")),
        Fragment.plain(Integer.toString(most)));
  }
}
