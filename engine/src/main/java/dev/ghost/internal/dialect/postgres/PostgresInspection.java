package dev.ghost.internal.dialect.postgres;

import static java.util.Comparator.comparing;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresServerFacts;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.sql.AlterText;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.PlanFacts;
import dev.ghost.internal.plan.PriorRun;
import dev.ghost.internal.plan.PriorRunFacts;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.MissingName;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.request.TakenName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An inspected migration of a PostgreSQL table.
 *
 * @param fingerprint of the source
 * @param retirement of the ghost, where it is the retired table that is to be swapped back
 * @param identity the source's replica identity: {@code d}, {@code n}, {@code f} or {@code i}
 */
record PostgresInspection(
    PostgresServerFacts facts,
    ServerAddress address,
    Names all,
    PostgresTableDefinition source,
    String fingerprint,
    AlterRequest request,
    AlterText change,
    Optional<Retirement> retirement,
    String identity,
    long estimatedRows,
    long estimatedBytes,
    List<String> warnings)
    implements Inspection {

  /** A column, and another object, that is not there. */
  private static final Set<String> NOT_THERE = Set.of("42703", "42704");

  /** The same, for the way back. */
  PostgresInspection back(Names names, Retirement retired) {
    return new PostgresInspection(
        facts,
        address,
        names,
        source,
        fingerprint,
        request,
        change,
        Optional.of(retired),
        identity,
        estimatedRows,
        estimatedBytes,
        warnings);
  }

  /** The slot of the change stream. Tables that are swapped together have that of the first. */
  String slot() {
    TableName first =
        Stream.concat(Stream.of(request.table()), request.companions().stream())
            .min(comparing(TableName::toString))
            .orElseThrow();
    return first.equals(request.table()) ? all.slot() : Names.of(first, address.database()).slot();
  }

  /**
   * Refuses the change where the server does not find what it drops, and the source does not have
   * it either.
   *
   * @param c in a transaction that has done nothing yet
   * @param error what the server has said of the change
   */
  void refuseMissing(Connection c, SQLException error) throws SQLException {
    if (!NOT_THERE.contains(String.valueOf(error.getSQLState()))) {
      return;
    }
    List<String> columns = source.columns().stream().map(PostgresColumn::name).toList();
    List<String> constraints =
        Sql.strings(
            c, "SELECT conname FROM pg_constraint WHERE conrelid = ? ORDER BY 1", source.oid());
    for (AlterText.Dropped dropped : change.drops()) {
      List<String> existing = dropped.constraint() ? constraints : columns;
      if (!existing.contains(dropped.name())) {
        throw new MissingName(names().source(), dropped.kind(), dropped.name(), existing).refusal();
      }
    }
  }

  @Override
  public TableNames names() {
    return all.tables();
  }

  PlanFacts planFacts() {
    return new PlanFacts(
        "PostgreSQL " + facts.version(),
        names().source(),
        request.text(),
        estimatedRows,
        estimatedBytes);
  }

  @Override
  public PostgresArtifacts artifacts() {
    return new PostgresArtifacts(Names.of(names().source(), address.database()));
  }

  @Override
  public void awaitPriorSessionsGone(Connection c) throws SQLException {
    if (PostgresTableDefinition.oid(c, names().ghost()).isPresent()) {
      Sql.execute(
          c, "LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE".formatted(Sql.quote(names().ghost())));
    }
  }

  @Override
  public PriorRun priorRun(Connection c) throws SQLException {
    PostgresControlTable control = PostgresControlTable.of(all);
    Optional<PriorRun> decided = facts(c, control).decide(names().source(), request.text());
    if (decided.isPresent()) {
      return decided.get();
    }
    control.drop(c);
    // What is refused now is rolled back, and that is done all the same.
    c.commit();
    return PriorRunFacts.none(conflict(c)).decide(names().source(), request.text()).orElseThrow();
  }

  private PriorRunFacts facts(Connection c, PostgresControlTable control) throws SQLException {
    if (!control.exists(c)) {
      return PriorRunFacts.none(control.taken(c) ? Optional.of(schemaTaken()) : conflict(c));
    }
    Optional<String> asked = control.read(c, EntryKind.REQUEST);
    if (control.swapped(c)) {
      return PriorRunFacts.swapped(asked);
    }
    if (retirement.isPresent()) {
      return PriorRunFacts.unfinished(asked, false, Optional.empty());
    }
    Optional<RefusedException> conflict = conflict(c);
    boolean checkpoint = conflict.isEmpty() && control.read(c, EntryKind.CHECKPOINT).isPresent();
    return PriorRunFacts.unfinished(asked, checkpoint, conflict);
  }

  private RefusedException schemaTaken() {
    return new RefusedException(
        "The schema %s is needed, and it is not ghost's.".formatted(all.workSchema()),
        "If nobody needs it any more: DROP SCHEMA %s CASCADE;"
            .formatted(Sql.quote(all.workSchema())));
  }

  /** The refusal of the retired table's name, where something has it. */
  private Optional<RefusedException> conflict(Connection c) throws SQLException {
    TableName name = names().retired();
    Optional<Retirement> retired = Retirements.read(c, name);
    return retired.isPresent()
        ? retired.map(r -> r.refusal(name))
        : PostgresTableDefinition.kindNamed(c, name)
            .map(kind -> new TakenName(name, kind, Sql.quote(name)))
            .map(t -> retirement.isPresent() ? t.refusal() : t.refusalToRetire());
  }

  @Override
  public PlannedMigration build(Connection c) throws SQLException {
    PostgresGhostBuilder builder = new PostgresGhostBuilder(this, c);
    return retirement.isPresent() ? builder.adopt(retirement.get()) : builder.build();
  }

  @Override
  public PlannedMigration resume(Connection c) throws SQLException {
    return new PostgresGhostBuilder(this, c).resume();
  }

  @Override
  public String dropRetiredSql() {
    return "DROP TABLE " + Sql.quote(names().retired()) + ";";
  }
}
