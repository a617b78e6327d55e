package dev.ghost.dialect.innodb;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.ServerComparison;
import dev.ghost.dialect.Blocker;
import dev.ghost.dialect.Journal.EntryKind;
import dev.ghost.dialect.LockQueue;
import dev.ghost.dialect.PlannedMigration;
import dev.ghost.dialect.RowSql;
import dev.ghost.dialect.ServerStats;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.StreamEvent;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.VerifySql;
import dev.ghost.key.KeyOrder;
import dev.ghost.key.RowKey;
import dev.ghost.plan.Mentions;
import dev.ghost.plan.PlanFacts;
import dev.ghost.plan.Retirement;
import dev.ghost.request.TableName;
import dev.ghost.request.TableNames;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.connect.source.SourceRecord;

/** The tools of one planned migration of a table. */
public final class InnodbMigration implements PlannedMigration {

  private final InnodbInspection inspection;
  private final TableNames names;
  private final TableDefinition ghost;
  private final List<ColumnMapping> columns;
  private final List<RetainedColumn> kept;
  private final KeySql key;
  private final Optional<SearchIndex> search;
  private final List<CascadingForeignKey> acting;
  private final DeferredIndexes later;
  private final SessionProfile profile;
  private final MigrationPlan plan;
  private final String sourceDdl;
  private final ControlTable control;
  private final BinlogTable logged;
  private final InnodbRows rows;

