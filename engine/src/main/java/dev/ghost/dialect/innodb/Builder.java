package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.Retirement;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Creates the ghost, lets the server apply the change to it, and plans the copy from what came of
 * it.
 */
final class Builder {

  /** Where a table has a column of this name, InnoDB takes its numbers for those of documents. */
  private static final String DOCUMENT = "FTS_DOC_ID";

  private final InnodbDraft draft;

  private final Connection c;
  private final Control control;
  private final List<String> warnings = new ArrayList<>();

  Builder(InnodbDraft draft, Connection c) {
    this.draft = draft;
    this.c = c;
    this.control = new Control(draft.names().control());
  }

  Workbench build() throws SQLException {
    draft.change().refuseMissing(TableParts.read(c, draft.source()));
    TableName ghostName = draft.names().ghost();
    control.create(c);
    control.write(c, Note.RETIRED_NAME, draft.names().retired().table());
    control.write(c, Note.SOURCE, draft.names().source().table());
    control.write(c, Note.REQUEST, draft.request().text());
    control.write(c, Note.PREMISES, premises());
    Expressions expressions = Expressions.examine(c, draft);
    createGhost(ghostName);
    DerivedName.shorten(c, draft.names().source(), ghostName);
    TableDefinition ghost = TableDefinition.read(draft.product(), c, ghostName);
    refuseGhost(ghost);
    refuseLost(ghost);
    draft.attachments().refuseAltered(draft.source(), ghost, draft.companions());
    draft.attachments().prepare(c, ghostName);
    expressions.refuseUnknown(ghost);
    control.write(c, Note.GHOST, anonymousGhost());
    return plan(ghost, expressions, List.of(), Optional.empty());
  }

  /** Plans with the retired table of an earlier change as the ghost. */
  Workbench adopt(Retirement retirement) throws SQLException {
    control.create(c);
    control.write(c, Note.RETIRED_NAME, draft.names().ghost().table());
    control.write(c, Note.SOURCE, draft.names().source().table());
    control.write(c, Note.REQUEST, draft.request().text());
    draft.remains().noteRetired(c, draft.names().ghost(), retirement);
    Expressions expressions = Expressions.examine(c, draft);
    TableDefinition ghost = TableDefinition.read(draft.product(), c, draft.names().ghost());
    retirement.refuseUnknown(
        ghost.name(),
        ghost.columns().stream().filter(o -> !o.generated()).map(Column::name).toList(),
        expressions::has,
        name -> draft.source().column(name).isPresent());
    Retirement.loss(
            draft.source().columns().stream()
                .filter(s -> !s.generated())
                .map(Column::name)
                .toList(),
            ghost.columns().stream()
                .flatMap(o -> draft.originOf(o).stream())
                .map(Column::name)
                .toList(),
            draft.names().retired())
        .ifPresent(warnings::add);
    List<KeptColumn> kept =
        ghost.columns().stream()
            .filter(o -> retirement.gone().contains(o.name()) && !o.generated())
            .map(o -> new KeptColumn(o, expressions.otherwise(o)))
            .toList();
    expressions.refuseUnknown(ghost);
    draft.attachments().refuseAltered(draft.source(), ghost, draft.companions());
    draft.attachments().prepare(c, ghost.name());
    return plan(
        ghost, expressions.without(retirement.gone()), kept, Optional.of(LaterIndexes.NONE));
  }

  /** Plans again with the ghost of an earlier run. */
  Workbench resume() throws SQLException {
    TableName ghostName = draft.names().ghost();
    new Sentry(draft.names().retired()).drop(c);
    if (!control.read(c, Note.PREMISES).equals(Optional.of(premises()))) {
      throw new RefusedException(
          "%s, or a table that it refers to, was altered since the earlier run, or the server is another one."
              .formatted(draft.names().source()),
          "Begin anew, with --start-over; the source is untouched.");
    }
    String now = anonymousGhost();
    Optional<LaterIndexes> later =
        control.read(c, Note.GHOST).flatMap(complete -> LaterIndexes.missing(complete, now));
    if (later.isEmpty()) {
      throw new RefusedException(
          "%s was altered since the earlier run.".formatted(ghostName),
          "Begin anew, with --start-over; the source is untouched.");
    }
    TableDefinition ghost =
        SearchIndex.without(TableDefinition.read(draft.product(), c, ghostName));
    Expressions expressions = Expressions.examine(c, draft);
    expressions.refuseUnknown(ghost);
    return plan(ghost, expressions, List.of(), later);
  }

