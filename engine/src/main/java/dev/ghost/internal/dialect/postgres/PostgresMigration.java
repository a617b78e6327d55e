package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.Effect;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.ServerComparison;
import dev.ghost.internal.dialect.ChangedKeys;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.dialect.postgres.lock.PostgresStats;
import dev.ghost.internal.dialect.postgres.rows.Pages;
import dev.ghost.internal.dialect.postgres.rows.PostgresChangedKeys;
import dev.ghost.internal.dialect.postgres.rows.PostgresColumnMapping;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql;
import dev.ghost.internal.dialect.postgres.rows.PostgresRetainedColumn;
import dev.ghost.internal.dialect.postgres.rows.PostgresRows;
import dev.ghost.internal.dialect.postgres.rows.PostgresVerify;
import dev.ghost.internal.dialect.postgres.schema.Counters;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl.PostponedKey;
import dev.ghost.internal.dialect.postgres.schema.NewForeignKey;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.schema.PostponedParts;
import dev.ghost.internal.dialect.postgres.schema.TableLines;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.server.Publication;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.function.SqlConsumer;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.plan.PlanFacts;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The tools of one planned migration of a PostgreSQL table.
 *
 * @param rows the SQL of rows, which remembers whether rows conflicted with the last copies
 * @param gathered where the keys of changed rows gather as long as the ghost has no unique index
 * @param slot of the change stream: its own, or that of the tables that are swapped together
 * @param streamed what the change stream is to bring
 * @param counters where the source's sequences go on
 * @param altered what {@link TableLines} told of the ghost right after the change; empty for one
 *     that this run has not made
 */
