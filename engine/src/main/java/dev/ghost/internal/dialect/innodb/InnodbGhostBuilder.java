package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.rows.CascadingForeignKey;
import dev.ghost.internal.dialect.innodb.rows.DeferredIndexes;
import dev.ghost.internal.dialect.innodb.rows.InnodbColumnMapping;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql;
import dev.ghost.internal.dialect.innodb.rows.InnodbRetainedColumn;
import dev.ghost.internal.dialect.innodb.rows.InnodbRetainedValues;
import dev.ghost.internal.dialect.innodb.rows.InnodbSearchIndex;
import dev.ghost.internal.dialect.innodb.rows.ZeroDates;
import dev.ghost.internal.dialect.innodb.schema.CheckNames;
import dev.ghost.internal.dialect.innodb.schema.DerivedName;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbIndex;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.schema.TableKind;
import dev.ghost.internal.dialect.innodb.schema.TableParts;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.server.InnodbUserSettings;
import dev.ghost.internal.dialect.innodb.server.Sentry;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Creates the ghost, lets the server apply the change to it, and plans the copy from what came of
 * it.
 */
final class InnodbGhostBuilder {

  /** Where a table has a column of this name, InnoDB takes its numbers for those of documents. */
  private static final String DOCUMENT = "FTS_DOC_ID";

  private final InnodbInspection inspection;

  private final Connection c;
  private final InnodbControlTable control;
  private final List<String> warnings = new ArrayList<>();

  InnodbGhostBuilder(InnodbInspection inspection, Connection c) {
    this.inspection = inspection;
    this.c = c;
    this.control = new InnodbControlTable(inspection.names().control());
  }

  PlannedMigration build() throws SQLException {
    inspection.change().refuseMissing(TableParts.read(c, inspection.source()));
    TableName ghostName = inspection.names().ghost();
    control.create(c);
    control.write(c, EntryKind.RETIRED_NAME, inspection.names().retired().table());
    control.write(c, EntryKind.SOURCE, inspection.names().source().table());
    control.write(c, EntryKind.REQUEST, inspection.request().text());
    control.write(c, EntryKind.PREMISES, premises());
    Expressions expressions = Expressions.examine(c, inspection);
    createGhost(ghostName);
    DerivedName.shorten(c, inspection.names().source(), ghostName);
    InnodbTableDefinition ghost = InnodbTableDefinition.read(inspection.product(), c, ghostName);
    refuseGhost(ghost);
    refuseLost(ghost);
    inspection
        .attachments()
        .fit()
        .refuseAltered(inspection.source(), ghost, inspection.companions());
    inspection.attachments().prepare(c, ghostName);
    expressions.refuseUnknown(ghost);
    control.write(c, EntryKind.GHOST, anonymousGhost());
    return plan(ghost, expressions, List.of(), Optional.empty());
  }

  /** Plans with the retired table of an earlier change as the ghost. */
  PlannedMigration adopt(Retirement retirement) throws SQLException {
    control.create(c);
    control.write(c, EntryKind.RETIRED_NAME, inspection.names().ghost().table());
    control.write(c, EntryKind.SOURCE, inspection.names().source().table());
    control.write(c, EntryKind.REQUEST, inspection.request().text());
    inspection.artifacts().noteRetired(c, inspection.names().ghost(), retirement);
    Expressions expressions = Expressions.examine(c, inspection);
    InnodbTableDefinition ghost =
        InnodbTableDefinition.read(inspection.product(), c, inspection.names().ghost());
    retirement.refuseUnknown(
        ghost.name(),
        ghost.columns().stream().filter(o -> !o.generated()).map(InnodbColumn::name).toList(),
        expressions::has,
        name -> inspection.source().column(name).isPresent());
    Retirement.loss(
            inspection.source().columns().stream()
                .filter(s -> !s.generated())
                .map(InnodbColumn::name)
                .toList(),
            ghost.columns().stream()
                .flatMap(o -> inspection.originOf(o).stream())
                .map(InnodbColumn::name)
                .toList(),
            inspection.names().retired())
        .ifPresent(warnings::add);
    List<InnodbRetainedColumn> kept =
        ghost.columns().stream()
            .filter(o -> retirement.gone().contains(o.name()) && !o.generated())
            .map(o -> new InnodbRetainedColumn(o, expressions.otherwise(o)))
            .toList();
    expressions.refuseUnknown(ghost);
    inspection
        .attachments()
        .fit()
        .refuseAltered(inspection.source(), ghost, inspection.companions());
    inspection.attachments().prepare(c, ghost.name());
    return plan(
        ghost, expressions.without(retirement.gone()), kept, Optional.of(DeferredIndexes.NONE));
  }

