package dev.ghost.dialect.postgres;

import dev.ghost.api.Effect;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Way;
import dev.ghost.dialect.Gauges;
import dev.ghost.dialect.Retirement;
import dev.ghost.dialect.RowSql;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.StreamEvent;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.VerifySql;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.KeyOrder;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The tools of one planned migration of a PostgreSQL table.
 *
 * @param slot of the change stream: its own, or that of the tables that are swapped together
 * @param streamed what the change stream is to bring
 */
record PostgresWorkbench(
    PostgresDraft draft,
    TableDefinition ghost,
    List<ColumnMapping> columns,
    List<KeptColumn> kept,
    KeySql key,
    Optional<Pages> pages,
    KeyOrder order,
    String slot,
    StreamedTable streamed,
    SessionProfile profile,
    Later later,
    List<Effect> effects,
    List<String> warnings)
    implements Workbench {

  /**
   * What the ghost lacks until later.
   *
   * @param indexes built after the copy; for each the statements that build it
   * @param newForeignKeys added by the change; made and validated after the copy
   * @param foreignKeys names of the source's that the swap makes again
   */
  record Later(List<List<String>> indexes, List<String> newForeignKeys, List<String> foreignKeys) {

    /** What is left when some of it is there already. */
    Later without(Collection<String> builtIndexes, Collection<String> madeForeignKeys) {
      return new Later(
          indexes.stream().filter(i -> i.stream().noneMatch(builtIndexes::contains)).toList(),
          newForeignKeys.stream().filter(k -> !madeForeignKeys.contains(k)).toList(),
          foreignKeys);
    }
  }

  @Override
  public TableNames names() {
    return draft.names();
  }

  @Override
  public MigrationPlan plan() {
    return new MigrationPlan(
        "PostgreSQL " + draft.facts().version(),
        names().source().toString(),
        draft
            .retirement()
            .map(
                r -> "back to %s, retired %s by: %s".formatted(names().ghost(), r.at(), r.change()))
            .orElse(draft.request().text()),
        draft.retirement().isPresent() ? Way.REVERT : Way.GHOST,
        List.of(),
        effects,
        names().ghost().toString(),
        names().retired().toString(),
        "%s (%s)%s"
            .formatted(
                key.index().name(),
                String.join(", ", key.index().columns()),
                pages.isPresent() ? ", copied in ranges of pages" : ""),
        Stream.concat(
                columns.stream().map(ColumnMapping::describe),
                kept.stream().map(KeptColumn::describe))
            .toList(),
        draft.estimatedRows(),
        draft.estimatedBytes(),
        Duration.ZERO,
        warnings);
  }

  @Override
  public StreamEvent decode(SourceRecord record) {
    return streamed.decode(record);
  }

  /** What is to be told of the source, when the swap retires it. */
  Retirement retirement(Connection c, List<String> undo) throws SQLException {
    String comment =
        Sql.string(
            c, "SELECT COALESCE(obj_description(?::oid, 'pg_class'), '')", draft.source().oid());
    return Retirements.of(draft, plan().change(), columns, comment, undo);
  }

  @Override
  public boolean filled() {
    return draft.retirement().isPresent();
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
  public RowSql rows() {
    return new PostgresRows(names(), ghost, columns, kept, key, pages);
  }

  @Override
  public VerifySql verify() {
    return new PostgresVerify(names(), columns, key, pages);
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
        draft.all().slot(),
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
  public List<BuildStep> afterCopy() {
    List<BuildStep> steps = new ArrayList<>();
    for (List<String> index : later.indexes()) {
      steps.add(c -> Sql.execute(c, index));
    }
    for (String foreignKey : later.newForeignKeys()) {
      String table = Sql.quote(names().ghost());
      steps.add(
          c ->
              Sql.execute(
                  c,
                  List.of(
                      "SET LOCAL lock_timeout = '1s'",
                      "ALTER TABLE %s %s".formatted(table, foreignKey))));
    }
    return steps;
  }

  @Override
  public void checkUnchanged(Connection c) throws SQLException {
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
      throw new MigrationException(
          "The replication slot %s is %s: the server no longer keeps the log from where the change stream is."
              .formatted(slot, lost),
          "Raise max_slot_wal_keep_size, and run the command again.");
    }
  }

  @Override
  public Gauges gauges() {
    return new PostgresGauges(draft, slot);
  }

  /** The source must be what the plan was made for. */
  void checkSource(Connection c) throws SQLException {
    TableDefinition.qualify(c);
    if (!TableDefinition.fingerprint(c, names().source()).equals(draft.fingerprint())) {
      throw new MigrationException(
          "Somebody altered %s while it was being migrated.".formatted(names().source()),
          "The source is as they left it. Run the command again on the new definition.");
    }
    if (pages.isPresent() && pages.get().file() != Pages.file(c, draft.source().oid())) {
      throw new MigrationException(
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
    return Control.of(draft.all()).swapped(c);
  }

  @Override
  public void discard(Connection c) throws SQLException {
    draft.remains().clean(c);
  }

  /** Validates the foreign keys that the swap has made, and removes what is ours. */
  @Override
  public void finish(Connection c) throws SQLException {
    Attachments.validate(c, names().source());
    Control.of(draft.all()).drop(c);
  }

  @Override
  public void dropRetired(Connection c) throws SQLException {
    Sql.execute(c, dropRetiredSql());
  }

  @Override
  public String dropRetiredSql() {
    return draft.dropRetiredSql();
  }
}
