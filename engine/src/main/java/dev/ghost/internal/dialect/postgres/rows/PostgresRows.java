package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.RowStatements;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.schema.PostgresIndex;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Brings rows of the source into the ghost. In statements, {@code s} is the source and {@code g}
 * the ghost. Chunks are ranges of the key, or, where {@link Pages} are given, of the table's pages.
 */
public final class PostgresRows extends RowStatements<Side> {

  private static final String UNIQUE_VIOLATION = "23505";

  /** Ranges of pages that are written with upserts after one in which a row was there already. */
  private static final int UPSERTS = 32;

  private final TableNames names;
  private final List<PostgresColumnMapping> columns;
  private final PostgresKeySql key;
  private final PostgresRetainedValues kept;
  private final Optional<Pages> pages;
  private final Optional<PostgresChangedKeys> gathered;
  private final List<PostgresUniqueValues> uniques;
  private final String source;
  private final AtomicInteger upserts = new AtomicInteger();

  public PostgresRows(
      TableNames names,
      PostgresTableDefinition ghost,
      List<PostgresColumnMapping> columns,
      List<PostgresRetainedColumn> kept,
      PostgresKeySql key,
      Optional<Pages> pages,
      Optional<PostgresChangedKeys> gathered) {
    super(key, Side.GHOST);
    this.names = names;
    this.columns = columns;
    this.key = key;
    this.kept = new PostgresRetainedValues(Sql.quote(names.ghost()), kept, key);
    this.pages = pages;
    this.gathered = gathered;
    this.source = Sql.quote(names.source()) + " AS s";
    this.uniques =
        ghost.indexes().stream()
            .filter(PostgresIndex::forbids)
            .filter(index -> !this.kept.concern(index))
            .map(index -> new PostgresUniqueValues(index, columns, ghost, key))
            .filter(PostgresUniqueValues::areKnown)
            .toList();
  }

  @Override
  public Optional<RowKey> boundary(Connection c, KeyRange within, long rows) throws SQLException {
    return pages.isPresent()
        ? pages.get().boundary(c, within, rows)
        : key.boundary(c, source, within, rows);
  }

  @Override
  public List<RowKey> keys(Connection c, KeyRange range, int limit) throws SQLException {
    if (pages.isEmpty()) {
      return key.inOrder(c, source, range, "LIMIT " + limit);
    }
    // A scan of pages reads them in their order.
    return key.read(
        c,
        Fragment.of(
            "SELECT %s FROM %s WHERE %s LIMIT %s",
            Fragment.plain(key.select(Side.SOURCE)),
            Fragment.plain(source),
            pages.get().where(Side.SOURCE, range),
            Fragment.plain(Integer.toString(limit))));
  }

  @Override
  protected void keep(Connection c, Fragment where) throws SQLException {
    kept.take(c, where);
  }

  /**
   * The replay may have written rows of a chunk before the copy reaches it, where keys have no
   * order that we know. They are read again with the others. Nothing is replayed while keys gather.
   */
  @Override
  protected boolean mayHold(RowSelection rows) {
    return !gathering() && !byPage(rows) && (rows instanceof KeyList || key.sameOrder());
  }

  @Override
  protected List<Fragment> insertions(RowSelection rows, Set<RowKey> cleared) {
    if (!byPage(rows) || gathering()) {
      return List.of(insertion(rows, cleared, ""));
    }
    Fragment upsert = insertion(rows, cleared, overwrite());
    return cleared.isEmpty() && plainly()
        ? List.of(insertion(rows, cleared, ""), upsert)
        : List.of(upsert);
  }

  private boolean gathering() {
    return gathered.isPresent() && gathered.get().gathering();
  }

  /** A row that is in the way makes an upsert of the next ranges too. */
  @Override
  protected boolean fallsBack(SQLException error) {
    boolean taken = UNIQUE_VIOLATION.equals(error.getSQLState());
    if (taken) {
      upserts.set(UPSERTS);
    }
    return taken;
  }

  /**
   * True for what is read in the order of its pages. It is written in the order of the key, which
   * goes through the key's index once, and not all over it for each row.
   */
  private boolean byPage(RowSelection rows) {
    return pages.isPresent() && rows instanceof KeyRange;
  }

  private Fragment insertion(RowSelection rows, Set<RowKey> cleared, String onConflict) {
    return Fragment.of(
        """
        INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE
        SELECT %s
          FROM %s
        %s
        %s
        """,
        Fragment.plain(Sql.quote(names.ghost())),
        Fragment.plain(
            Sql.quoted(
                Stream.concat(
                        columns.stream().map(m -> m.ghost().name()),
                        kept.columns().stream().map(k -> k.column().name()))
                    .toList())),
        Fragment.plain(
            Stream.concat(
                    columns.stream().map(PostgresColumnMapping::expression),
                    kept.expressions().stream())
                .collect(Collectors.joining(", "))),
        kept.none() ? sourceRows(rows, cleared) : kept.joined(sourceRows(rows, cleared)),
        Fragment.plain(byPage(rows) ? "ORDER BY " + key.names(Side.SOURCE) : ""),
        Fragment.plain(onConflict));
  }

  /**
   * An upsert takes half as long again as an insert, but one that fails leaves dead rows behind.
   */
  private boolean plainly() {
    return upserts.getAndUpdate(left -> Math.max(0, left - 1)) == 0;
  }

