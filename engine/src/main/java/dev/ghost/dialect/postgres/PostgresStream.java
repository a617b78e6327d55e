package dev.ghost.dialect.postgres;

import static java.util.stream.Collectors.toSet;

import dev.ghost.api.MigrationException;
import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Logical decoding (pgoutput) through Debezium, for one migration or several. Slot and publication
 * are made here, not by Debezium, so that they are known and bounded.
 */
final class PostgresStream implements StreamSpec {

  private static final int SLOT_SECONDS = 60;

  private final List<PostgresWorkbench> benches;
  private final PostgresDraft draft;
  private final String slot;

  /**
   * @throws RefusedException if they have not been one stream from the beginning
   */
  PostgresStream(List<PostgresWorkbench> benches) {
    this.benches = List.copyOf(benches);
    this.draft = benches.get(0).draft();
    this.slot = benches.get(0).slot();
    if (!benches.stream().allMatch(b -> b.slot().equals(slot))) {
      throw lost("of other tables");
    }
  }

  private Stream<StreamedTable> tables() {
    return benches.stream().map(PostgresWorkbench::streamed);
  }

  @Override
  public Map<String, String> connector() {
    Map<String, String> config = new HashMap<>();
    config.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    config.put("topic.prefix", slot);
    config.put("database.hostname", PostgresDialect.host(draft.address()));
    config.put("database.port", Integer.toString(PostgresDialect.port(draft.address())));
    PostgresDialect.socket(draft.address())
        .forEach((name, value) -> config.put("driver." + name, value));
    config.put("database.user", draft.address().user());
    config.put("database.password", draft.address().password());
    config.put("database.dbname", draft.address().database());
    for (String option : List.of("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword")) {
      if (draft.address().options().containsKey(option)) {
        config.put("database." + option, draft.address().options().get(option));
      }
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

  /** The server keeps the position for us: in the slot. */
  @Override
  public Position open(Connection c) throws SQLException {
    refuseOthers(c);
    // Of several that begin anew, each has found the others to need what they had.
    Control.dropStream(c, slot);
    c.commit();
    String published = tables().map(StreamedTable::published).collect(Collectors.joining(", "));
    Sql.execute(
        c,
        List.of(
            "SET LOCAL lock_timeout = '5s'",
            "CREATE PUBLICATION %s FOR %s".formatted(Sql.quote(slot), published)));
    c.commit();
    createSlot(c);
    return position();
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
    refuseOthers(c);
    return position();
  }

  /** What a run of fewer tables had read, the server would not have for the others any more. */
  private void refuseOthers(Connection c) throws SQLException {
    Set<TableName> ours = benches.stream().map(b -> b.names().control()).collect(toSet());
    List<TableName> others = Control.streaming(c, slot, ours);
    if (!others.isEmpty()) {
      String names = others.stream().map(TableName::toString).collect(Collectors.joining(", "));
      throw new RefusedException(
          "The replication slot %s is that of an unfinished run of %s as well, which would lose changes if this run went on without."
              .formatted(slot, names),
          "Run the script of all of them; or give them up, with ghost cleanup --table %s."
              .formatted(others.get(0).table()));
    }
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
        "Begin anew, with --start-over; the source is untouched.");
  }

  /** Waits for every transaction that is running and has written something. */
  private void createSlot(Connection c) throws SQLException {
    try {
      Sql.execute(c, "SET LOCAL statement_timeout = '%ds'".formatted(SLOT_SECONDS));
      Sql.strings(
          c, "SELECT lsn::text FROM pg_create_logical_replication_slot(?, 'pgoutput')", slot);
    } catch (SQLException e) {
      if (new PostgresDialect().classify(e) != Fault.KILLED) {
        throw e;
      }
      c.rollback();
      List<String> oldest =
          Sql.strings(
              c,
              """
              SELECT format('session %s (%s) in a transaction for %s s: %s', pid, usename,
                            extract(epoch FROM now() - xact_start)::bigint, left(query, 200))
                FROM pg_stat_activity
               WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
               ORDER BY xact_start LIMIT 5
              """);
      throw new MigrationException(
          "The replication slot could not be made within %d s, because of transactions that run on:\n  %s"
              .formatted(SLOT_SECONDS, String.join("\n  ", oldest)),
          "Wait until they have ended, or end them: SELECT pg_terminate_backend(pid); then run the"
              + " command again.",
          e);
    }
  }
}
