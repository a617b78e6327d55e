package dev.ghost.dialect.postgres;

import dev.ghost.api.Effect;
import dev.ghost.api.GhostException;
import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.dialect.ErrorClass;
import dev.ghost.dialect.Journal.EntryKind;
import dev.ghost.dialect.PlannedMigration;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.postgres.PostgresEffects.CatalogSnapshot;
import dev.ghost.key.KeyOrder;
import dev.ghost.plan.KeyCandidate;
import dev.ghost.plan.KeyPart;
import dev.ghost.plan.Retirement;
import dev.ghost.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Creates the ghost, lets the server apply the change to it, and plans the copy from what came of
 * it.
 */
final class Builder {

  /** Below this, following the key means visiting the table's pages in random order. */
  private static final double IN_ORDER = 0.7;

  private static final long WORTH_PAGES = 1_000;

  private final PostgresInspection inspection;
  private final Connection c;
  private final TableName ghostName;
  private final ControlTable control;
  private String slot;
  private final List<String> warnings;

  Builder(PostgresInspection inspection, Connection c) {
    this.inspection = inspection;
    this.c = c;
    this.ghostName = inspection.names().ghost();
    this.control = ControlTable.of(inspection.all());
    this.slot = inspection.slot();
    this.warnings = new ArrayList<>(inspection.warnings());
  }

  PlannedMigration build() throws SQLException {
    prepareControl();
    GhostDdl ddl = new GhostDdl(inspection.source(), ghostName);
    TableDefinition.qualify(c);
    ddl.create(c);
    CatalogSnapshot before = CatalogSnapshot.at(c, ghostName);
    // A rename keeps a column's number: this is how they are told from new ones.
    Map<Integer, String> origins = new HashMap<>();
    for (Column column : TableDefinition.read(c, ghostName).columns()) {
      origins.put(column.number(), column.name());
    }
    c.commit();
    Altered made = applyChange();
    TableDefinition.qualify(c);
    List<String> altered = TableLines.all(c, ghostName, inspection.source());
    List<String> foreignKeys = GhostDdl.standIns(c, inspection.source(), ghostName);
    Sql.execute(c, ddl.dropStandIns(c));
    List<String> unvalidated = ddl.postponeUnvalidated(c);
    TableDefinition ghost = TableDefinition.read(c, ghostName);
    List<Effect> effects = new PostgresEffects(origins).of(before, made.look());
    c.commit();
    List<ColumnMapping> columns = map(ghost, origins, foreignKeys);
    KeySql key = chooseKey(columns);
    Optional<Pages> pages = pages(ghost, key);
    List<List<String>> indexes = ddl.postpone(c);
    makeSearchable(key, ghost);
    Counters counters = counters(ghost, origins, GhostDdl.restarted(c, ghostName));
    GhostNote note =
        new GhostNote(
            ghost.columns().toString(),
            origins,
            pages.map(Pages::file).orElse(0L),
            pages.map(Pages::rowsPerPage).orElse(0L),
            indexes,
            made.foreignKeys(),
            foreignKeys,
            unvalidated,
            counters);
    control.write(c, EntryKind.GHOST, note.text());
    return planned(ghost, columns, List.of(), key, pages, note.later(), counters, effects, altered);
  }

  /** Plans with the retired table of an earlier change as the ghost. */
  PlannedMigration adopt(Retirement retirement) throws SQLException {
    prepareControl();
    c.commit();
    TableDefinition.qualify(c);
    TableDefinition ghost = TableDefinition.read(c, ghostName);
    retirement.refuseUnknown(
        ghostName,
        ghost.columns().stream().filter(o -> !o.generated()).map(Column::name).toList(),
        inspection.request().expressions()::containsKey,
        name -> inspection.source().column(name).isPresent());
    Map<Integer, String> origins = new HashMap<>();
    for (Column column : ghost.columns()) {
      retirement
          .nowNamed(column.name())
          .filter(now -> !column.generated())
          .ifPresent(now -> origins.put(column.number(), now));
    }
    List<ColumnMapping> columns =
        map(ghost, origins, List.of()).stream()
            .filter(m -> !retirement.gone().contains(m.ghost().name()))
            .toList();
    List<RetainedColumn> kept = new ArrayList<>();
    for (Column column : ghost.columns()) {
      if (retirement.gone().contains(column.name()) && !column.generated()) {
        kept.add(new RetainedColumn(column, otherwise(ghost, column)));
      }
    }
    Retirement.loss(
            inspection.source().columns().stream()
                .filter(s -> !s.generated())
                .map(Column::name)
                .toList(),
            columns.stream().map(m -> m.source().name()).toList(),
            inspection.names().retired())
        .ifPresent(warnings::add);
    PostgresMigration.Later nothing =
        new PostgresMigration.Later(List.of(), List.of(), List.of(), List.of());
    return planned(
        ghost,
        columns,
        kept,
        chooseKey(columns),
        Optional.empty(),
        nothing,
        counters(ghost, origins, List.of()),
        List.of(),
        List.of());
  }

