package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.Effect;
import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.postgres.rows.Pages;
import dev.ghost.internal.dialect.postgres.rows.PostgresChangedKeys;
import dev.ghost.internal.dialect.postgres.rows.PostgresColumnMapping;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql;
import dev.ghost.internal.dialect.postgres.rows.PostgresRetainedColumn;
import dev.ghost.internal.dialect.postgres.rows.PostgresRows;
import dev.ghost.internal.dialect.postgres.rows.PostgresSearchIndex;
import dev.ghost.internal.dialect.postgres.schema.Counters;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl.PostponedKey;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresEffects;
import dev.ghost.internal.dialect.postgres.schema.PostgresEffects.CatalogSnapshot;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.schema.PostponedParts;
import dev.ghost.internal.dialect.postgres.schema.TableLines;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.sql.ExpressionText;
import dev.ghost.internal.dialect.postgres.sql.Parameters;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Creates the ghost, lets the server apply the change to it, and plans the copy from what came of
 * it.
 */
final class PostgresGhostBuilder {

  private final PostgresInspection inspection;
  private final Connection c;
  private final TableName ghostName;
  private final PostgresControlTable control;
  private String slot;
  private final List<String> warnings;

  PostgresGhostBuilder(PostgresInspection inspection, Connection c) {
    this.inspection = inspection;
    this.c = c;
    this.ghostName = inspection.names().ghost();
    this.control = PostgresControlTable.of(inspection.all());
    this.slot = inspection.slot();
    this.warnings = new ArrayList<>(inspection.warnings());
  }

