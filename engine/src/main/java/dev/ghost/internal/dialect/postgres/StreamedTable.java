package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationException;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeyColumn;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What the change stream is to bring of one migration, and what its records say: key columns of the
 * source, and ghost's messages as markers.
 *
 * @param prefix of the messages
 * @param whole true where the publication has all columns
 * @param bytes true where a published column is bytes
 */
record StreamedTable(
    TableName source, PostgresKeySql key, String prefix, boolean whole, boolean bytes) {

  /** What Debezium gives for a long value that an update left alone; no value of a table's. */
  static final String UNCHANGED = "unchanged value of ghost " + UUID.randomUUID();

  /** What is to come of an inspected source. */
  static StreamedTable of(Connection c, PostgresInspection inspection, PostgresKeySql key)
      throws SQLException {
    boolean whole = isWhole(c, inspection);
    List<PostgresColumn> columns =
        whole
            ? inspection.source().columns()
            : key.columns().stream().map(PostgresKeyColumn::source).toList();
    return new StreamedTable(
        inspection.names().source(),
        key,
        inspection.all().slot(),
        whole,
        columns.stream().anyMatch(column -> column.base().equals("bytea")));
  }

  /**
   * With all columns, a publication covers every replica identity, also one that somebody gives the
   * table during the run. With a list, the server then refuses the application's updates and
   * deletes, until the run has seen that. Nevertheless there is a list where whole rows would be
   * much more to read than keys, or have values that the stream may fail to read.
   */
  private static boolean isWhole(Connection c, PostgresInspection inspection) throws SQLException {
    boolean listable = inspection.facts().atLeast(15) && !inspection.identity().equals("f");
    return !listable
        || (inspection.source().columns().stream().allMatch(PostgresColumn::streamed)
            && Sql.yes(
                c,
                """
                SELECT reltoastrelid = 0 OR pg_relation_size(reltoastrelid) = 0
                  FROM pg_class WHERE oid = ?
                """,
                inspection.source().oid()));
  }

  /** The table, for Debezium. */
  String pattern() {
    return pattern(source.schema()) + "\\." + pattern(source.table());
  }

  /** Those of its columns that are to be delivered. */
  Stream<String> columns() {
    return keyNames().map(name -> pattern() + "\\." + pattern(name));
  }

  private Stream<String> keyNames() {
    return key.columns().stream().map(k -> k.source().name());
  }

  /** For a publication. */
  String published() {
    return "TABLE ONLY %s%s"
        .formatted(
            Sql.quote(source), whole ? "" : " (%s)".formatted(Sql.quoted(keyNames().toList())));
  }

  /** A regular expression for just this name, also where it has commas, dots or blanks. */
  static String pattern(String name) {
    return name.codePoints()
        .mapToObj(
            c ->
                (c < 128 && Character.isLetterOrDigit(c)) || c == '_'
                    ? Character.toString(c)
                    : "\\x{%x}".formatted(c))
        .collect(Collectors.joining());
  }

  /** What a record says of this table. */
  StreamEvent decode(SourceRecord record) {
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
        return new StreamEvent.Altered(source, "TRUNCATE TABLE " + Sql.quote(source));
      }
      default ->
          throw new MigrationException(
              "The change stream brought an operation that is not known: " + op,
              "The source is untouched. Please report this as a bug.");
    }
    return new StreamEvent.Changed(keys, List.of(), from.getInt64("txId"), false);
  }

  private StreamEvent marker(Struct message) {
    if (!prefix.equals(message.getString("prefix"))) {
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
    for (PostgresKeyColumn column : key.columns()) {
      String name = column.source().name();
      Object part = row == null ? null : row.get(name);
      if (UNCHANGED.equals(part)) {
        part = before == null ? null : before.get(name);
      }
      if (part == null || UNCHANGED.equals(part)) {
        throw new InterferenceException(
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