  private String premises() throws SQLException {
    StringBuilder premises = new StringBuilder();
    premises.append(draft.product().positionBelongsTo(c, draft.facts())).append('\n');
    premises.append(TableDefinition.withoutCounter(draft.source().ddl()));
    // The stream brings changes of the parents, too, and knows them by their definition now.
    for (TableName parent : ActingKey.parents(draft)) {
      premises.append('\n').append(TableDefinition.stableDdl(c, parent));
    }
    return premises.toString();
  }

  /** As the change makes it. */
  private String anonymousGhost() throws SQLException {
    TableName ghostName = draft.names().ghost();
    return InnodbWorkbench.anonymous(
        SearchIndex.without(TableDefinition.stableDdl(c, ghostName)), ghostName);
  }

  /**
   * @param later what the ghost lacks already; where that is not said yet, it is chosen, and
   *     dropped
   */
  private Workbench plan(
      TableDefinition ghost,
      Expressions expressions,
      List<KeptColumn> kept,
      Optional<LaterIndexes> later)
      throws SQLException {
    List<ColumnMapping> columns = mapColumns(ghost, expressions, kept);
    KeyChoice choice = KeyChoice.of(draft, columns, ghost, draft.retirement().isEmpty());
    KeySql key = choice.key();
    warnings.addAll(choice.warnings());
    SessionProfile profile = profile(columns, key);
    choice.probe(c, draft);
    probe(new KeptValues(Sql.quote(ghost.name()), kept, key));
    warnings.addAll(draft.product().warnings(draft.source()));
    warnings.addAll(draft.attachments().warnings(draft.product(), draft.names().source()));
    draft
        .product()
        .statistics(draft.facts())
        .warning(c, draft.source().name())
        .ifPresent(warnings::add);
    List<ActingKey> acting = ActingKey.all(c, draft, ghost, columns);
    acting.stream()
        .filter(a -> !a.key().withinItself())
        .map(ActingKey::describe)
        .forEach(warnings::add);
    if (later.isEmpty() && choice.search().isPresent()) {
      choice.search().get().addFirst(c, ghost.name());
    }
    LaterIndexes missing = later.isPresent() ? later.get() : postponed(ghost, key, acting);
    return new InnodbWorkbench(
        draft, ghost, columns, kept, choice, acting, missing, profile, warnings);
  }

  /** A replica would do nothing else for as long as it builds them. */
  private LaterIndexes postponed(TableDefinition ghost, KeySql key, List<ActingKey> acting)
      throws SQLException {
    LaterIndexes later = LaterIndexes.of(ghost, key, acting);
    if (later.none() || draft.product().hasReplicas(c)) {
      return LaterIndexes.NONE;
    }
    later.drop(c, ghost.name());
    return later;
  }

  private void createGhost(TableName ghost) throws SQLException {
    TableDefinition source = draft.source();
    Control.execute(
        c,
        source.inDirectory()
            ? source.createAs(ghost, !draft.product().namesChecksBySchema())
            : "CREATE TABLE %s LIKE %s".formatted(Sql.quote(ghost), Sql.quote(source.name())));
    if (draft.change().change().isEmpty()) {
      return;
    }
    CheckNames names = CheckNames.of(source.ddl(), TableDefinition.stableDdl(c, ghost));
    Alteration alteration = new Alteration(ghost, draft.change(), draft.change().changeOf(names));
    try {
      alteration.make(c);
    } catch (SQLException e) {
      if (InnodbErrors.faultOf(e).circumstantial()) {
        throw e;
      }
      throw alteration.refusal(draft.product(), e);
    }
  }

