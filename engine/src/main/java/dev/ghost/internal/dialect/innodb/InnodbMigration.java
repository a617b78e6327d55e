package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.MigrationPlan;
import dev.ghost.api.ServerComparison;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.dialect.innodb.log.BinlogTable;
import dev.ghost.internal.dialect.innodb.rows.CascadingForeignKey;
import dev.ghost.internal.dialect.innodb.rows.DeferredIndexes;
import dev.ghost.internal.dialect.innodb.rows.InnodbColumnMapping;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql;
import dev.ghost.internal.dialect.innodb.rows.InnodbRetainedColumn;
import dev.ghost.internal.dialect.innodb.rows.InnodbRows;
import dev.ghost.internal.dialect.innodb.rows.InnodbSearchIndex;
import dev.ghost.internal.dialect.innodb.rows.InnodbVerify;
import dev.ghost.internal.dialect.innodb.schema.AutoIncrement;
import dev.ghost.internal.dialect.innodb.schema.InnodbEffects;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.server.ReferringKeys;
import dev.ghost.internal.dialect.innodb.server.RetiredRows;
import dev.ghost.internal.dialect.innodb.server.Sentry;
import dev.ghost.internal.dialect.innodb.server.ServerSessions;
import dev.ghost.internal.dialect.innodb.server.SessionSettings;
import dev.ghost.internal.dialect.innodb.server.TableAnalysis;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.function.SqlConsumer;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.plan.PlanFacts;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.connect.source.SourceRecord;

/** The tools of one planned migration of a table. */
public final class InnodbMigration implements PlannedMigration {

  private final InnodbInspection inspection;
  private final TableNames names;
  private final InnodbTableDefinition ghost;
  private final List<InnodbColumnMapping> columns;
  private final List<InnodbRetainedColumn> kept;
  private final InnodbKeySql key;
  private final Optional<InnodbSearchIndex> search;
  private final List<CascadingForeignKey> acting;
  private final DeferredIndexes later;
  private final SessionProfile profile;
  private final MigrationPlan plan;
  private final InnodbControlTable control;
  private final BinlogTable logged;
  private final InnodbRows rows;

  InnodbMigration(
      InnodbInspection inspection,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> columns,
      List<InnodbRetainedColumn> kept,
      KeyChoice choice,
      List<CascadingForeignKey> acting,
      DeferredIndexes later,
      SessionProfile profile,
      List<String> warnings) {
    this.inspection = inspection;
    this.names = inspection.names();
    this.ghost = ghost;
    this.columns = List.copyOf(columns);
    this.kept = List.copyOf(kept);
    this.key = choice.key();
    this.search = choice.search();
    this.acting = List.copyOf(acting);
    this.later = later;
    this.profile = profile;
    this.control = new InnodbControlTable(names.control());
    this.logged = new BinlogTable(names, inspection.source(), key, this.acting);
    this.rows =
        new InnodbRows(
            inspection.product(), names, ghost, this.columns, this.kept, key, this.acting);
    this.plan =
        new PlanFacts(
                inspection.product().name() + " " + inspection.facts().version(),
                names.source(),
                inspection.request().text(),
                inspection.estimatedRows(),
                inspection.estimatedBytes())
            .byGhost(
                names,
                inspection.retirement(),
                InnodbEffects.of(inspection::originOf, inspection.source(), ghost),
                new PlanFacts.Copy(
                    "%s (%s)"
                        .formatted(key.index().name(), String.join(", ", key.index().columns())),
                    Stream.concat(
                            columns.stream().map(InnodbColumnMapping::describe),
                            kept.stream().map(InnodbRetainedColumn::describe))
                        .toList()),
                warnings);
  }

  @Override
  public TableNames names() {
    return names;
  }

  @Override
  public MigrationPlan plan() {
    return plan;
  }

  @Override
  public KeyOrder order() {
    return key.order();
  }