  /** Plans again with the ghost of an earlier run. */
  PlannedMigration resume() throws SQLException {
    TableName ghostName = inspection.names().ghost();
    new Sentry(inspection.names().retired()).drop(c);
    if (!control.read(c, EntryKind.PREMISES).equals(Optional.of(premises()))) {
      throw new RefusedException(
          "%s, or a table that it refers to, was altered since the earlier run, or the server is another one."
              .formatted(inspection.names().source()),
          "Begin again, with --start-over; the source is untouched.");
    }
    String now = anonymousGhost();
    Optional<DeferredIndexes> later =
        control
            .read(c, EntryKind.GHOST)
            .flatMap(complete -> DeferredIndexes.missing(complete, now));
    if (later.isEmpty()) {
      throw new RefusedException(
          "%s was altered since the earlier run.".formatted(ghostName),
          "Begin again, with --start-over; the source is untouched.");
    }
    InnodbTableDefinition ghost =
        InnodbSearchIndex.without(InnodbTableDefinition.read(inspection.product(), c, ghostName));
    Expressions expressions = Expressions.examine(c, inspection);
    expressions.refuseUnknown(ghost);
    return plan(ghost, expressions, List.of(), later);
  }

  private String premises() throws SQLException {
    StringBuilder premises = new StringBuilder();
    premises.append(inspection.product().positionBelongsTo(c, inspection.facts())).append('\n');
    premises.append(InnodbTableDefinition.withoutCounter(inspection.source().ddl()));
    // The stream brings changes of the parents, too, and knows them by their definition now.
    for (TableName parent : inspection.actingParents()) {
      premises.append('\n').append(InnodbTableDefinition.stableDdl(c, parent));
    }
    return premises.toString();
  }

  /** As the change makes it. */
  private String anonymousGhost() throws SQLException {
    TableName ghostName = inspection.names().ghost();
    return InnodbTableDefinition.anonymous(
        InnodbSearchIndex.without(InnodbTableDefinition.stableDdl(c, ghostName)), ghostName);
  }

  /**
   * @param later what the ghost lacks already; where that is not said yet, it is chosen, and
   *     dropped
   */
  private PlannedMigration plan(
      InnodbTableDefinition ghost,
      Expressions expressions,
      List<InnodbRetainedColumn> kept,
      Optional<DeferredIndexes> later)
      throws SQLException {
    List<InnodbColumnMapping> columns = mapColumns(ghost, expressions, kept);
    KeyChoice choice = KeyChoice.of(inspection, columns, ghost, inspection.retirement().isEmpty());
    InnodbKeySql key = choice.key();
    warnings.addAll(choice.warnings());
    SessionProfile profile = profile(columns, key);
    choice.probe(c, inspection);
    probe(new InnodbRetainedValues(Sql.quote(ghost.name()), kept, key));
    warnings.addAll(inspection.product().warnings(inspection.source()));
    warnings.addAll(
        inspection.attachments().warnings(inspection.product(), inspection.names().source()));
    inspection
        .product()
        .statistics(inspection.facts())
        .warning(c, inspection.source().name())
        .ifPresent(warnings::add);
    List<CascadingForeignKey> acting =
        CascadingForeignKey.all(
            c, inspection.product(), inspection.acting(), inspection.source(), ghost, columns);
    acting.stream()
        .filter(a -> !a.key().withinItself())
        .map(CascadingForeignKey::describe)
        .forEach(warnings::add);
    if (later.isEmpty() && choice.search().isPresent()) {
      choice.search().get().addFirst(c, ghost.name());
    }
    DeferredIndexes missing = later.isPresent() ? later.get() : postponed(ghost, key, acting);
    return new InnodbMigration(
        inspection, ghost, columns, kept, choice, acting, missing, profile, warnings);
  }

  /** A replica would do nothing else for as long as it builds them. */
  private DeferredIndexes postponed(
      InnodbTableDefinition ghost, InnodbKeySql key, List<CascadingForeignKey> acting)
      throws SQLException {
    DeferredIndexes later = DeferredIndexes.of(ghost, key, acting);
    if (later.none() || inspection.product().hasReplicas(c)) {
      return DeferredIndexes.NONE;
    }
    later.drop(c, ghost.name());
    return later;
  }