  private void refuseGhost(TableDefinition ghost) throws SQLException {
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
    if (ghost.column(DOCUMENT).isPresent() && ghost.indexes().stream().anyMatch(Index::fulltext)) {
      throw new RefusedException(
          "%s numbers its documents itself, in %s: under a FULLTEXT key the server takes only numbers that grow, and rows are copied and replayed in another order."
              .formatted(draft.names().source(), DOCUMENT),
          "Drop the FULLTEXT keys before, and add them again directly afterwards; or make the"
              + " change directly.");
    }
    for (Index index : ghost.indexes()) {
      if (index.unique() && index.expressions()) {
        throw new RefusedException(
            "The unique key %s is on an expression, which ghost cannot look rows up by."
                .formatted(index.name()),
            "Add a generated column with that expression, and a unique key on the column.");
      }
    }
  }

  /** A column that goes, and of which we have read no DROP, would lose its values unseen. */
  private void refuseLost(TableDefinition ghost) {
    List<String> lost = draft.change().lost(names(draft.source()), names(ghost));
    if (!lost.isEmpty()) {
      throw new RefusedException(
          "The change does away with the column %s of %s, and ghost does not see how."
              .formatted(String.join(", ", lost), draft.names().source()),
          "Please report this, with the statement.");
    }
  }

  private static List<String> names(TableDefinition table) {
    return table.columns().stream().map(Column::name).toList();
  }

  private List<ColumnMapping> mapColumns(
      TableDefinition ghost, Expressions expressions, List<KeptColumn> kept) throws SQLException {
    ZeroDates zeroDates = ZeroDates.of(UserSettings.sqlMode(c));
    List<ColumnMapping> mapped = new ArrayList<>();
    for (Column column : ghost.columns()) {
      if (column.generated() || kept.stream().anyMatch(k -> k.column().equals(column))) {
        continue;
      }
      Optional<ColumnMapping> computed = expressions.mapping(column);
      if (computed.isPresent()) {
        mapped.add(computed.get());
        continue;
      }
      Optional<Column> origin = draft.originOf(column);
      if (origin.isPresent()) {
        mapped.add(
            ColumnMapping.converted(
                column,
                origin.get(),
                draft.alias().ofSource(origin.get().name()),
                draft.product(),
                zeroDates));
      } else if (!column.nullable() && column.defaultSql() == null && !column.autoIncrement()) {
        mapped.add(ColumnMapping.plain(column, Optional.empty(), column.implicitDefault(), false));
      }
    }
    return mapped;
  }

  private void probe(KeptValues kept) throws SQLException {
    try {
      if (!kept.none()) {
        kept.take(c, Fragment.plain("FALSE"));
      }
    } catch (SQLException e) {
      if (InnodbErrors.faultOf(e) != Fault.DENIED) {
        throw e;
      }
      throw new RefusedException(
          "To keep what only %s holds, a temporary table is needed: %s"
              .formatted(draft.names().ghost(), e.getMessage()),
          "GRANT CREATE TEMPORARY TABLES ON %s.* to this user."
              .formatted(Sql.quote(draft.names().source().schema())),
          e);
    }
  }

  /**
   * UTC, in which no moment is ambiguous; but where the change turns TIMESTAMP into something else,
   * the outcome must be the one that ALTER TABLE would have: there it is the server's time zone.
   */
  private SessionProfile profile(List<ColumnMapping> columns, KeySql key) {
    boolean needsZone = columns.stream().anyMatch(m -> m.needsTimeZone());
    SessionProfile profile = SessionProfile.work(draft.names().source().schema());
    if (!needsZone) {
      return profile;
    }
    if (key.columns().stream().anyMatch(k -> k.source().is("timestamp"))) {
      throw new RefusedException(
          "The change converts a TIMESTAMP to local time, and the chunk key has a TIMESTAMP, which"
              + " needs UTC.",
          "Add a key without TIMESTAMP first.");
    }
    String zone = draft.facts().timeZone();
    warnings.add("TIMESTAMP is converted in the server's time zone, " + zone + ".");
    return profile.withTimeZone(zone);
  }
}