  /** What a row gets in a column that the source lacks. */
  private String otherwise(TableDefinition ghost, Column column) throws SQLException {
    String expression = inspection.request().expressions().get(column.name());
    return expression != null
        ? "(" + Parameters.escaped(expression) + ")"
        : Sql.string(
            c,
            """
            SELECT COALESCE((SELECT '(' || pg_get_expr(adbin, adrelid) || ')'
                               FROM pg_attrdef
                              WHERE adrelid = ?::regclass AND adnum = ?), 'NULL')
            """,
            Sql.quote(ghost.name()),
            column.number());
  }

  /**
   * Makes what is ours, and drops it, in a transaction that is rolled back. An event trigger of the
   * database may forbid that, and the dropping only at the end of the run.
   */
  private void rehearse() throws SQLException {
    String publication = Sql.quote(Names.cut(inspection.all().slot(), "_trial"));
    try {
      control.create(c);
      Sql.execute(
          c,
          List.of(
              "CREATE PUBLICATION %s FOR TABLE %s"
                  .formatted(publication, Sql.quote(control.table())),
              "DROP PUBLICATION " + publication,
              "DROP SCHEMA %s CASCADE".formatted(Sql.quote(control.schema()))));
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e).circumstantial()) {
        throw e;
      }
      throw new RefusedException(
          "The database does not let ghost make and drop what it needs (a schema with tables, a"
              + " publication): "
              + e.getMessage(),
          "Nothing was changed. Where an event trigger says so, have it let this user pass: SELECT"
              + " evtname, evtevent, evtfoid::regproc FROM pg_event_trigger;",
          e);
    } finally {
      c.rollback();
    }
  }

  private void prepareControl() throws SQLException {
    rehearse();
    control.create(c);
    TableName source = inspection.names().source();
    control.write(
        c,
        EntryKind.SOURCE,
        Sql.string(
            c, "SELECT json_build_array(?::text, ?::text)", source.schema(), source.table()));
    control.write(c, EntryKind.REQUEST, inspection.request().text());
    control.write(c, EntryKind.PREMISES, inspection.fingerprint());
    control.writeStream(c, slot);
  }

  /** Plans again with the ghost of an earlier run. */
  PlannedMigration resume() throws SQLException {
    if (!control.read(c, EntryKind.PREMISES).equals(Optional.of(inspection.fingerprint()))) {
      throw new RefusedException(
          "%s was altered since the earlier run.".formatted(inspection.names().source()),
          "Begin again, with --start-over; the source is untouched.");
    }
    slot = control.stream(c).orElse(slot);
    TableDefinition.qualify(c);
    TableDefinition ghost = TableDefinition.read(c, ghostName);
    GhostNote note = GhostNote.of(control.read(c, EntryKind.GHOST).orElseThrow());
    if (!note.columns().equals(ghost.columns().toString())) {
      throw new RefusedException(
          "%s was altered since the earlier run.".formatted(ghostName),
          "Begin again, with --start-over; the source is untouched.");
    }
    PostgresMigration.Later later = note.later().without(GhostDdl.indexes(c, ghostName));
    c.commit();
    List<ColumnMapping> columns = map(ghost, note.origins(), note.foreignKeys());
    KeySql key = chooseKey(columns);
    makeSearchable(key, ghost);
    Optional<Pages> pages =
        note.rowsPerPage() == 0
            ? Optional.empty()
            : Optional.of(new Pages(inspection.source().oid(), note.file(), note.rowsPerPage()));
    if (pages.isPresent() && note.file() != Pages.file(c, inspection.source().oid())) {
      throw new RefusedException(
          "%s was rewritten since the earlier run (VACUUM FULL, CLUSTER or the like), which copied it page by page."
              .formatted(inspection.names().source()),
          "Begin again, with --start-over; the source is untouched.");
    }
    return planned(
        ghost, columns, List.of(), key, pages, later, note.counters(), List.of(), List.of());
  }

  /**
   * Says where each column's values come from, and refuses what cannot be.
   *
   * @param foreignKeys names of the source's that the swap makes again
   */
  private List<ColumnMapping> map(
      TableDefinition ghost, Map<Integer, String> names, List<String> foreignKeys)
      throws SQLException {
    Map<Integer, Column> origins = new HashMap<>();
    names.forEach(
        (number, name) -> origins.put(number, inspection.source().column(name).orElseThrow()));
    examineExpressions(ghost);
    TableDefinition.qualify(c);
    List<ColumnMapping> columns = mapColumns(ghost, origins);
    new BrokenDependents(c, inspection, ghost, origins, foreignKeys).refuse();
    return columns;
  }

  private PlannedMigration planned(
      TableDefinition ghost,
      List<ColumnMapping> columns,
      List<RetainedColumn> kept,
      KeySql key,
      Optional<Pages> pages,
      PostgresMigration.Later later,
      Counters counters,
      List<Effect> effects,
      List<String> altered)
      throws SQLException {
    for (ColumnMapping column : columns) {
      if (!column.steady()) {
        warnings.add(
            "The values of %s are not compared: by %s, a row has another one each time."
                .formatted(column.ghost().name(), column.using().orElseThrow()));
      }
    }
    KeyOrder order = pages.isPresent() ? KeyOrder.unknown(key.parts()) : new KeyOrder(key.parts());
    return new PostgresMigration(
        inspection,
        ghost,
        columns,
        kept,
        key,
        pages,
        new PostgresRows(inspection.names(), ghost, columns, kept, key, pages),
        order,
        slot,
        StreamedTable.of(c, inspection, key),
        profile(columns),
        later,
        counters,
        effects,
        altered,
        warnings);
  }

  private static Counters counters(
      TableDefinition ghost, Map<Integer, String> origins, List<String> restarted) {
    Map<String, String> columns = new HashMap<>();
    for (Column column : ghost.columns()) {
      if (origins.containsKey(column.number())) {
        columns.put(origins.get(column.number()), column.name());
      }
    }
    return new Counters(columns, restarted);
  }

  /**
   * What the server has made of the ghost.
   *
   * @param foreignKeys those of the change, which the ghost does not have for now
   */
  private record Altered(CatalogSnapshot look, List<NewForeignKey> foreignKeys) {}

  private Altered applyChange() throws SQLException {
    String change = inspection.change().change();
    try {
      Altered made = BriefLock.within(c, () -> alter(change));
      c.commit();
      return made;
    } catch (SQLException e) {
      GhostException refused = DirectProbe.refused(e, alterSql(change));
      c.rollback();
      inspection.refuseMissing(c, e);
      throw refused;
    }
  }

  /**
   * Alters the ghost. A foreign key locks the table that it refers to, and would lock it even more
   * to be dropped: so what makes one is rolled back, and the change is made without.
   */
  private Altered alter(String change) throws SQLException {
    Savepoint before = c.setSavepoint();
    Sql.execute(c, inspection.facts().settings().local());
    Sql.execute(c, alterSql(change));
    TableDefinition.qualify(c);
    Altered made = new Altered(CatalogSnapshot.at(c, ghostName), NewForeignKey.read(c, ghostName));
    if (!made.foreignKeys().isEmpty()) {
      c.rollback(before);
      String rest = ForeignKeyClauses.removed(change);
      Sql.execute(c, inspection.facts().settings().local());
      Sql.execute(c, rest.isEmpty() ? List.of() : List.of(alterSql(rest)));
    }
    return made;
  }

  private String alterSql(String change) {
    return "ALTER TABLE %s %s".formatted(Sql.quote(ghostName), change);
  }

  private List<ColumnMapping> mapColumns(TableDefinition ghost, Map<Integer, Column> origins) {
    List<ColumnMapping> mapped = new ArrayList<>();
    for (Column column : ghost.columns()) {
      Column origin = origins.get(column.number());
      String expression = inspection.request().expressions().get(column.name());
      if (expression != null) {
        mapped.add(computed(column, expression));
      } else if (origin != null && !column.generated()) {
        mapped.add(
            new ColumnMapping(
                column,
                origin,
                Optional.ofNullable(inspection.change().usings().get(origin.name()))
                    .map(this::ofSource)
                    .map(Parameters::escaped)));
      }
    }
    return mapped;
  }

  private String ofSource(String expression) {
    TableName source = inspection.names().source();
    return ExpressionText.ofSource(expression, source.schema(), source.table());
  }

  private ColumnMapping computed(Column column, String expression) {
    if (column.generated()) {
      throw new RefusedException(
          "--set names the column %s, which is generated.".formatted(column.name()),
          "Leave it out, or change the column.");
    }
    return new ColumnMapping(column, column, Optional.of(Parameters.escaped(expression)));
  }

  /**
   * Each row is computed more than once, at different times, and must come out the same: so an
   * expression may only be what a generated column could be, and the server is asked.
   */
  private void examineExpressions(TableDefinition ghost) throws SQLException {
    for (Map.Entry<String, String> wanted : inspection.request().expressions().entrySet()) {
      Column column =
          ghost
              .column(wanted.getKey())
              .orElseThrow(
                  () ->
                      new RefusedException(
                          "--set names %s, which is no column of the new schema."
                              .formatted(wanted.getKey()),
                          "Name columns as they are called after the change."));
      try {
        Sql.execute(
            c,
            "CREATE TEMPORARY TABLE ghost_probe (LIKE %s)"
                .formatted(Sql.quote(inspection.names().source())));
        Sql.execute(
            c,
            "ALTER TABLE ghost_probe ADD COLUMN %s %s GENERATED ALWAYS AS (%s) STORED"
                .formatted(Sql.quote("computed value"), column.type(), wanted.getValue()));
      } catch (SQLException e) {
        String what =
            "The expression for %s does not work: %s".formatted(column.name(), e.getMessage());
        String remedy =
            "Write an expression over the table's present columns, as for a generated column:"
                + " immutable functions only, no subquery.";
        ErrorClass errorClass = PostgresErrors.classOf(e);
        if (errorClass.circumstantial()) {
          throw e;
        }
        throw errorClass == ErrorClass.SYNTAX
            ? new UsageException(what, remedy, e)
            : new RefusedException(what, remedy, e);
      } finally {
        c.rollback();
      }
    }
  }

  private KeySql chooseKey(List<ColumnMapping> columns) {
    TableName source = inspection.names().source();
    return KeyCandidate.choose(
        source,
        inspection.source().indexes().stream()
            .filter(Index::unique)
            .map(index -> candidate(index, columns))
            .toList(),
        "Add a primary key; or name a unique key on columns that are NOT NULL, and that the change"
            + " keeps, as the replica identity: ALTER TABLE %s REPLICA IDENTITY USING INDEX ...;"
                .formatted(Sql.quote(source)));
  }

  private KeyCandidate<KeySql> candidate(Index index, List<ColumnMapping> columns) {
    Optional<String> unfit = whyNot(index, columns);
    return unfit.isPresent()
        ? new KeyCandidate.Unfit<>(index.name(), unfit.get())
        : new KeyCandidate.Fit<>(
            new KeySql(
                index,
                index.columns().stream()
                    .map(name -> mappingOf(name, columns).orElseThrow())
                    .map(m -> new KeyColumn(m.source(), m.ghost()))
                    .toList()),
            0);
  }

  /** Gives the ghost an index by which its rows are found, where the change leaves none. */
  private void makeSearchable(KeySql key, TableDefinition ghost) throws SQLException {
    Optional<SearchIndex> search = SearchIndex.neededFor(key, ghost);
    if (search.isPresent()) {
      search.get().create(c);
      warnings.add(search.get().describe());
    }
  }

  private static Optional<ColumnMapping> mappingOf(String source, List<ColumnMapping> columns) {
    return columns.stream().filter(m -> m.source().name().equals(source)).findAny();
  }

  /** Why an index cannot be the chunk key; empty when it can. */
  private Optional<String> whyNot(Index index, List<ColumnMapping> columns) {
    boolean carried =
        switch (inspection.identity()) {
          case "d" -> index.primary();
          case "i" -> index.replicaIdentity();
          case "f" -> true;
          default -> false;
        };
    if (!carried) {
      return Optional.of("it is not the replica identity, so the change stream does not carry it");
    }
    if (!index.key()) {
      return Optional.of("it is partial, deferrable, invalid, on an expression, or no B-tree");
    }
    return KeyPart.whyNot(
        index.columns().stream()
            .map(name -> inspection.source().column(name).orElseThrow())
            .map(column -> part(column, mappingOf(column.name(), columns)))
            .toList());
  }

  private static KeyPart part(Column column, Optional<ColumnMapping> mapping) {
    String name = column.name();
    return new KeyPart(
        name,
        column.type(),
        !column.notNull(),
        mapping.isPresent()
            ? Optional.empty()
            : Optional.of("the change drops " + name + ", or it is generated"),
        KeyColumn.canBeKey(column),
        mapping
            .filter(m -> m.using().isPresent() || !KeyColumn.canBeKey(m.ghost()))
            .map(m -> "the change does not keep the values of %s apart".formatted(name)));
  }

  private Optional<Pages> pages(TableDefinition ghost, KeySql key) throws SQLException {
    List<String> ghostKey = key.columns().stream().map(k -> k.ghost().name()).toList();
    boolean arbiter =
        ghost.indexes().stream().anyMatch(i -> i.key() && i.columns().equals(ghostKey));
    String sql =
        """
        SELECT c.relpages >= ? AND abs(s.correlation) < ?, GREATEST(1, c.reltuples / GREATEST(1, c.relpages))::bigint
          FROM pg_class AS c
          JOIN pg_stats AS s ON s.schemaname = ? AND s.tablename = ? AND s.attname = ?
         WHERE c.oid = ?
        """;
    TableName source = inspection.names().source();
    try (var statement =
            Sql.prepared(
                c,
                sql,
                WORTH_PAGES,
                IN_ORDER,
                source.schema(),
                source.table(),
                key.index().columns().get(0),
                inspection.source().oid());
        var rs = statement.executeQuery()) {
      return arbiter && rs.next() && rs.getBoolean(1)
          ? Optional.of(
              new Pages(
                  inspection.source().oid(),
                  Pages.file(c, inspection.source().oid()),
                  rs.getLong(2)))
          : Optional.empty();
    }
  }

  /**
   * Rows are converted with the settings of the user's own sessions, as ALTER TABLE would do it.
   *
   * @throws RefusedException where these are not known, or our driver cannot have them, and the
   *     outcome depends on that
   */
  private SessionProfile profile(List<ColumnMapping> columns) {
    UserSettings settings = inspection.facts().settings();
    String user = Sql.quote(inspection.facts().user());
    if (columns.stream().anyMatch(m -> depends(m, Column::zoned))) {
      if (!settings.knowsTimeZone()) {
        throw new RefusedException(
            "The change converts between moments and local times, and this user may not see in"
                + " which time zone the server would.",
            "Name it: ALTER ROLE %s SET TimeZone = '...';".formatted(user));
      }
      warnings.add(
          "Instants are converted in the time zone of this user's sessions, %s."
              .formatted(settings.values().get(UserSettings.TIME_ZONE)));
    }
    if (!settings.dateFormat().equals("iso")
        && columns.stream().anyMatch(m -> depends(m, Column::dated))) {
      throw new RefusedException(
          "The change converts dates, which this user's sessions write in the format %s; ghost can only have ISO."
              .formatted(settings.dateFormat()),
          "Say how they are to be written, by a USING with to_char or to_date, in a session of DateStyle ISO: ALTER ROLE %s SET DateStyle = 'ISO, DMY';"
              .formatted(user));
    }
    return SessionProfile.work(inspection.names().source().schema())
        .withSettings(settings.values());
  }

  /** True when a column gets other values where those of a kind are read or written otherwise. */
  private boolean depends(ColumnMapping mapping, Predicate<Column> kind) {
    if (inspection.request().expressions().containsKey(mapping.ghost().name())) {
      // It is immutable.
      return false;
    }
    if (mapping.using().isEmpty()) {
      return !mapping.source().base().equals(mapping.ghost().base())
          && (kind.test(mapping.source()) || kind.test(mapping.ghost()));
    }
    String using = mapping.using().get().toLowerCase(Locale.ROOT);
    return kind.test(mapping.ghost())
        || Stream.of("date", "time", "now").anyMatch(using::contains)
        || inspection.source().columns().stream()
            .anyMatch(s -> kind.test(s) && using.contains(s.name().toLowerCase(Locale.ROOT)));
  }
}
