package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Inspection;
import dev.ghost.dialect.Journal.EntryKind;
import dev.ghost.dialect.PlannedMigration;
import dev.ghost.dialect.Retirement;
import dev.ghost.request.AlterRequest;
import dev.ghost.request.ServerAddress;
import dev.ghost.request.TableName;
import dev.ghost.request.TableNames;
import dev.ghost.request.TakenName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/**
 * An inspected migration of a table.
 *
 * @param change the request's, as the server gets it
 * @param retirement of the ghost, where it is the retired table that is to be swapped back
 * @param companions those of the request, in the server's own letter case
 */
record InnodbInspection(
    Product product,
    ServerFacts facts,
    ServerAddress address,
    TableNames names,
    TableDefinition source,
    AlterRequest request,
    AlterStatement change,
    Optional<Retirement> retirement,
    Attachments attachments,
    Set<TableName> companions,
    long estimatedRows,
    long estimatedBytes)
    implements Inspection {

  /** ER_NO_SUCH_TABLE. */
  static final int NO_SUCH_TABLE = 1146;

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
      if (e.getErrorCode() != NO_SUCH_TABLE) {
        throw e;
      }
    }
  }

  Alias alias() {
    return Alias.of(names.source());
  }

  /** The column of the source that one of the ghost takes its values from. */
  Optional<Column> originOf(Column ghost) {
    return retirement.isPresent()
        ? retirement.get().nowNamed(ghost.name()).flatMap(source::column)
        : change.originIn(source, ghost);
  }

  @Override
  public PriorRun priorRun(Connection c) throws SQLException {
    return retirement.isPresent() ? leftoversOfRevert(c) : leftoversOfAlter(c);
  }

  private PriorRun leftoversOfRevert(Connection c) throws SQLException {
    ControlTable control = artifacts().journal();
    Sentry sentry = new Sentry(names.retired());
    if (!sentry.isOurs(c) && Sql.exists(c, names.ghost())) {
      refuseTaken(c, names.retired());
    }
    if (!control.exists(c)) {
      sentry.drop(c);
      return PriorRun.NONE;
    }
    Optional<String> request = control.read(c, EntryKind.REQUEST);
    if (request.isEmpty()) {
      // A run that was killed before it could write down what it is; it has made nothing else.
      return PriorRun.UNFINISHED;
    }
    if (!AlterRequest.reverts(request.get())) {
      throw new RefusedException(
          "A run of another change of %s has left something.".formatted(names.source()),
          "See ghost status; let that run end, or remove what it left with ghost cleanup --table %s."
              .formatted(names.source().table()));
    }
    return Sql.exists(c, names.ghost()) ? PriorRun.UNFINISHED : PriorRun.SWAPPED;
  }

  private PriorRun leftoversOfAlter(Connection c) throws SQLException {
    ControlTable control = new ControlTable(names.control());
    if (!control.exists(c)) {
      new Sentry(names.retired()).drop(c);
      refuseTaken(c, names.control());
      refuseTaken(c, names.ghost());
      refuseRetired(c, names.retired());
      return PriorRun.NONE;
    }
    TableNames earlier = artifacts().namesOfRun(c);
    boolean begun = control.read(c, EntryKind.REQUEST).isPresent();
    boolean ghost = Sql.exists(c, names.ghost());
    boolean sentry = new Sentry(earlier.retired()).isOurs(c);
    if (!begun || ghost || sentry || !Sql.exists(c, earlier.retired())) {
      if (!new Sentry(names.retired()).isOurs(c)) {
        refuseRetired(c, names.retired());
      }
      return ghost && control.read(c, EntryKind.CHECKPOINT).isPresent()
          ? PriorRun.RESUMABLE
          : PriorRun.UNFINISHED;
    }
    String now = ddlAsGhost(c);
    if (control
        .read(c, EntryKind.GHOST)
        .flatMap(complete -> DeferredIndexes.missing(complete, now))
        .filter(DeferredIndexes::none)
        .isEmpty()) {
      refuseRetired(c, earlier.retired());
    }
    if (control.read(c, EntryKind.REQUEST).equals(Optional.of(request.text()))) {
      return PriorRun.SWAPPED;
    }
    artifacts().clean(c);
    refuseRetired(c, names.retired());
    return PriorRun.NONE;
  }

  /** The definition of the table under the source's name, as it would read under the ghost's. */
  private String ddlAsGhost(Connection c) throws SQLException {
    return InnodbMigration.anonymous(TableDefinition.stableDdl(c, names.source()), names.source());
  }

  /** Refuses one of ghost's names that something else has. */
  static void refuseTaken(Connection c, TableName name) throws SQLException {
    Optional<TakenName> taken = taken(c, name);
    if (taken.isPresent()) {
      throw taken.get().refusal();
    }
  }

  /** The same for the name that the source is to have after the swap. */
  private static void refuseRetired(Connection c, TableName name) throws SQLException {
    Optional<TakenName> taken = taken(c, name);
    if (taken.isPresent()) {
      throw taken.get().refusalToRetire();
    }
  }

  /**
   * What has a name.
   *
   * @throws RefusedException if it is a table that a cutover has retired
   */
  private static Optional<TakenName> taken(Connection c, TableName name) throws SQLException {
    Optional<Retirement> retired = Sql.comment(c, name).flatMap(Retirement::of);
    if (retired.isPresent()) {
      throw new RefusedException(retired.get().taken(name), retired.get().wayOut());
    }
    return TableKind.read(c, name).map(k -> new TakenName(name, k.word(), Sql.quote(name)));
  }

  @Override
  public PlannedMigration build(Connection c) throws SQLException {
    Builder builder = new Builder(this, c);
    return retirement.isPresent() ? builder.adopt(retirement.get()) : builder.build();
  }

  @Override
  public PlannedMigration resume(Connection c) throws SQLException {
    return new Builder(this, c).resume();
  }

  @Override
  public String dropRetiredSql() {
    return "DROP TABLE " + Sql.quote(names.retired()) + ";";
  }
}
