package dev.ghost.dialect.postgres;

import dev.ghost.api.MigrationException;
import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.StreamEvent;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.TableName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Logical decoding (pgoutput) through Debezium: key columns of the source, and messages of ours as
 * markers. Slot and publication are made here, not by Debezium, so that they are known and bounded.
 */
final class PostgresStream implements StreamSpec {

  private static final int SLOT_SECONDS = 60;

  /** What Debezium gives for a long value that an update left alone. */
  private static final String UNCHANGED = "__debezium_unavailable_value";

  private final PostgresDraft draft;
  private final KeySql key;
  private final TableName source;

  PostgresStream(PostgresDraft draft, KeySql key) {
    this.draft = draft;
    this.key = key;
    this.source = draft.names().source();
  }

  @Override
  public Map<String, String> connector() {
    Map<String, String> config = new HashMap<>();
    config.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    config.put("topic.prefix", draft.all().slot());
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
    config.put("slot.name", draft.all().slot());
    config.put("slot.drop.on.stop", "false");
    config.put("slot.max.retries", "5");
    config.put("slot.retry.delay.ms", "1000");
    config.put("publication.name", draft.all().slot());
    config.put("publication.autocreate.mode", "disabled");
    // No snapshot: the offset that we give says that there is nothing to be read first.
    config.put("snapshot.mode", "no_data");
    config.put("schema.include.list", pattern(source.schema()));
    config.put("table.include.list", pattern(source.schema()) + "\\." + pattern(source.table()));
    config.put(
        "column.include.list",
        key.columns().stream()
            .map(
                k ->
                    pattern(source.schema())
                        + "\\."
                        + pattern(source.table())
                        + "\\."
                        + pattern(k.source().name()))
            .collect(Collectors.joining(",")));
    config.put("message.prefix.include.list", pattern(draft.all().slot()));
    config.put("include.unknown.datatypes", "true");
    config.put("converters", "ghost");
    config.put("ghost.type", KeyText.class.getName());
    config.put("status.update.interval.ms", "1000");
    config.put("max.queue.size", "16384");
    config.put("max.batch.size", "4096");
    return config;
  }

  /** A regular expression for just this name, also where it has commas, dots or blanks. */
  private static String pattern(String name) {
    return name.codePoints()
        .mapToObj(
            c ->
                (c < 128 && Character.isLetterOrDigit(c)) || c == '_'
                    ? Character.toString(c)
                    : "\\x{%x}".formatted(c))
        .collect(Collectors.joining());
  }

  /** The server keeps the position for us: in the slot. */
  @Override
  public Position open(Connection c) throws SQLException {
    // A column list has to cover the replica identity; FULL is all columns.
    boolean list = draft.facts().atLeast(15) && !draft.identity().equals("f");
    String columns =
        list
            ? " (%s)"
                .formatted(Sql.quoted(key.columns().stream().map(k -> k.source().name()).toList()))
            : "";
    Sql.execute(
        c,
        List.of(
            "SET LOCAL lock_timeout = '5s'",
            "CREATE PUBLICATION %s FOR TABLE ONLY %s%s"
                .formatted(Sql.quote(draft.all().slot()), Sql.quote(source), columns)));
    c.commit();
    createSlot(c);
    return position();
  }

  /** An offset without a log position: Debezium then streams from what the slot has confirmed. */
  private Position position() {
    return new Position(Map.of("server", draft.all().slot()), Map.of("ts_usec", 0L));
  }

  @Override
  public Position reopen(Connection c, Map<String, ?> offset) throws SQLException {
    String slot = draft.all().slot();
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
               AND EXISTS (SELECT 1 FROM pg_publication_tables
                            WHERE pubname = ? AND schemaname = ? AND tablename = ?)
            """,
            slot,
            slot,
            source.schema(),
            source.table());
    if (!there) {
      throw new RefusedException(
          "The replication slot or the publication %s of the earlier run is lost: changes made since then are not known."
              .formatted(slot),
          "Begin anew, with --start-over; the source is untouched.");
    }
    return position();
  }

  /** Waits for every transaction that is running and has written something. */
  private void createSlot(Connection c) throws SQLException {
    try {
      Sql.execute(c, "SET LOCAL statement_timeout = '%ds'".formatted(SLOT_SECONDS));
      Sql.strings(
          c,
          "SELECT lsn::text FROM pg_create_logical_replication_slot(?, 'pgoutput')",
          draft.all().slot());
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

  @Override
  public StreamEvent decode(SourceRecord record) {
    if (!(record.value() instanceof Struct value) || value.schema().field("op") == null) {
      return new StreamEvent.Other();
    }
    String op = value.getString("op");
    if (op.equals("m")) {
      return marker(value.getStruct("message"));
    }
    Struct from = value.getStruct("source");
    if (!source.table().equals(from.getString("table"))
        || !source.schema().equals(from.getString("schema"))) {
      return new StreamEvent.Other();
    }
    List<RowKey> keys = new ArrayList<>(2);
    switch (op) {
      case "c" -> keys.add(keyOf(value, "after"));
      case "d" -> keys.add(keyOf(value, "before"));
      case "u" -> {
        keys.add(keyOf(value, "after"));
        // Without it the key has stayed what it was.
        if (value.getStruct("before") != null) {
          RowKey before = keyOf(value, "before");
          if (!before.equals(keys.get(0))) {
            keys.add(before);
          }
        }
      }
      case "t" -> {
        return new StreamEvent.Altered("TRUNCATE TABLE " + Sql.quote(source));
      }
      default ->
          throw new MigrationException(
              "The change stream brought an operation that is not known: " + op, "");
    }
    return new StreamEvent.Changed(keys, from.getInt64("txId"), false);
  }

  private StreamEvent marker(Struct message) {
    if (!draft.all().slot().equals(message.getString("prefix"))) {
      return new StreamEvent.Other();
    }
    Object content = message.get("content");
    ByteBuffer bytes =
        content instanceof ByteBuffer b ? b.duplicate() : ByteBuffer.wrap((byte[]) content);
    String[] parts = StandardCharsets.UTF_8.decode(bytes).toString().split(":");
    return new StreamEvent.Marked(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
  }

  private RowKey keyOf(Struct value, String image) {
    Struct row = value.getStruct(image);
    Struct before = value.getStruct("before");
    List<Object> parts = new ArrayList<>(key.columns().size());
    for (KeyColumn column : key.columns()) {
      String name = column.source().name();
      Object part = row == null ? null : row.get(name);
      if (UNCHANGED.equals(part)) {
        part = before == null ? null : before.get(name);
      }
      if (part == null || UNCHANGED.equals(part)) {
        throw new MigrationException(
            "A change of %s arrived without the value of %s in its %s image."
                .formatted(source, name, image),
            "Somebody has changed the replica identity of the table, or its publication. Run the"
                + " command again.");
      }
      parts.add(column.parse((String) part));
    }
    return new RowKey(parts);
  }
}