  InnodbMigration(
      InnodbInspection inspection,
      TableDefinition ghost,
      List<ColumnMapping> columns,
      List<RetainedColumn> kept,
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
    this.sourceDdl = TableDefinition.withoutCounter(inspection.source().ddl());
    this.control = new ControlTable(names.control());
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
                            columns.stream().map(ColumnMapping::describe),
                            kept.stream().map(RetainedColumn::describe))
                        .toList()),
                warnings);
  }

  /**
   * A table's definition without its name, without the names that the server derives from it, and
   * without foreign keys.
   */
  static String anonymous(String ddl, TableName name) {
    return DerivedName.plain(
        TableDefinition.withoutForeignKeys(ddl)
            .replace("CREATE TABLE " + Sql.quote(name.table()), "CREATE TABLE"),
        name);
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
    Attachments.detach(c, names.ghost());
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
        new SampleComparison(inspection, ghost, columns, key, profile.timeZone(), accepted, c)
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

  /**
   * The transactions that wait for what ghost's sessions have locked.
   *
   * @param ours numbers of these sessions
   */
  public static Set<String> heldUp(
      List<InnodbMigration> benches, Connection observer, List<Long> ours) throws SQLException {
    Set<String> found =
        HeldUp.behind(observer, benches.get(0).inspection.product(), lockedTables(benches), ours);
    observer.commit();
    return found;
  }

  private static List<TableName> lockedTables(List<InnodbMigration> benches) {
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
  private List<TableName> lockedTables() {
    return Stream.concat(
            Stream.of(names.source(), names.ghost()), inspection.attachments().others().stream())
        .toList();
  }

  /** The statement with which the cutover of some tables takes its locks. */
  public static String lockSql(List<InnodbMigration> benches, List<TableName> more) {
    Stream<String> byAlias =
        benches.stream()
            .flatMap(
                b ->
                    Stream.of(
                        b.key.alias().asSource(Sql.quote(b.names.source())),
                        b.key.alias().asGhost(Sql.quote(b.names.ghost()))));
    Stream<String> byName =
        Stream.concat(benches.stream().flatMap(b -> b.lockedTables().stream()), more.stream())
            .distinct()
            .map(Sql::quote);
    return Stream.concat(byAlias, byName)
        .map(t -> t + " WRITE")
        .collect(Collectors.joining(", ", "LOCK TABLES ", ""));
  }

  /**
   * The same where what refers to these tables is locked by another session: without it, and with
   * tables that have foreign keys locked against writers only, because a lock against readers would
   * cover all that refers to them.
   */
  public static String lockSqlButReferring(
      List<InnodbMigration> benches, List<TableName> sentries) {
    Map<String, String> modes = new LinkedHashMap<>();
    for (InnodbMigration b : benches) {
      modes.put(b.key.alias().asSource(Sql.quote(b.names.source())), "READ");
      modes.put(b.key.alias().asGhost(Sql.quote(b.names.ghost())), "WRITE");
      modes.put(Sql.quote(b.names.source()), "READ");
      modes.put(Sql.quote(b.names.ghost()), "WRITE");
      b.inspection.attachments().parents().forEach(p -> modes.put(Sql.quote(p), "READ"));
    }
    sentries.forEach(s -> modes.put(Sql.quote(s), "WRITE"));
    return modes.entrySet().stream()
        .map(e -> e.getKey() + " " + e.getValue())
        .collect(Collectors.joining(", ", "LOCK TABLES ", ""));
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
    carryCounter(c);
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
    Map<TableName, TableDefinition> ghosts =
        benches.stream().collect(Collectors.toMap(b -> b.names.source(), b -> b.ghost));
    benches.forEach(b -> b.inspection.attachments().refuseUnlike(b.ghost, ghosts));
    Attachments.refuseWhereTwoLocksWouldMeet(
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
  public List<BuildStep> afterCopy() {
    return later.none() ? List.of() : List.of(c -> later.build(c, names.ghost()));
  }

  @Override
  public void checkUnchanged(Connection c) throws SQLException {
    ServerFacts now = ServerFacts.read(c);
    for (Map.Entry<String, String> needed : inspection.product().neededSettings().entrySet()) {
      if (!now.get(needed.getKey(), needed.getValue()).equals(needed.getValue())) {
        throw new InterferenceException(
            "%s was changed to %s during the run; changes can be missed with it."
                .formatted(needed.getKey(), now.get(needed.getKey(), "")),
            "SET GLOBAL %s = '%s'; then run the command again."
                .formatted(needed.getKey(), needed.getValue()));
      }
    }
    List<String> sessions = inspection.product().sessionsThatLogLess(c);
    if (!sessions.isEmpty()) {
      throw new InterferenceException(
          "Sessions have come that do not log their changes as whole rows:\n  "
              + String.join("\n  ", sessions),
          "End them, and run the command again.");
    }
    checkSource(c);
  }

  @Override
  public ServerStats stats() {
    return new InnodbStats(inspection.product(), names, control);
  }

  /** Of the source; empty when there is no table of its name any more. */
  private String ddlNow(Connection c) throws SQLException {
    try {
      return TableDefinition.stableDdl(c, names.source());
    } catch (SQLException e) {
      if (e.getErrorCode() == InnodbInspection.NO_SUCH_TABLE) {
        return "";
      }
      throw e;
    }
  }

  /** The source must be what the plan was made for. */
  public void checkSource(Connection c) throws SQLException {
    if (!ddlNow(c).equals(sourceDdl)) {
      throw new InterferenceException(
          "Somebody altered %s while it was being migrated.".formatted(names.source()),
          "The source is as they left it. Run the command again on the new definition.");
    }
    Attachments now = Attachments.read(c, names.source()).without(inspection.companions());
    if (!now.equals(inspection.attachments())) {
      List<String> changed = new ArrayList<>(now.names());
      changed.removeAll(inspection.attachments().names());
      throw new InterferenceException(
          changed.isEmpty()
              ? "Foreign keys or triggers of %s were changed or dropped while it was being migrated."
                  .formatted(names.source())
              : "%s was given %s while it was being migrated; the new table would lose it."
                  .formatted(names.source(), String.join(", ", changed)),
          "The source is as they left it. Run the command again.");
    }
  }

  @Override
  public void prepareSwap(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("ANALYZE TABLE " + Sql.quote(names.ghost()))) {
      while (rs.next()) {
        if (rs.getString("Msg_type").equalsIgnoreCase("error")) {
          throw new InterferenceException(
              "%s cannot be analyzed: %s".formatted(names.ghost(), rs.getString("Msg_text")),
              "Nothing was changed. See whether somebody has dropped or altered it, and run the"
                  + " command again.",
              null,
              true);
        }
      }
    }
    inspection
        .product()
        .statistics(inspection.facts())
        .carry(c, inspection.source(), ghost, unchanged());
    carryCounter(c);
    inspection
        .artifacts()
        .journal()
        .write(c, EntryKind.ATTACHMENTS, inspection.attachments().text());
    if (inspection.retirement().isPresent()) {
      InnodbArtifacts.comment(c, names.ghost(), inspection.retirement().get().comment());
    } else {
      inspection.artifacts().noteRetired(c, names.retired(), retirement(c, names.source()));
    }
  }

  /** The columns whose definitions stay as they are, and whose values nobody computes. */
  private List<ColumnStatistics.Kept> unchanged() {
    List<ColumnStatistics.Kept> unchanged = new ArrayList<>();
    for (Column column : ghost.columns()) {
      boolean computed = columns.stream().anyMatch(m -> m.ghost().equals(column) && m.computed());
      inspection
          .originOf(column)
          .filter(o -> !computed && o.sameTypeAs(column) && o.nullable() == column.nullable())
          .filter(o -> o.generation().equals(column.generation()))
          .ifPresent(o -> unchanged.add(new ColumnStatistics.Kept(o.name(), column.name())));
    }
    return unchanged;
  }

  /** Of the source, which may be retired by now. */
  private Retirement retirement(Connection c, TableName source) throws SQLException {
    String comment = Sql.comment(c, source).orElse("");
    return Retirement.now(
        names.source(),
        plan.change(),
        Retirement.of(comment).map(Retirement::comment).orElse(comment),
        inspection.source().columns().stream().map(this::former).toList(),
        List.of(),
        List.of());
  }

  private Retirement.Former former(Column column) {
    Optional<String> now =
        columns.stream().filter(m -> m.takes(column.name())).map(m -> m.ghost().name()).findFirst();
    return new Retirement.Former(
        column.name(),
        now,
        now.filter(n -> !column.named(n)).isPresent(),
        isComputed(column),
        column.generated());
  }

  /** True when new columns may hold what it held, in another form. */
  private boolean isComputed(Column column) {
    Predicate<String> named = Mentions.of(column.name());
    return columns.stream()
        .filter(ColumnMapping::computed)
        .anyMatch(
            m ->
                inspection.originOf(m.ghost()).filter(column::equals).isPresent()
                    || named.test(m.expression()));
  }

  /**
   * The ghost's next AUTO_INCREMENT value must not be one that the source has given out already.
   * But where the change sets it, the server's own ALTER sets it back as well, though not to what a
   * row has.
   */
  private void carryCounter(Connection c) throws SQLException {
    Optional<Column> counting = ghost.autoIncrementColumn();
    if (counting.isEmpty()) {
      return;
    }
    Optional<BigInteger> set = inspection.change().counter();
    BigInteger needed =
        set.isPresent()
            ? set.get().max(highest(c, counting.get()).add(BigInteger.ONE))
            : TableDefinition.counter(c, names.source());
    int found = TableDefinition.counter(c, names.ghost()).compareTo(needed);
    if (found < 0 || (found > 0 && set.isPresent())) {
      Sql.execute(
          c, "ALTER TABLE %s AUTO_INCREMENT = %s".formatted(Sql.quote(names.ghost()), needed));
    }
  }

  /** The highest value of a column of the ghost; 0 where there is none. */
  private BigInteger highest(Connection c, Column column) throws SQLException {
    String sql =
        "SELECT COALESCE(MAX(%s), 0) FROM %s"
            .formatted(Sql.quote(column.name()), Sql.quote(names.ghost()));
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      rs.next();
      return rs.getBigDecimal(1).toBigInteger();
    }
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
      inspection.artifacts().noteRetired(c, names.retired(), retirement(c, names.retired()));
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