record PostgresMigration(
    PostgresInspection inspection,
    PostgresTableDefinition ghost,
    List<PostgresColumnMapping> columns,
    List<PostgresRetainedColumn> kept,
    PostgresKeySql key,
    Optional<Pages> pages,
    PostgresRows rows,
    Optional<PostgresChangedKeys> gathered,
    KeyOrder order,
    String slot,
    StreamedTable streamed,
    SessionProfile profile,
    PostponedParts later,
    Counters counters,
    List<Effect> effects,
    List<String> altered,
    List<String> warnings)
    implements PlannedMigration {

  @Override
  public TableNames names() {
    return inspection.names();
  }

  @Override
  public MigrationPlan plan() {
    return inspection
        .planFacts()
        .byGhost(
            names(),
            inspection.retirement(),
            effects,
            new PlanFacts.Copy(
                "%s (%s)%s"
                    .formatted(
                        key.index().name(),
                        String.join(", ", key.index().columns()),
                        pages.isPresent() ? ", copied in ranges of pages" : ""),
                Stream.concat(
                        columns.stream().map(PostgresColumnMapping::describe),
                        kept.stream().map(PostgresRetainedColumn::describe))
                    .toList()),
            warnings);
  }

  @Override
  public StreamEvent decode(SourceRecord record) {
    return streamed.decode(record);
  }

  /** What is to be told of the source, when the swap retires it. */
  Retirement retirement(Connection c, PostgresAttachments attachments) throws SQLException {
    String comment =
        Sql.string(
            c,
            "SELECT COALESCE(obj_description(?::oid, 'pg_class'), '')",
            inspection.source().oid());
    return Retirements.of(inspection, plan().change(), columns, comment, attachments);
  }

  @Override
  public boolean filled() {
    return inspection.retirement().isPresent();
  }

  /** Triggers and rules would act on what is replayed; the swap makes them again. */
  @Override
  public void open(Connection c) throws SQLException {
    Sql.execute(c, Sql.strings(c, GhostDdl.DETACH, Sql.quote(names().ghost())));
  }

  @Override
  public boolean streamSeesAll() {
    return true;
  }

  @Override
  public Optional<ServerComparison> compareWithServer(Connection c, Set<String> accepted)
      throws SQLException {
    return Optional.of(new PostgresSampleComparison(this, accepted, c).compare());
  }

  @Override
  public VerifySql verify() {
    return new PostgresVerify(
        names(), columns.stream().filter(PostgresColumnMapping::steady).toList(), key, pages);
  }

  @Override
  public String describe(RowKey row) {
    return key.describe(row);
  }

  @Override
  public void mark(Connection c, int slot, long sequence) throws SQLException {
    emit(c, slot, 1, sequence);
  }

  @Override
  public void announce(Connection c, int slot, long sequence) throws SQLException {
    emit(c, slot, StreamSpec.BATCH, sequence);
  }

  private void emit(Connection c, int slot, int times, long sequence) throws SQLException {
    Sql.strings(
        c,
        "SELECT pg_logical_emit_message(true, ?, ?) FROM generate_series(1, %d)".formatted(times),
        inspection.all().slot(),
        slot + ":" + sequence);
  }

  /** The stream has 32 bits of a transaction's number; the snapshot has the epoch as well. */
  @Override
  public Set<Long> invisible(Connection c, int slot, long sequence, Set<Long> arrived)
      throws SQLException {
    String sql =
        """
        WITH now AS (SELECT s, pg_snapshot_xmax(s)::text::bigint AS xmax FROM pg_current_snapshot() AS s)
        SELECT a.xid
          FROM now
         CROSS JOIN unnest(?::bigint[]) AS a (xid)
         CROSS JOIN LATERAL (SELECT (xmax & ~4294967295) | a.xid) AS e (candidate)
         WHERE NOT pg_visible_in_snapshot(
                     (CASE WHEN candidate > xmax + 2147483648 THEN candidate - 4294967296
                           ELSE candidate END)::text::xid8, s)
        """;
    Set<Long> invisible = new HashSet<>();
    if (arrived.isEmpty()) {
      return invisible;
    }
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setArray(1, c.createArrayOf("bigint", arrived.toArray()));
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          invisible.add(rs.getLong(1));
        }
      }
    }
    return invisible;
  }

  @Override
  public Optional<ChangedKeys> changedKeys() {
    return gathered.map(keys -> keys);
  }

  /** Constraints come last: each needs the table for itself, which others build indexes on. */
  @Override
  public List<List<SqlConsumer<Connection>>> afterCopy() {
    List<SqlConsumer<Connection>> first = new ArrayList<>();
    gathered.filter(ChangedKeys::gathering).ifPresent(keys -> first.add(keys::deleteCopies));
    List<SqlConsumer<Connection>> side = new ArrayList<>();
    Stream.concat(later.keys().stream().map(PostponedKey::build), later.indexes().stream())
        .filter(statements -> !statements.isEmpty())
        .forEach(statements -> side.add(c -> buildIndex(c, statements)));
    later.newForeignKeys().stream()
        .filter(NewForeignKey::canBeLookedAt)
        .forEach(key -> side.add(c -> lookAt(c, key)));
    List<SqlConsumer<Connection>> last = new ArrayList<>();
    List<String> attach = later.keys().stream().flatMap(k -> k.attach().stream()).toList();
    if (!attach.isEmpty()) {
      last.add(c -> Sql.execute(c, attach));
    }
    return Stream.of(first, side, last).filter(stage -> !stage.isEmpty()).toList();
  }

  /** With as much memory as the server has for pages, but no more than a gigabyte. */
  private static void buildIndex(Connection c, List<String> statements) throws SQLException {
    Sql.strings(
        c,
        """
        SELECT set_config('maintenance_work_mem',
                 GREATEST(pg_size_bytes(current_setting('maintenance_work_mem')),
                          LEAST(pg_size_bytes('1GB'), pg_size_bytes(current_setting('shared_buffers')))) / 1024 || 'kB',
                 true)
        """);
    Sql.execute(c, statements);
  }

  /**
   * Sees whether a foreign key holds. In the source, where that has the values already: a row of
   * the ghost may be one that is deleted by now, and so may what it refers to.
   */
  private void lookAt(Connection c, NewForeignKey key) throws SQLException {
    Map<String, String> carried =
        columns.stream()
            .filter(m -> m.using().isEmpty() && m.source().sameTypeAs(m.ghost()))
            .collect(Collectors.toMap(m -> m.ghost().name(), m -> m.source().name()));
    boolean there = carried.keySet().containsAll(key.columns());
    String violation =
        there
            ? key.violation(names().source(), carried::get)
            : key.violation(names().ghost(), column -> column);
    List<String> found;
    try {
      rows.readWholeTables(c);
      found = Sql.strings(c, violation);
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      // The server may read what this user may not, and does so after the swap.
      c.rollback();
      return;
    }
    if (!found.isEmpty()) {
      throw new SQLException(
          "the foreign key %s does not hold: (%s)=(%s) is not in %s"
              .formatted(key.name(), String.join(", ", key.columns()), found.get(0), key.parent()),
          "23503");
    }
  }

  /**
   * Somebody can give the source a replica identity with which the server refuses the application's
   * updates and deletes for as long as the table is published.
   */
  @Override
  public void checkHarmless(Connection c) throws SQLException {
    if (!Publication.letsWrite(c, slot)) {
      Publication.drop(c, slot);
      // At once: what throws is rolled back.
      c.commit();
      throw new InterferenceException(
          "Somebody altered the replica identity of a table that the publication %s is for, so that the server refused its updates and deletes. The publication is dropped."
              .formatted(slot),
          "The application continues with %s, which is as they left it. Run the command again: it begins with a new ghost."
              .formatted(names().source()));
    }
  }

  @Override
  public void checkUnchanged(Connection c) throws SQLException {
    checkHarmless(c);
    checkSource(c);
    String lost =
        Sql.strings(
                c,
                "SELECT COALESCE(wal_status, '') FROM pg_replication_slots WHERE slot_name = ?",
                slot)
            .stream()
            .findFirst()
            .orElse("gone");
    if (lost.equals("lost") || lost.equals("gone")) {
      throw new InterferenceException(
          "The replication slot %s is %s: the server no longer keeps the log from where the change stream is."
              .formatted(slot, lost),
          "Raise max_slot_wal_keep_size, if the server gave it up, and see who drops slots. Then"
              + " run the command again: the copy starts from the beginning.");
    }
  }

  @Override
  public ServerStats stats() {
    return new PostgresStats(
        inspection.address().user(), inspection.names().ghost(), inspection.source().oid(), slot);
  }

  /** The source must be what the plan was made for, and published all along. */
  void checkSource(Connection c) throws SQLException {
    if (!Publication.untouched(c, slot)) {
      throw new InterferenceException(
          "Somebody altered or dropped the publication %s, by which the server tells the changes of %s."
              .formatted(slot, names().source()),
          "Changes may have been missed. The source is untouched. Run the command again: it begins"
              + " with a new ghost.");
    }
    PostgresTableDefinition.qualify(c);
    if (!PostgresTableDefinition.fingerprint(c, names().source())
        .equals(inspection.fingerprint())) {
      throw new InterferenceException(
          "Somebody altered %s while it was being migrated.".formatted(names().source()),
          "The source is as they left it. Run the command again on the new definition.");
    }
    if (pages.isPresent() && pages.get().file() != Pages.file(c, inspection.source().oid())) {
      throw new InterferenceException(
          "Somebody rewrote %s (VACUUM FULL, CLUSTER or the like) while it was being copied page by page."
              .formatted(names().source()),
          "The source is as they left it. Run the command again.");
    }
  }

  @Override
  public void prepareSwap(Connection c) throws SQLException {
    Sql.execute(c, "ANALYZE " + Sql.quote(names().ghost()));
  }

  @Override
  public boolean swapped(Connection c) throws SQLException {
    return PostgresControlTable.of(inspection.all()).swapped(c);
  }

  @Override
  public void discard(Connection c) throws SQLException {
    inspection.artifacts().clean(c);
  }

  /** Validates the foreign keys that the swap has made, and removes what is ours. */
  @Override
  public void finish(Connection c) throws SQLException {
    inspection.artifacts().clean(c);
  }

  @Override
  public void dropRetired(Connection c) throws SQLException {
    Sql.execute(c, dropRetiredSql());
  }

  @Override
  public String dropRetiredSql() {
    return inspection.dropRetiredSql();
  }
}
