package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.Retirement;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import dev.ghost.plan.TakenName;
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
record InnodbDraft(
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
    implements Draft {

  /** ER_NO_SUCH_TABLE. */
  static final int NO_SUCH_TABLE = 1146;

  @Override
  public InnodbRemains remains() {
    return new InnodbRemains(names.source());
  }

  @Override
  public void awaitQuiet(Connection c) throws SQLException {
    try {
      Control.execute(c, "LOCK TABLES %s WRITE".formatted(Sql.quote(names.ghost())));
      Control.execute(c, "UNLOCK TABLES");
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
  public Leftovers leftovers(Connection c) throws SQLException {
    return retirement.isPresent() ? leftoversOfRevert(c) : leftoversOfAlter(c);
  }

  private Leftovers leftoversOfRevert(Connection c) throws SQLException {
    Control control = remains().journal();
    Sentry sentry = new Sentry(names.retired());
    if (!sentry.isOurs(c) && Control.exists(c, names.ghost())) {
      refuseTaken(c, names.retired());
    }
    if (!control.exists(c)) {
      sentry.drop(c);
      return Leftovers.NONE;
    }
    Optional<String> request = control.read(c, Note.REQUEST);
    if (request.isEmpty()) {
      // A run that was killed before it could write down what it is; it has made nothing else.
      return Leftovers.UNFINISHED;
    }
    if (!AlterRequest.reverts(request.get())) {
      throw new RefusedException(
          "A run of another change of %s has left something.".formatted(names.source()),
          "See ghost status; let that run end, or remove what it left with ghost cleanup --table %s."
              .formatted(names.source().table()));
    }
    return Control.exists(c, names.ghost()) ? Leftovers.UNFINISHED : Leftovers.SWAPPED;
  }

  private Leftovers leftoversOfAlter(Connection c) throws SQLException {
    Control control = new Control(names.control());
    if (!control.exists(c)) {
      new Sentry(names.retired()).drop(c);
      refuseTaken(c, names.control());
      refuseTaken(c, names.ghost());
      refuseRetired(c, names.retired());
      return Leftovers.NONE;
    }
    TableNames earlier = remains().namesOfRun(c);
    boolean begun = control.read(c, Note.REQUEST).isPresent();
    boolean ghost = Control.exists(c, names.ghost());
    boolean sentry = new Sentry(earlier.retired()).isOurs(c);
    if (!begun || ghost || sentry || !Control.exists(c, earlier.retired())) {
      if (!new Sentry(names.retired()).isOurs(c)) {
        refuseRetired(c, names.retired());
      }
      return ghost && control.read(c, Note.CHECKPOINT).isPresent()
          ? Leftovers.RESUMABLE
          : Leftovers.UNFINISHED;
    }
    String now = ddlAsGhost(c);
    if (control
        .read(c, Note.GHOST)
        .flatMap(complete -> LaterIndexes.missing(complete, now))
        .filter(LaterIndexes::none)
        .isEmpty()) {
      refuseRetired(c, earlier.retired());
    }
    if (control.read(c, Note.REQUEST).equals(Optional.of(request.text()))) {
      return Leftovers.SWAPPED;
    }
    remains().clean(c);
    refuseRetired(c, names.retired());
    return Leftovers.NONE;
  }

  /** The definition of the table under the source's name, as it would read under the ghost's. */
  private String ddlAsGhost(Connection c) throws SQLException {
    return InnodbWorkbench.anonymous(TableDefinition.stableDdl(c, names.source()), names.source());
  }

  /** Refuses a name of ours that something else has. */
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
    Optional<Retirement> retired = Control.comment(c, name).flatMap(Retirement::of);
    if (retired.isPresent()) {
      throw new RefusedException(retired.get().taken(name), retired.get().wayOut());
    }
    return TableKind.read(c, name).map(k -> new TakenName(name, k.word(), Sql.quote(name)));
  }

  @Override
  public Workbench build(Connection c) throws SQLException {
    Builder builder = new Builder(this, c);
    return retirement.isPresent() ? builder.adopt(retirement.get()) : builder.build();
  }

  @Override
  public Workbench resume(Connection c) throws SQLException {
    return new Builder(this, c).resume();
  }

  @Override
  public String dropRetiredSql() {
    return "DROP TABLE " + Sql.quote(names.retired()) + ";";
  }
}
