package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.innodb.rows.Alias;
import dev.ghost.internal.dialect.innodb.rows.DeferredIndexes;
import dev.ghost.internal.dialect.innodb.schema.AlterStatement;
import dev.ghost.internal.dialect.innodb.schema.ForeignKey;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.schema.TableKind;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.server.Sentry;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.plan.PriorRun;
import dev.ghost.internal.plan.PriorRunFacts;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.request.TakenName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * An inspected migration of a table.
 *
 * @param change the request's, as the server gets it
 * @param retirement of the ghost, where it is the retired table that is to be swapped back
 * @param companions those of the request, in the server's own letter case
 */
record InnodbInspection(
    Product product,
    InnodbServerFacts facts,
    ServerAddress address,
    TableNames names,
    InnodbTableDefinition source,
    AlterRequest request,
    AlterStatement change,
    Optional<Retirement> retirement,
    InnodbAttachments attachments,
    Set<TableName> companions,
    long estimatedRows,
    long estimatedBytes)
    implements Inspection {

  @Override
  public InnodbArtifacts artifacts() {
    return new InnodbArtifacts(names.source());
  }

  @Override
  public void awaitPriorSessionsGone(Connection c) throws SQLException {
    try {
      Sql.execute(c, "LOCK TABLES %s WRITE".formatted(Sql.quote(names.ghost())));
      Sql.execute(c, "UNLOCK TABLES");
    } catch (SQLException e) {
      if (e.getErrorCode() != InnodbErrors.NO_SUCH_TABLE) {
        throw e;
      }
    }
  }

  Alias alias() {
    return Alias.of(names.source());
  }

  /** The column of the source that one of the ghost takes its values from. */
  Optional<InnodbColumn> originOf(InnodbColumn ghost) {
    return retirement.isPresent()
        ? retirement.get().nowNamed(ghost.name()).flatMap(source::column)
        : change.originIn(source, ghost);
  }

  /** The foreign keys of the source whose actions the server does not log. */
  List<ForeignKey> acting() {
    return product.logsCascades(facts)
        ? List.of()
        : attachments.own().stream().filter(ForeignKey::acts).toList();
  }

  /** The tables to which these refer. */
  List<TableName> actingParents() {
    return acting().stream().map(ForeignKey::parent).distinct().toList();
  }

  @Override
  public PriorRun priorRun(Connection c) throws SQLException {
    PriorRunFacts found = retirement.isPresent() ? factsOfRevert(c) : factsOfAlter(c);
    Optional<PriorRun> decided = found.decide(names.source(), request.text());
    if (decided.isPresent()) {
      return decided.get();
    }
    artifacts().clean(c);
    return PriorRunFacts.none(retiring(c, names.retired()))
        .decide(names.source(), request.text())
        .orElseThrow();
  }

  private PriorRunFacts factsOfRevert(Connection c) throws SQLException {
    InnodbControlTable control = artifacts().journal();
    Sentry sentry = new Sentry(names.retired());
    if (!sentry.isOurs(c) && Sql.exists(c, names.ghost())) {
      refuseTaken(c, names.retired());
    }
    if (!control.exists(c)) {
      sentry.drop(c);
      return PriorRunFacts.none(Optional.empty());
    }
    // There is one table to swap back, whatever expressions were given for it.
    Optional<String> asked =
        control
            .read(c, EntryKind.REQUEST)
            .map(earlier -> AlterRequest.reverts(earlier) ? request.text() : earlier);
    return asked.filter(AlterRequest::reverts).isPresent() && !Sql.exists(c, names.ghost())
        ? PriorRunFacts.swapped(asked)
        : PriorRunFacts.unfinished(asked, false, Optional.empty());
  }

  private PriorRunFacts factsOfAlter(Connection c) throws SQLException {
    InnodbControlTable control = new InnodbControlTable(names.control());
    if (!control.exists(c)) {
      new Sentry(names.retired()).drop(c);
      return PriorRunFacts.none(conflict(c));
    }
    TableNames earlier = artifacts().namesOfRun(c);
    Optional<String> asked = control.read(c, EntryKind.REQUEST);
    boolean ghost = Sql.exists(c, names.ghost());
    boolean sentry = new Sentry(earlier.retired()).isOurs(c);
    if (asked.isPresent() && !ghost && !sentry && Sql.exists(c, earlier.retired())) {
      return isSwapped(c, control)
          ? PriorRunFacts.swapped(asked)
          : PriorRunFacts.unfinished(Optional.empty(), false, retiring(c, earlier.retired()));
    }
    Optional<RefusedException> conflict =
        new Sentry(names.retired()).isOurs(c) ? Optional.empty() : retiring(c, names.retired());
    return PriorRunFacts.unfinished(
        asked.filter(a -> ghost),
        ghost && conflict.isEmpty() && control.read(c, EntryKind.CHECKPOINT).isPresent(),
        conflict);
  }

  /** True when the source is what the ghost of the journal was to become. */
  private boolean isSwapped(Connection c, InnodbControlTable control) throws SQLException {
    String now = ddlAsGhost(c);
    return control
        .read(c, EntryKind.GHOST)
        .flatMap(complete -> DeferredIndexes.missing(complete, now))
        .filter(DeferredIndexes::none)
        .isPresent();
  }

  /** The definition of the table under the source's name, as it would read under the ghost's. */
  private String ddlAsGhost(Connection c) throws SQLException {
    return InnodbTableDefinition.anonymous(
        InnodbTableDefinition.stableDdl(c, names.source()), names.source());
  }

  /** Refuses one of ghost's names that something else has. */
  static void refuseTaken(Connection c, TableName name) throws SQLException {
    Optional<RefusedException> conflict = conflict(c, name, TakenName::refusal);
    if (conflict.isPresent()) {
      throw conflict.get();
    }
  }

  /** The refusal of the first of a run's names that something else has. */
  private Optional<RefusedException> conflict(Connection c) throws SQLException {
    Optional<RefusedException> found = conflict(c, names.control(), TakenName::refusal);
    if (found.isEmpty()) {
      found = conflict(c, names.ghost(), TakenName::refusal);
    }
    return found.isEmpty() ? retiring(c, names.retired()) : found;
  }

  /** The same for the name that the source is to have after the swap. */
  private static Optional<RefusedException> retiring(Connection c, TableName name)
      throws SQLException {
    return conflict(c, name, TakenName::refusalToRetire);
  }

  private static Optional<RefusedException> conflict(
      Connection c, TableName name, Function<TakenName, RefusedException> refusal)
      throws SQLException {
    Optional<Retirement> retired = Sql.comment(c, name).flatMap(Retirement::of);
    return retired.isPresent()
        ? retired.map(r -> r.refusal(name))
        : TableKind.read(c, name)
            .map(kind -> refusal.apply(new TakenName(name, kind.word(), Sql.quote(name))));
  }

  @Override
  public PlannedMigration build(Connection c) throws SQLException {
    InnodbGhostBuilder builder = new InnodbGhostBuilder(this, c);
    return retirement.isPresent() ? builder.adopt(retirement.get()) : builder.build();
  }

  @Override
  public PlannedMigration resume(Connection c) throws SQLException {
    return new InnodbGhostBuilder(this, c).resume();
  }

  @Override
  public String dropRetiredSql() {
    return "DROP TABLE " + Sql.quote(names.retired()) + ";";
  }
}
