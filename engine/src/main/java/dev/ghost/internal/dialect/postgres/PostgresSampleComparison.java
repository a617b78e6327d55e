package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import dev.ghost.internal.dialect.RefusedRow;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.SampleLimits;
import dev.ghost.internal.dialect.postgres.rows.Pages;
import dev.ghost.internal.dialect.postgres.rows.PostgresColumnMapping;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.rows.PostgresRows;
import dev.ghost.internal.dialect.postgres.rows.PostgresSampleRows;
import dev.ghost.internal.dialect.postgres.rows.PostgresSampleValues;
import dev.ghost.internal.dialect.postgres.rows.PostgresSampleValues.Row;
import dev.ghost.internal.dialect.postgres.rows.RowTrial;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.schema.PostgresUserSettings;
import dev.ghost.internal.dialect.postgres.schema.TableLines;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.function.SqlRunnable;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Has the server alter a sample of the source by itself, has ghost copy and replay the same sample,
 * and compares definitions and values. Whatever the planner has read, and however values are
 * converted: where the two differ, the run is refused before anything is copied.
 *
 * <p>The server's table is made like the ghost, and its columns are compared with the source's, as
 * {@link TableLines#columns} tells them. After the change it is compared with the ghost as that was
 * right after the change, as {@link TableLines#all} tells it; nothing had been put off till after
 * the copy then. Foreign keys are left out of both. Values are those of {@link
 * PostgresSampleValues}.
 *
 * <p>All of it is one transaction, with one view of the source, and is rolled back.
 */
final class PostgresSampleComparison {

  private static final String CORRECT = "Correct the change. Nothing of the source was touched.";

  private static final String REPORT =
      "Please report this, with the table's definition and the change. " + CORRECT;

  private static final String NOT_COPIED = "Correct the row, or the change. Nothing was copied.";

  private final PostgresMigration planned;
  private final PostgresInspection inspection;
  private final PostgresKeySql key;
  private final Set<String> accepted;
  private final Connection c;
  private final TableName source;
  private final Twin server;
  private final Twin ours;
  private final TableName sample;

  /** The chunk keys of the sample, in their order. */
  private List<RowKey> keys = List.of();

  /** Those that were looked for, the remarkable ones first. */
  private List<RowKey> chosen = List.of();

  /**
   * @param accepted columns in which a difference is accepted
   * @param c no transaction is open on it
   */
  PostgresSampleComparison(PostgresMigration planned, Set<String> accepted, Connection c) {
    this.planned = planned;
    this.inspection = planned.inspection();
    this.key = planned.key();
    this.accepted = accepted;
    this.c = c;
    this.source = inspection.names().source();
    this.server = new Twin(c, inspection, "_ghs");
    this.ours = new Twin(c, inspection, "_ght");
    this.sample = server.neighbour("sample");
  }

  /**
   * Compares.
   *
   * @throws RefusedException if the server refuses a row, or the two differ
   */
  ServerComparison compare() throws SQLException {
    // The replay reads its batches so, and the level cannot be changed later on.
    Sql.execute(c, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    server.create();
    refuseOther(
        "A table that is to be like %s is another before the change: ".formatted(source),
        TableLines.columns(c, server.name()),
        TableLines.columns(c, source));
    SampleLimits limits = SampleLimits.begin();
    fill(limits);
    keep(limits.forServer(keys.size()), Side.SOURCE);
    boolean comparable = alterByServer();
    keep(limits.forGhost(keys.size()), Side.GHOST);
    PostgresTableDefinition.qualify(c);
    refuseOther(
        "The server's own ALTER gives another definition than ghost: ",
        TableLines.all(c, server.name(), inspection.source()),
        planned.altered());
    PostgresSampleValues values =
        new PostgresSampleValues(c, key, new ComparedColumns(c, planned, server).list());
    List<String> differences = copied(values, comparable);
    c.rollback();
    return comparable
        ? ServerComparison.of(
            keys.size(), values.columns().stream().map(PostgresColumn::name).toList(), differences)
        : ServerComparison.of(0, List.of(), List.of());
  }

  private static void refuseOther(String what, List<String> server, List<String> ours) {
    Optional<String> more = server.stream().filter(l -> !ours.contains(l)).findFirst();
    Optional<String> less = ours.stream().filter(l -> !server.contains(l)).findFirst();
    if (more.isPresent() || less.isPresent()) {
      throw new RefusedException(
          what + more.map(l -> "it has " + l).orElseGet(() -> "it has no " + less.orElseThrow()),
          REPORT);
    }
  }

  /** Takes the sample from the source, and puts it into the server's table. */
  private void fill(SampleLimits limits) throws SQLException {
    server.asUser();
    chosen = new PostgresSampleRows(c, inspection.source(), key, limits).choose(converted());
    Sql.execute(
        c,
        "CREATE UNLOGGED TABLE %s USING heap AS SELECT s.* FROM %s AS s WITH NO DATA"
            .formatted(Sql.quote(sample), Sql.quote(source)));
    Fragment insert =
        Fragment.of(
            "INSERT INTO %s SELECT s.* FROM %s AS s WHERE %s",
            Fragment.plain(Sql.quote(sample)),
            Fragment.plain(Sql.quote(source)),
            key.in(Side.SOURCE, chosen));
    insert.update(c);
    Sql.execute(
        c,
        "CREATE INDEX ON %s (%s)".formatted(Sql.quote(sample), Sql.quoted(key.index().columns())));
    keys =
        key.read(
            c,
            Fragment.plain(
                "SELECT %s FROM %s AS s ORDER BY %s"
                    .formatted(
                        key.select(Side.SOURCE), Sql.quote(sample), key.names(Side.SOURCE))));
    List<String> unvalidated = server.dropUnvalidated();
    server.asUser();
    String columns =
        Sql.quoted(
            inspection.source().columns().stream()
                .filter(s -> !s.generated())
                .map(PostgresColumn::name)
                .toList());
    try {
      Sql.execute(
          c,
          "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS s"
              .formatted(Sql.quote(server.name()), columns, columns, Sql.quote(sample)));
    } catch (SQLException e) {
      throw refused(
          e,
          "A row of %s does not fit the table's own definition: %s"
              .formatted(source, e.getMessage()));
    }
    Sql.execute(c, unvalidated);
  }

  /**
   * Continues with fewer rows, the remarkable ones first.
   *
   * @param altered how the server's table has its keys, before the change or after it
   */
  private void keep(int most, Side altered) throws SQLException {
    if (keys.size() <= most) {
      return;
    }
    Set<RowKey> first = Set.copyOf(chosen.subList(0, Math.min(most, chosen.size())));
    keys = keys.stream().filter(first::contains).toList();
    delete(sample, Side.SOURCE, keys);
    delete(server.name(), altered, keys);
  }

  /** Deletes the other rows. */
  private void delete(TableName table, Side side, List<RowKey> kept) throws SQLException {
    Fragment delete =
        Fragment.of(
            "DELETE FROM %s AS %s WHERE NOT (%s)",
            Fragment.plain(Sql.quote(table)),
            Fragment.plain(side == Side.SOURCE ? "s" : "g"),
            key.in(side, kept));
    delete.update(c);
  }

  /** The source's columns whose values do not stay as they are, or must be there from now on. */
  private List<PostgresColumn> converted() {
    return planned.columns().stream()
        .filter(m -> !inspection.request().expressions().containsKey(m.ghost().name()))
        .filter(
            m ->
                m.using().isPresent()
                    || !m.source().sameTypeAs(m.ghost())
                    || (m.ghost().notNull() && !m.source().notNull()))
        .map(PostgresColumnMapping::source)
        .toList();
  }

  /**
   * Has the server alter its table.
   *
   * @return false where it cannot do that with rows in it, which have not the values that the user
   *     gives by expressions; the table is empty then
   */
  private boolean alterByServer() throws SQLException {
    Savepoint filled = c.setSavepoint();
    Optional<SQLException> failure = failure();
    if (failure.isEmpty()) {
      c.releaseSavepoint(filled);
      return true;
    }
    c.rollback(filled);
    SQLException e = failure.get();
    if (keys.isEmpty()) {
      throw PostgresDirectProbe.refused(e, server.alterSql());
    }
    if (!inspection.request().expressions().isEmpty()) {
      Sql.execute(c, "TRUNCATE " + Sql.quote(server.name()));
      server.alter();
      return false;
    }
    RefusedRow row = RowTrial.find(c, keys, e, this::alterWith);
    throw refused(
        row.error(),
        "The server's own ALTER does not accept %s: %s"
            .formatted(described(row), row.error().getMessage()));
  }

  private Optional<SQLException> failure() throws SQLException {
    try {
      server.alter();
      return Optional.empty();
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e).circumstantial()) {
        throw e;
      }
      return Optional.of(e);
    }
  }

  private void alterWith(List<RowKey> rows) throws SQLException {
    delete(server.name(), Side.SOURCE, rows);
    server.alter();
  }

  private String described(RefusedRow row) {
    return row.key()
        .map(k -> "the row of %s with %s".formatted(source, key.describe(k)))
        .orElse("rows of " + source);
  }

  /**
   * @throws SQLException the same one, where no row is to blame for it
   */
  private static RefusedException refused(SQLException e, String what) throws SQLException {
    if (PostgresErrors.classOf(e).circumstantial()) {
      throw e;
    }
    return new RefusedException(what, NOT_COPIED, e);
  }

  /**
   * Copies and replays the sample.
   *
   * @param comparable true where the server's table holds the sample
   * @return accepted differences
   */
  private List<String> copied(PostgresSampleValues values, boolean comparable) throws SQLException {
    List<Row> theirs = values.read(server.name());
    ours.create();
    ours.alter();
    ours.becomeGhost();
    PostgresRows way = way();
    Set<String> found = new LinkedHashSet<>();
    List<String> ways =
        planned.pages().isPresent() ? List.of("copied", "copied again") : List.of("copied");
    for (String how : ways) {
      write(way, () -> way.write(c, KeyRange.ALL, Set.of()));
      found.addAll(comparable ? differences(theirs, values, how) : List.of());
    }
    write(way, () -> way.read(c, new KeyList(keys)).write(Set.of()));
    found.addAll(comparable ? differences(theirs, values, "replayed") : List.of());
    return List.copyOf(found);
  }

  private PostgresRows way() throws SQLException {
    TableNames names =
        new TableNames(
            sample, ours.name(), inspection.names().retired(), inspection.names().control());
    long oid = PostgresTableDefinition.oid(c, sample).orElseThrow();
    return new PostgresRows(
        names,
        PostgresTableDefinition.read(c, ours.name()),
        planned.columns(),
        List.of(),
        key,
        planned.pages().map(p -> new Pages(oid, p.file(), p.rowsPerPage())),
        Optional.empty());
  }

  private void write(PostgresRows way, SqlRunnable part) throws SQLException {
    List<String> settings = new ArrayList<>(List.of("SET LOCAL search_path TO DEFAULT"));
    settings.addAll(PostgresUserSettings.local(PostgresDriver.conversions(planned.profile())));
    Sql.execute(c, settings);
    Savepoint before = c.setSavepoint();
    try {
      part.run();
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e).circumstantial()) {
        throw e;
      }
      c.rollback(before);
      RefusedRow row = RowTrial.find(c, keys, e, rows -> way.write(c, new KeyList(rows), Set.of()));
      throw refused(
          row.error(),
          "ghost cannot copy %s: %s".formatted(described(row), row.error().getMessage()));
    }
    c.releaseSavepoint(before);
  }

  /**
   * The accepted ones, one of a column.
   *
   * @throws RefusedException if there is one that is not accepted
   */
  private List<String> differences(List<Row> theirs, PostgresSampleValues values, String how)
      throws SQLException {
    List<Row> mine = values.read(ours.name());
    if (theirs.size() != mine.size()) {
      throw new RefusedException(
          "Of a sample of %s, the server's own ALTER leaves %d rows, and %d are %s by ghost."
              .formatted(source, theirs.size(), mine.size(), how),
          REPORT);
    }
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < values.columns().size(); i++) {
      PostgresColumn column = values.columns().get(i);
      int number = i;
      Optional<Integer> row = PostgresSampleValues.firstOther(theirs, mine, number);
      if (row.isPresent()) {
        String difference =
            described(values, column, theirs.get(row.get()), mine.get(row.get()), number, how);
        if (!accepted.contains(column.name())) {
          throw new RefusedException(
              "The column %s.".formatted(difference),
              "If ghost's value is the one that is wanted: --accept-difference %s. Nothing was copied."
                  .formatted(column.name()));
        }
        differences.add(difference);
      }
    }
    return differences;
  }

  private String described(
      PostgresSampleValues values,
      PostgresColumn column,
      Row theirs,
      Row mine,
      int number,
      String how)
      throws SQLException {
    String server = values.shown(this.server.name(), theirs.key(), column);
    String ghost = values.shown(ours.name(), theirs.key(), column);
    boolean alike = server.equals(ghost);
    return "%s of the row with %s is %s by the server's own ALTER, and %s where it is %s by ghost"
        .formatted(
            column.name(),
            key.describe(theirs.key()),
            alike ? theirs.values().get(number) : server,
            alike ? mine.values().get(number) : ghost,
            how);
  }
}
