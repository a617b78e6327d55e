package dev.ghost.internal.dialect.postgres;

import static java.util.stream.Collectors.toSet;

import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.postgres.lock.PostgresBlockers;
import dev.ghost.internal.dialect.postgres.rows.KeyText;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.server.Publication;
import dev.ghost.internal.dialect.postgres.server.UncheckedConnector;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Logical decoding (pgoutput) through Debezium, for one migration or several. Slot and publication
 * are made here, not by Debezium, so that they are known and bounded.
 */
final class PostgresStream implements StreamSpec {

  private static final int SLOT_SECONDS = 60;
  private static final int PUBLICATION_SECONDS = 5;

  private static final String END_THEM =
      "Nothing was changed. Wait until they have ended, or end them: SELECT"
          + " pg_terminate_backend(PID); then run the command again.";

  private final List<PostgresMigration> benches;
  private final PostgresInspection inspection;
  private final String slot;

  /**
   * @throws RefusedException if they have not been one stream from the beginning
   */
  PostgresStream(List<PostgresMigration> benches) {
    this.benches = List.copyOf(benches);
    this.inspection = benches.get(0).inspection();
    this.slot = benches.get(0).slot();
    if (!benches.stream().allMatch(b -> b.slot().equals(slot))) {
      throw lost("of other tables");
    }
  }

  private Stream<StreamedTable> tables() {
    return benches.stream().map(PostgresMigration::streamed);
  }

  @Override
  public Map<String, String> connector() {
    Map<String, String> config = new HashMap<>();
    config.put("connector.class", UncheckedConnector.class.getName());
    config.put("topic.prefix", slot);
    config.put("database.hostname", PostgresDriver.host(inspection.address()));
    config.put("database.port", Integer.toString(PostgresDriver.port(inspection.address())));
    PostgresDriver.socket(inspection.address())
        .forEach((name, value) -> config.put("driver." + name, value));
    config.put("database.user", inspection.address().user());
    config.put("database.password", inspection.address().password());
    config.put("database.dbname", inspection.address().database());
    for (String option : List.of("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword")) {
      if (inspection.address().options().containsKey(option)) {
        config.put("database." + option, inspection.address().options().get(option));
      }
    }
    if (tables().anyMatch(StreamedTable::bytes)) {
      // Debezium reads no other form. Where it is not needed, a pooler need not know of it.
      config.put("driver.options", "-c bytea_output=hex");
    }
    // The limits that this user may have are the application's, not the stream's.
    config.put(
        "database.initial.statements",
        "SET statement_timeout = 0; SET lock_timeout = 0;"
            + " SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0");
    config.put("plugin.name", "pgoutput");
    config.put("slot.name", slot);
    config.put("slot.drop.on.stop", "false");
    config.put("slot.max.retries", "5");
    config.put("slot.retry.delay.ms", "1000");
    config.put("publication.name", slot);
    config.put("publication.autocreate.mode", "disabled");
    // No snapshot: the offset that we give says that there is nothing to be read first.
    config.put("snapshot.mode", "no_data");
    config.put(
        "schema.include.list", list(tables().map(t -> StreamedTable.pattern(t.source().schema()))));
    config.put("table.include.list", list(tables().map(StreamedTable::pattern)));
    config.put("column.include.list", list(tables().flatMap(StreamedTable::columns)));
    config.put(
        "message.prefix.include.list", list(tables().map(t -> StreamedTable.pattern(t.prefix()))));
    config.put("include.unknown.datatypes", "true");
    config.put("unavailable.value.placeholder", StreamedTable.UNCHANGED);
    config.put("converters", "ghost");
    config.put("ghost.type", KeyText.class.getName());
    config.put("status.update.interval.ms", "1000");
    config.put("max.queue.size", "16384");
    config.put("max.batch.size", Integer.toString(BATCH));
    // For so long it does not look for what the server has sent, either.
    config.put("poll.interval.ms", "20");
    return config;
  }

  private static String list(Stream<String> patterns) {
    return patterns.distinct().collect(Collectors.joining(","));
  }

  @Override
  public boolean serverKnowsPosition() {
    return true;
  }

  /** The server keeps the position for us: in the slot. */
  @Override
  public Position open(Connection c) throws SQLException {
    refuseOthers(c);
    // Of several that begin again, each has found the others to need what they had.
    PostgresControlTable.dropStream(c, slot);
    c.commit();
    createPublication(
        c,
        Publication.create(
            slot, tables().map(StreamedTable::published).toList(), inspection.facts().atLeast(18)));
    createSlot(c);
    return position();
  }