  @Override
  public SessionProfile profile() {
    return profile;
  }

  InnodbKeySql key() {
    return key;
  }

  InnodbInspection inspection() {
    return inspection;
  }

  /** What the binary log is to bring. */
  BinlogTable logged() {
    return logged;
  }

  @Override
  public StreamEvent decode(SourceRecord record) {
    return logged.decode(record, inspection.product());
  }

  @Override
  public boolean filled() {
    return inspection.retirement().isPresent();
  }

  /**
   * A cutover that gave up may have left it with what depends on the source, and without the index
   * by which its rows are found.
   */
  @Override
  public void open(Connection c) throws SQLException {
    InnodbAttachments.detach(c, names.ghost());
    if (search.isPresent()) {
      search.get().add(c, names.ghost());
    }
  }

  @Override
  public boolean streamSeesAll() {
    return inspection.product().streamSeesStatements();
  }

  @Override
  public RowSql rows() {
    return rows;
  }

  @Override
  public Optional<ServerComparison> compareWithServer(Connection c, Set<String> accepted)
      throws SQLException {
    return Optional.of(
        new InnodbSampleComparison(inspection, ghost, columns, key, profile.timeZone(), accepted, c)
            .compare());
  }

  @Override
  public VerifySql verify() {
    return new InnodbVerify(inspection.product(), names, ghost, columns, rows, key);
  }

  /**
   * Before the lock: the session that will hold it makes what it needs for the last changes. What a
   * try before has left there can be another table's.
   */
  public void makeReady(Connection locker) throws SQLException {
    SessionSettings.dropSessionTables(locker);
    rows.makeReady(locker);
    // The ghost was read for it.
    locker.commit();
  }

  /**
   * Notes who is in the way of a session that cuts tables over, and who waits behind it, and ends
   * its wait.
   */
  public static LockQueue endWait(List<InnodbMigration> benches, Connection observer, long session)
      throws SQLException {
    return benches.get(0).inspection.product().endWait(observer, lockedTables(benches), session);
  }

  static List<TableName> lockedTables(List<InnodbMigration> benches) {
    return benches.stream().flatMap(b -> b.lockedTables().stream()).distinct().toList();
  }

  /** Who is in the way of one of ghost's sessions. */
  public List<Blocker> blockers(Connection observer, long session) throws SQLException {
    return inspection.product().blockers(observer, lockedTables(), List.of(session), 0);
  }

  /**
   * Waits until the server has ended one of ghost's sessions whose connection is lost.
   *
   * @param observer another session of the same user
   */
  public void awaitEnd(Connection observer, long session) throws SQLException {
    ServerSessions.awaitEnd(inspection.product(), observer, session);
  }

  public boolean hasTriggers() {
    return !inspection.attachments().triggers().isEmpty();
  }

  /** What the cutover locks: the source, the ghost, and what depends on the source. */
  List<TableName> lockedTables() {
    return Stream.concat(
            Stream.of(names.source(), names.ghost()), inspection.attachments().others().stream())
        .toList();
  }

  /** The foreign keys of other tables that refer to the source. */
  public ReferringKeys referring() {
    return new ReferringKeys(inspection.attachments().referencing());
  }

  @Override
  public int guards() {
    return inspection.product().renamesLocked() || inspection.attachments().referencing().isEmpty()
        ? 1
        : 2;
  }

  /** Under the lock, when all is applied: makes the ghost what the change makes of the source. */
  public void complete(Connection c) throws SQLException {
    if (search.isPresent()) {
      search.get().drop(c, names.ghost());
    }
    new AutoIncrement(names, ghost, inspection.change()).carry(c);
  }

  /**
   * Under the lock: gives the ghost what depends on the source.
   *
   * @param group the tables that are swapped
   */
  public void attach(Connection c, List<InnodbMigration> group) throws SQLException {
    inspection
        .attachments()
        .attach(
            c,
            names.ghost(),
            group.stream().collect(Collectors.toMap(b -> b.names.source(), b -> b.names.ghost())));
  }