  /**
   * A row can be in two chunks when it moves between pages; the later one has read it later. The
   * server lets nobody set an identity that it always gives: one that is another now belongs to
   * another row with this key, which the replay brings.
   */
  private String overwrite() {
    String set =
        columns.stream()
            .filter(m -> !m.ghost().identity().equals("a"))
            .map(m -> Sql.quote(m.ghost().name()))
            .map(name -> name + " = EXCLUDED." + name)
            .collect(Collectors.joining(", "));
    return "ON CONFLICT (%s) DO %s"
        .formatted(
            Sql.quoted(key.columns().stream().map(k -> k.ghost().name()).toList()),
            set.isEmpty() ? "NOTHING" : "UPDATE SET " + set);
  }

  @Override
  protected Fragment deletion(RowSelection rows) {
    return Fragment.of(
        "DELETE FROM %s AS g WHERE %s",
        Fragment.plain(Sql.quote(names.ghost())), key.where(Side.GHOST, rows));
  }

  @Override
  public Batch read(Connection c, KeyList rows) throws SQLException {
    try (Statement statement = c.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    }
    return new Batch() {
      @Override
      public Set<RowKey> inTheWay() throws SQLException {
        return PostgresRows.this.inTheWay(c, rows, Set.of());
      }

      @Override
      public long write(Set<RowKey> inTheWay) throws SQLException {
        if (!inTheWay.isEmpty()) {
          delete(c, new KeyList(inTheWay));
        }
        return PostgresRows.this.write(c, rows, Set.of());
      }
    };
  }

  @Override
  public boolean keepsValues() {
    return !kept.none();
  }

  @Override
  public boolean trims() {
    return pages.isEmpty() && key.sameOrder();
  }

  @Override
  protected Fragment deletion(KeyRange range, int most) {
    return Fragment.of(
        "DELETE FROM %s WHERE ctid IN (SELECT g.ctid FROM %s AS g WHERE %s LIMIT %s)",
        Fragment.plain(Sql.quote(names.ghost())),
        Fragment.plain(Sql.quote(names.ghost())),
        key.where(Side.GHOST, range),
        Fragment.plain(Integer.toString(most)));
  }

  private Fragment where(RowSelection rows) {
    return pages.isPresent() && rows instanceof KeyRange range
        ? pages.get().where(Side.SOURCE, range)
        : key.where(Side.SOURCE, rows);
  }

  /** The given rows of the source as a table {@code s}; with those that were cleared. */
  private Fragment sourceRows(RowSelection rows, Set<RowKey> cleared) {
    if (cleared.isEmpty()) {
      return Fragment.of("%s WHERE %s", Fragment.plain(source), where(rows));
    }
    if (rows instanceof KeyList list) {
      return Fragment.of(
          "%s WHERE %s", Fragment.plain(source), key.in(Side.SOURCE, both(list.keys(), cleared)));
    }
    // Not OR, which would leave no index to use.
    return Fragment.of(
        "(SELECT s.* FROM %s WHERE %s UNION ALL SELECT s.* FROM %s WHERE %s AND NOT (%s)) AS s",
        Fragment.plain(source),
        where(rows),
        Fragment.plain(source),
        key.in(Side.SOURCE, cleared),
        where(rows));
  }

  @Override
  protected List<Fragment> conflicting(RowSelection rows, Set<RowKey> cleared) {
    Fragment source = sourceRows(rows, cleared);
    List<Fragment> selects = new ArrayList<>();
    if (rows instanceof KeyRange && pages.isEmpty()) {
      selects.add(
          Fragment.of(
              "SELECT %s FROM (SELECT s.* FROM %s) AS s JOIN %s AS g ON %s",
              Fragment.plain(key.select(Side.GHOST)),
              source,
              Fragment.plain(Sql.quote(names.ghost())),
              Fragment.plain(key.join())));
    }
    for (PostgresUniqueValues unique : uniques) {
      if (pages.isEmpty() || !unique.index().columns().equals(keyNames())) {
        selects.add(
            Fragment.of(
                "SELECT %s FROM %s JOIN %s ON %s",
                Fragment.plain(unique.storedKey()),
                unique.candidates(source, "c"),
                Fragment.plain(unique.stored()),
                Fragment.plain(unique.conflict("c", "g"))));
      }
    }
    return selects;
  }

  @Override
  public void clearUnanswered(Connection c, KeyRange range) throws SQLException {
    if (gathering()) {
      gathered.orElseThrow().trim(c, range);
    }
  }

  @Override
  public void readWholeTables(Connection c) throws SQLException {
    Sql.readWholeTables(c);
  }

  private List<String> keyNames() {
    return key.columns().stream().map(k -> k.ghost().name()).toList();
  }

  /** A prepared transaction's rows come through the stream when it is committed, not before. */
  @Override
  public boolean unlocked(Connection c, Collection<RowKey> keys) {
    return true;
  }

  @Override
  protected List<Forbidden> forbidden(RowSelection rows, Set<RowKey> cleared, int most) {
    Fragment source = sourceRows(rows, cleared);
    String names = String.join("-", key.index().columns()).replace("%", "%%");
    return uniques.stream()
        .map(
            unique ->
                new Forbidden(
                    unique.index().name(),
                    forbidden(unique, source, most),
                    "'%s' in the rows with " + names + " = %s; %s"))
        .toList();
  }

  private static Fragment forbidden(PostgresUniqueValues unique, Fragment source, int most) {
    return Fragment.of(
        """
        SELECT concat_ws(', ', %s), concat_ws('-', %s), concat_ws('-', %s)
          FROM %s JOIN %s ON %s AND %s
         LIMIT %s
        """,
        Fragment.plain(unique.shownValues("a")),
        Fragment.plain(unique.shownKey("a")),
        Fragment.plain(unique.shownKey("b")),
        unique.candidates(source, "a"),
        unique.candidates(source, "b"),
        Fragment.plain(unique.conflict("a", "b")),
        Fragment.plain(unique.keyOrder("a", "b")),
        Fragment.plain(Integer.toString(most)));
  }
}