  private void createGhost(TableName ghost) throws SQLException {
    InnodbTableDefinition source = inspection.source();
    Sql.execute(
        c,
        source.inDirectory()
            ? source.createAs(ghost, !inspection.product().namesChecksBySchema())
            : "CREATE TABLE %s LIKE %s".formatted(Sql.quote(ghost), Sql.quote(source.name())));
    if (inspection.change().change().isEmpty()) {
      return;
    }
    CheckNames names = CheckNames.of(source.ddl(), InnodbTableDefinition.stableDdl(c, ghost));
    Alteration alteration =
        new Alteration(ghost, inspection.change(), inspection.change().changeOf(names));
    try {
      alteration.make(c);
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e).circumstantial()) {
        throw e;
      }
      throw alteration.refusal(inspection.product(), e);
    }
  }

  private void refuseGhost(InnodbTableDefinition ghost) throws SQLException {
    TableKind kind = TableKind.read(c, ghost.name()).orElseThrow();
    if (!kind.transactional()) {
      throw new RefusedException(
          "The change moves the table to a storage engine without transactions.",
          "Only InnoDB tables can be filled while the application writes.");
    }
    if (kind.versioned()) {
      throw new RefusedException(
          "The change makes the table versioned: the replay of changes would become its history.",
          "Add the versioning directly, with ALTER TABLE, after the migration.");
    }
    if (ghost.column(DOCUMENT).isPresent()
        && ghost.indexes().stream().anyMatch(InnodbIndex::fulltext)) {
      throw new RefusedException(
          "%s numbers its documents itself, in %s: under a FULLTEXT key the server takes only numbers that grow, and rows are copied and replayed in another order."
              .formatted(inspection.names().source(), DOCUMENT),
          "Drop the FULLTEXT keys before, and add them again directly afterwards; or make the"
              + " change directly.");
    }
    for (InnodbIndex index : ghost.indexes()) {
      if (index.unique() && index.expressions()) {
        throw new RefusedException(
            "The unique key %s is on an expression, which ghost cannot look rows up by."
                .formatted(index.name()),
            "Add a generated column with that expression, and a unique key on the column.");
      }
    }
  }

  /** A column that goes, and of which we have read no DROP, would lose its values unseen. */
  private void refuseLost(InnodbTableDefinition ghost) {
    List<String> lost = inspection.change().lost(names(inspection.source()), names(ghost));
    if (!lost.isEmpty()) {
      throw new RefusedException(
          "The change does away with the column %s of %s, and ghost does not see how."
              .formatted(String.join(", ", lost), inspection.names().source()),
          "Please report this, with the statement.");
    }
  }

  private static List<String> names(InnodbTableDefinition table) {
    return table.columns().stream().map(InnodbColumn::name).toList();
  }

  private List<InnodbColumnMapping> mapColumns(
      InnodbTableDefinition ghost, Expressions expressions, List<InnodbRetainedColumn> kept)
      throws SQLException {
    ZeroDates zeroDates = ZeroDates.of(InnodbUserSettings.sqlMode(c));
    List<InnodbColumnMapping> mapped = new ArrayList<>();
    for (InnodbColumn column : ghost.columns()) {
      if (column.generated() || kept.stream().anyMatch(k -> k.column().equals(column))) {
        continue;
      }
      Optional<InnodbColumnMapping> computed = expressions.mapping(column);
      if (computed.isPresent()) {
        mapped.add(computed.get());
        continue;
      }
      Optional<InnodbColumn> origin = inspection.originOf(column);
      if (origin.isPresent()) {
        mapped.add(
            InnodbColumnMapping.converted(
                column,
                origin.get(),
                inspection.alias().ofSource(origin.get().name()),
                inspection.product(),
                zeroDates));
      } else if (!column.nullable() && column.defaultSql() == null && !column.autoIncrement()) {
        mapped.add(
            InnodbColumnMapping.plain(column, Optional.empty(), column.implicitDefault(), false));
      }
    }
    return mapped;
  }

  private void probe(InnodbRetainedValues kept) throws SQLException {
    try {
      if (!kept.none()) {
        kept.take(c, Fragment.plain("FALSE"));
      }
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      throw new RefusedException(
          "To keep what only %s holds, a temporary table is needed: %s"
              .formatted(inspection.names().ghost(), e.getMessage()),
          "GRANT CREATE TEMPORARY TABLES ON %s.* to this user."
              .formatted(Sql.quote(inspection.names().source().schema())),
          e);
    }
  }

  /**
   * UTC, in which no moment is ambiguous; but where the change turns TIMESTAMP into something else,
   * the outcome must be the one that ALTER TABLE would have: there it is the server's time zone.
   */
  private SessionProfile profile(List<InnodbColumnMapping> columns, InnodbKeySql key) {
    boolean needsZone = columns.stream().anyMatch(m -> m.needsTimeZone());
    SessionProfile profile = SessionProfile.work(inspection.names().source().schema());
    if (!needsZone) {
      return profile;
    }
    if (key.columns().stream().anyMatch(k -> k.source().is("timestamp"))) {
      throw new RefusedException(
          "The change converts a TIMESTAMP to local time, and the chunk key has a TIMESTAMP, which"
              + " needs UTC.",
          "Add a key without TIMESTAMP first.");
    }
    String zone = inspection.facts().timeZone();
    warnings.add("TIMESTAMP is converted in the server's time zone, " + zone + ".");
    return profile.withTimeZone(zone);
  }
}