  /** Refuses tables that cannot be swapped together. */
  static void refuseTogether(List<InnodbMigration> benches) {
    Map<TableName, InnodbTableDefinition> ghosts =
        benches.stream().collect(Collectors.toMap(b -> b.names.source(), b -> b.ghost));
    benches.forEach(b -> b.inspection.attachments().fit().refuseUnlike(b.ghost, ghosts));
    InnodbAttachments.refuseWhereTwoLocksWouldMeet(
        benches.get(0).inspection.product(),
        benches.stream().map(b -> b.inspection.attachments()).toList(),
        ghosts.keySet());
  }

  /** Under a lock that holds over the swap: gives all of that its own name. */
  public void settle(Connection c) throws SQLException {
    inspection.attachments().settle(c, names);
  }

  @Override
  public String describe(RowKey row) {
    return key.describe(row);
  }

  @Override
  public void mark(Connection c, int slot, long sequence) throws SQLException {
    control.mark(c, slot, sequence);
  }

  @Override
  public void announce(Connection c, int slot, long sequence) throws SQLException {
    control.mark(c, slot, StreamSpec.BATCH, sequence);
  }

  /** With ordered commits, a commit of our own proves it for all that is before it in the log. */
  @Override
  public Set<Long> invisible(Connection c, int slot, long sequence, Set<Long> arrived)
      throws SQLException {
    control.mark(c, slot, sequence);
    return Set.of();
  }

  @Override
  public List<List<SqlConsumer<Connection>>> afterCopy() {
    return later.none() ? List.of() : List.of(List.of(c -> later.build(c, names.ghost())));
  }

  @Override
  public void checkUnchanged(Connection c) throws SQLException {
    new Premises(inspection).check(c);
  }

  /** The source must be what the plan was made for. */
  public void checkSource(Connection c) throws SQLException {
    new Premises(inspection).checkSource(c);
  }

  @Override
  public ServerStats stats() {
    return new InnodbStats(inspection.product(), names, control);
  }

  @Override
  public void prepareSwap(Connection c) throws SQLException {
    new TableAnalysis(names.ghost()).run(c);
    inspection
        .product()
        .statistics(inspection.facts())
        .carry(c, inspection.source(), ghost, fates().unchanged(ghost));
    new AutoIncrement(names, ghost, inspection.change()).carry(c);
    inspection
        .artifacts()
        .journal()
        .write(c, EntryKind.ATTACHMENTS, inspection.attachments().text());
    if (inspection.retirement().isPresent()) {
      InnodbArtifacts.comment(c, names.ghost(), inspection.retirement().get().comment());
    } else {
      inspection
          .artifacts()
          .noteRetired(c, names.retired(), fates().retirement(c, names.source(), plan.change()));
    }
  }

  private ColumnFates fates() {
    return new ColumnFates(inspection, columns);
  }

  @Override
  public boolean swapped(Connection c) throws SQLException {
    return Sql.exists(c, names.retired())
        // What a try at the swap has put there in its place.
        && !new Sentry(names.retired()).isOurs(c)
        && !Sql.exists(c, names.ghost());
  }

  @Override
  public void discard(Connection c) throws SQLException {
    inspection.artifacts().clean(c);
  }

  @Override
  public void finish(Connection c) throws SQLException {
    if (inspection.retirement().isPresent()) {
      inspection
          .artifacts()
          .noteRetired(c, names.retired(), fates().retirement(c, names.retired(), plan.change()));
    }
    inspection.artifacts().clean(c);
  }

  @Override
  public void dropRetired(Connection c) throws SQLException {
    new RetiredRows(c, names.retired()).drop(inspection.product().dropsSlowly(inspection.facts()));
  }

  @Override
  public String dropRetiredSql() {
    return inspection.dropRetiredSql();
  }
}