  PlannedMigration build() throws SQLException {
    prepareControl();
    GhostDdl ddl = new GhostDdl(inspection.source(), ghostName);
    PostgresTableDefinition.qualify(c);
    ddl.create(c);
    CatalogSnapshot before = CatalogSnapshot.at(c, ghostName);
    // A rename keeps a column's number: this is how they are told from new ones.
    Map<Integer, String> origins = new HashMap<>();
    for (PostgresColumn column : PostgresTableDefinition.read(c, ghostName).columns()) {
      origins.put(column.number(), column.name());
    }
    c.commit();
    ChangedGhost made = ChangedGhost.of(inspection, c);
    PostgresTableDefinition.qualify(c);
    List<String> altered = TableLines.all(c, ghostName, inspection.source());
    List<String> foreignKeys = GhostDdl.standIns(c, inspection.source(), ghostName);
    Sql.execute(c, ddl.dropStandIns(c));
    List<String> unvalidated = ddl.postponeUnvalidated(c);
    PostgresTableDefinition ghost = PostgresTableDefinition.read(c, ghostName);
    List<Effect> effects = new PostgresEffects(origins).of(before, made.look());
    c.commit();
    List<PostgresColumnMapping> columns = map(ghost, origins, foreignKeys);
    PostgresKeySql key = PostgresKeyChoice.of(inspection, columns);
    Optional<Pages> pages = PostgresKeyChoice.pages(c, inspection, ghost, key);
    List<List<String>> indexes = ddl.postpone(c);
    List<PostponedKey> keys = makeSearchable(key, ghost) ? List.of() : ddl.postponeKeys(c, ghost);
    if (!keys.isEmpty()) {
      changedKeys(key, pages, true).create(c);
    }
    Counters counters = counters(ghost, origins, GhostDdl.restarted(c, ghostName));
    GhostNote note =
        new GhostNote(
            ghost.columns().toString(),
            origins,
            pages.map(Pages::file).orElse(0L),
            pages.map(Pages::rowsPerPage).orElse(0L),
            indexes,
            keys,
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
    PostgresTableDefinition.qualify(c);
    PostgresTableDefinition ghost = PostgresTableDefinition.read(c, ghostName);
    retirement.refuseUnknown(
        ghostName,
        ghost.columns().stream().filter(o -> !o.generated()).map(PostgresColumn::name).toList(),
        inspection.request().expressions()::containsKey,
        name -> inspection.source().column(name).isPresent());
    Map<Integer, String> origins = new HashMap<>();
    for (PostgresColumn column : ghost.columns()) {
      retirement
          .nowNamed(column.name())
          .filter(now -> !column.generated())
          .ifPresent(now -> origins.put(column.number(), now));
    }
    List<PostgresColumnMapping> columns =
        map(ghost, origins, List.of()).stream()
            .filter(m -> !retirement.gone().contains(m.ghost().name()))
            .toList();
    List<PostgresRetainedColumn> kept = new ArrayList<>();
    for (PostgresColumn column : ghost.columns()) {
      if (retirement.gone().contains(column.name()) && !column.generated()) {
        kept.add(new PostgresRetainedColumn(column, otherwise(ghost, column)));
      }
    }
    Retirement.loss(
            inspection.source().columns().stream()
                .filter(s -> !s.generated())
                .map(PostgresColumn::name)
                .toList(),
            columns.stream().map(m -> m.source().name()).toList(),
            inspection.names().retired())
        .ifPresent(warnings::add);
    PostponedParts nothing =
        new PostponedParts(List.of(), List.of(), List.of(), List.of(), List.of());
    return planned(
        ghost,
        columns,
        kept,
        PostgresKeyChoice.of(inspection, columns),
        Optional.empty(),
        nothing,
        counters(ghost, origins, List.of()),
        List.of(),
        List.of());
  }

  /** What a row gets in a column that the source lacks. */
  private String otherwise(PostgresTableDefinition ghost, PostgresColumn column)
      throws SQLException {
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
    PostgresTableDefinition.qualify(c);
    PostgresTableDefinition ghost = PostgresTableDefinition.read(c, ghostName);
    GhostNote note = GhostNote.of(control.read(c, EntryKind.GHOST).orElseThrow());
    if (!note.columns().equals(ghost.columns().toString())) {
      throw new RefusedException(
          "%s was altered since the earlier run.".formatted(ghostName),
          "Begin again, with --start-over; the source is untouched.");
    }
    PostponedParts later =
        note.later().without(GhostDdl.indexes(c, ghostName), GhostDdl.constraints(c, ghostName));
    ghost = ghost.with(later.missingKeys());
    c.commit();
    List<PostgresColumnMapping> columns = map(ghost, note.origins(), note.foreignKeys());
    PostgresKeySql key = PostgresKeyChoice.of(inspection, columns);
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
  private List<PostgresColumnMapping> map(
      PostgresTableDefinition ghost, Map<Integer, String> names, List<String> foreignKeys)
      throws SQLException {
    Map<Integer, PostgresColumn> origins = new HashMap<>();
    names.forEach(
        (number, name) -> origins.put(number, inspection.source().column(name).orElseThrow()));
    new ExpressionTrial(inspection, c).refuseUnfit(ghost);
    PostgresTableDefinition.qualify(c);
    List<PostgresColumnMapping> columns = mapColumns(ghost, origins);
    new BrokenDependents(c, inspection, ghost, origins, foreignKeys).refuse();
    return columns;
  }

  /**
   * @param gathering false when the ghost has its unique indexes
   */
  private PostgresChangedKeys changedKeys(
      PostgresKeySql key, Optional<Pages> pages, boolean gathering) {
    return new PostgresChangedKeys(
        control.changedKeys(), inspection.names(), key, pages, new AtomicBoolean(gathering));
  }

  private PlannedMigration planned(
      PostgresTableDefinition ghost,
      List<PostgresColumnMapping> columns,
      List<PostgresRetainedColumn> kept,
      PostgresKeySql key,
      Optional<Pages> pages,
      PostponedParts later,
      Counters counters,
      List<Effect> effects,
      List<String> altered)
      throws SQLException {
    for (PostgresColumnMapping column : columns) {
      if (!column.steady()) {
        warnings.add(
            "The values of %s are not compared: by %s, a row has another one each time."
                .formatted(column.ghost().name(), column.using().orElseThrow()));
      }
    }
    Optional<PostgresChangedKeys> gathered =
        later.keys().isEmpty()
            ? Optional.empty()
            : Optional.of(changedKeys(key, pages, !later.missingKeys().isEmpty()));
    KeyOrder order = pages.isPresent() ? KeyOrder.unknown(key.parts()) : new KeyOrder(key.parts());
    return new PostgresMigration(
        inspection,
        ghost,
        columns,
        kept,
        key,
        pages,
        new PostgresRows(inspection.names(), ghost, columns, kept, key, pages, gathered),
        gathered,
        order,
        slot,
        StreamedTable.of(c, inspection, key),
        new ConversionSettings(inspection, columns).profile(warnings),
        later,
        counters,
        effects,
        altered,
        warnings);
  }

  private static Counters counters(
      PostgresTableDefinition ghost, Map<Integer, String> origins, List<String> restarted) {
    Map<String, String> columns = new HashMap<>();
    for (PostgresColumn column : ghost.columns()) {
      if (origins.containsKey(column.number())) {
        columns.put(origins.get(column.number()), column.name());
      }
    }
    return new Counters(columns, restarted);
  }

  /**
   * Gives the ghost an index by which its rows are found, where the change leaves none.
   *
   * @return whether it needs one
   */
  private boolean makeSearchable(PostgresKeySql key, PostgresTableDefinition ghost)
      throws SQLException {
    Optional<PostgresSearchIndex> search = PostgresSearchIndex.neededFor(key, ghost);
    if (search.isPresent()) {
      search.get().create(c);
      warnings.add(search.get().describe());
    }
    return search.isPresent();
  }

  private List<PostgresColumnMapping> mapColumns(
      PostgresTableDefinition ghost, Map<Integer, PostgresColumn> origins) {
    List<PostgresColumnMapping> mapped = new ArrayList<>();
    for (PostgresColumn column : ghost.columns()) {
      PostgresColumn origin = origins.get(column.number());
      String expression = inspection.request().expressions().get(column.name());
      if (expression != null) {
        mapped.add(computed(column, expression));
      } else if (origin != null && !column.generated()) {
        mapped.add(
            new PostgresColumnMapping(
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

  private PostgresColumnMapping computed(PostgresColumn column, String expression) {
    if (column.generated()) {
      throw new RefusedException(
          "--set names the column %s, which is generated.".formatted(column.name()),
          "Leave it out, or change the column.");
    }
    return new PostgresColumnMapping(column, column, Optional.of(Parameters.escaped(expression)));
  }
}