  /** Waits for sessions that alter one of the tables, vacuum it, or build an index of it. */
  private void createPublication(Connection c, String sql) throws SQLException {
    try {
      Sql.execute(c, List.of("SET LOCAL lock_timeout = '%ds'".formatted(PUBLICATION_SECONDS), sql));
      Publication.note(c, slot);
      c.commit();
    } catch (SQLException e) {
      if (classify(e) != ErrorClass.LOCK_TIMEOUT) {
        throw e;
      }
      c.rollback();
      List<Blocker> blockers =
          PostgresBlockers.ofPublication(
              c, benches.stream().map(b -> b.inspection().source().oid()).toList());
      throw new StoppedException(
          "The publication %s could not be created within %d s, because somebody holds a lock on a table that it is for%s"
              .formatted(slot, PUBLICATION_SECONDS, named(blockers.stream().map(Blocker::what))),
          END_THEM,
          e);
    }
  }

  /** Every user may see who holds locks: when nobody is found, they have released them. */
  private static String named(Stream<String> blockers) {
    List<String> lines = blockers.toList();
    return lines.isEmpty()
        ? "; it is gone by now."
        : lines.stream().collect(Collectors.joining("\n  ", ":\n  ", ""));
  }

  /** An offset without a log position: Debezium then streams from what the slot has confirmed. */
  private Position position() {
    return new Position(Map.of("server", slot), Map.of("ts_usec", 0L));
  }

  @Override
  public Position reopen(Connection c, List<Map<String, ?>> offsets) throws SQLException {
    // The reader of a run that was killed can hold the slot for a while.
    Sql.strings(
        c,
        "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name ="
            + " ? AND active",
        slot);
    boolean there =
        Sql.yes(
            c,
            """
            SELECT EXISTS (SELECT 1 FROM pg_replication_slots
                            WHERE slot_name = ? AND database = current_database()
                              AND COALESCE(wal_status, '') <> 'lost')
            """,
            slot);
    if (!there || !published(c).containsAll(tables().map(StreamedTable::source).toList())) {
      throw lost(there ? "of other tables" : "lost");
    }
    if (!Publication.untouched(c, slot)) {
      throw lost("of a publication that somebody altered");
    }
    refuseOthers(c);
    return position();
  }

  /** What a run of fewer tables had read, the server would not have for the others any more. */
  private void refuseOthers(Connection c) throws SQLException {
    Set<TableName> ours = benches.stream().map(b -> b.names().control()).collect(toSet());
    List<TableName> others = PostgresControlTable.streaming(c, slot, ours);
    if (!others.isEmpty()) {
      String names = others.stream().map(TableName::toString).collect(Collectors.joining(", "));
      throw new RefusedException(
          "The replication slot %s is that of an unfinished run of %s as well, which would lose changes if this run went on without."
              .formatted(slot, names),
          "Run the script of all of them; or give them up, with ghost cleanup --table %s."
              .formatted(others.get(0).table()));
    }
  }

  @Override
  public ErrorClass classify(@Nullable Throwable failure) {
    return SqlErrors.sql(failure).map(PostgresErrors::classOf).orElse(ErrorClass.OTHER);
  }

  private Set<TableName> published(Connection c) throws SQLException {
    Set<TableName> found = new HashSet<>();
    try (var statement =
            Sql.prepared(
                c,
                "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ?",
                slot);
        var rs = statement.executeQuery()) {
      while (rs.next()) {
        found.add(new TableName(rs.getString(1), rs.getString(2)));
      }
    }
    return found;
  }

  private RefusedException lost(String how) {
    return new RefusedException(
        "The replication slot and the publication %s of the earlier run are %s: changes made since then are not known."
            .formatted(slot, how),
        "Begin again, with --start-over; the source is untouched.");
  }

  /** Waits for every transaction that is running and has written something. */
  private void createSlot(Connection c) throws SQLException {
    try {
      // It waits for each of them as for a lock, but all of them together are to be bounded.
      Sql.execute(
          c,
          List.of(
              "SET LOCAL lock_timeout = 0",
              "SET LOCAL statement_timeout = '%ds'".formatted(SLOT_SECONDS)));
      Sql.strings(
          c, "SELECT lsn::text FROM pg_create_logical_replication_slot(?, 'pgoutput')", slot);
    } catch (SQLException e) {
      if (classify(e) != ErrorClass.KILLED) {
        throw e;
      }
      c.rollback();
      throw new StoppedException(
          "The replication slot %s could not be created within %d s, because it has to wait for every transaction that had written something%s"
              .formatted(slot, SLOT_SECONDS, named(PostgresBlockers.writing(c).stream())),
          END_THEM,
          e);
    }
  }
}
