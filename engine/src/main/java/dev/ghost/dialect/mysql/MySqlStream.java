package dev.ghost.dialect.mysql;

import dev.ghost.api.MigrationException;
import dev.ghost.dialect.StreamEvent;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The binary log through Debezium: key columns of the source, markers of the control table, and
 * DDL.
 */
final class MySqlStream implements StreamSpec {

  private final ServerFacts facts;
  private final ServerAddress address;
  private final TableNames names;
  private final KeySql key;
  private final String prefix = "ghost_%08x".formatted(ThreadLocalRandom.current().nextInt());

  MySqlStream(ServerFacts facts, ServerAddress address, TableNames names, KeySql key) {
    this.facts = facts;
    this.address = address;
    this.names = names;
    this.key = key;
  }

  @Override
  public Map<String, String> connector() {
    Map<String, String> config = new HashMap<>();
    config.put("connector.class", "io.debezium.connector.mysql.MySqlConnector");
    config.put("topic.prefix", prefix);
    config.put("database.hostname", address.host());
    config.put(
        "database.port",
        Integer.toString(address.port() == 0 ? MySqlDialect.DEFAULT_PORT : address.port()));
    config.put("database.user", address.user());
    config.put("database.password", address.password());
    // Any number that no replica has; the server ends a stream when another comes with the same
    // one.
    config.put(
        "database.server.id",
        Long.toString(ThreadLocalRandom.current().nextLong(1L << 30, (1L << 32) - 1)));
    address.options().forEach((name, value) -> config.put("driver." + name, value));
    config.put("driver.allowPublicKeyRetrieval", "true");
    if (address.options().containsKey("sslMode")) {
      config.put("database.ssl.mode", Column.lower(address.options().get("sslMode")));
    }

    config.put("database.include.list", pattern(names.source().schema()));
    config.put("table.include.list", pattern(names.source()) + "," + pattern(names.control()));
    config.put(
        "column.include.list",
        key.columns().stream()
                .map(k -> pattern(names.source()) + "\\." + pattern(k.source().name()))
                .collect(Collectors.joining(","))
            + ","
            + pattern(names.control())
            + "\\.(slot|seq)");
    config.put("include.schema.changes", "true");

    // Recovery: read the tables' definitions, then stream from the position that we give. No locks.
    config.put("snapshot.mode", "recovery");
    config.put("snapshot.locking.mode", "none");
    config.put("schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory");
    config.put("schema.history.internal.store.only.captured.tables.ddl", "true");
    config.put("schema.history.internal.skip.unparseable.ddl", "true");
    config.put("inconsistent.schema.handling.mode", "fail");

    config.put("converters", "ghost");
    config.put("ghost.type", KeyConverter.class.getName());
    config.put("max.queue.size", "16384");
    config.put("max.batch.size", "4096");
    config.put("connect.keep.alive.interval.ms", "10000");
    return config;
  }

  /** A regular expression for just this name, also where it has commas, dots or blanks. */
  private static String pattern(String name) {
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      pattern.append(plain || c == '_' ? Character.toString(c) : "\\u%04x".formatted((int) c));
    }
    return pattern.toString();
  }

  private static String pattern(TableName name) {
    return pattern(name.schema()) + "\\." + pattern(name.table());
  }

  @Override
  public Position open(Connection c) throws SQLException {
    String sql = facts.atLeast(8, 2, 0) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      if (!rs.next()) {
        throw new SQLException("the server has no binary log");
      }
      Map<String, Object> offset = new HashMap<>();
      offset.put("file", rs.getString(1));
      offset.put("pos", rs.getLong(2));
      if (facts.gtids()) {
        offset.put("gtids", rs.getString(5).replace("\n", ""));
      }
      return new Position(Map.of("server", prefix), offset);
    }
  }

  @Override
  public StreamEvent decode(SourceRecord record) {
    if (!(record.value() instanceof Struct value)) {
      return new StreamEvent.Other();
    }
    if (value.schema().field("ddl") != null) {
      return concernsSource(value.getStruct("source"))
          ? new StreamEvent.Altered(value.getString("ddl"))
          : new StreamEvent.Other();
    }
    if (value.schema().field("op") == null) {
      return new StreamEvent.Other();
    }
    Struct source = value.getStruct("source");
    if (is(names.control(), source)) {
      Struct after = value.getStruct("after");
      return after == null
          ? new StreamEvent.Other()
          : new StreamEvent.Marked(after.getInt64("slot").intValue(), after.getInt64("seq"));
    }
    return is(names.source(), source) ? change(value, prepared(source)) : new StreamEvent.Other();
  }

  private StreamEvent change(Struct value, boolean prepared) {
    String op = value.getString("op");
    List<RowKey> keys = new ArrayList<>(2);
    switch (op) {
      case "c" -> keys.add(keyOf(value, "after"));
      case "d" -> keys.add(keyOf(value, "before"));
      case "u" -> {
        keys.add(keyOf(value, "before"));
        RowKey after = keyOf(value, "after");
        if (!after.equals(keys.get(0))) {
          keys.add(after);
        }
      }
      case "t" -> {
        return new StreamEvent.Altered("TRUNCATE TABLE " + Sql.quote(names.source()));
      }
      default ->
          throw new MigrationException(
              "The change stream brought an operation that is not known: " + op, "");
    }
    return new StreamEvent.Changed(keys, 0, prepared);
  }

  /**
   * True for the rows of an XA transaction: they are logged at XA PREPARE. Debezium does not say
   * so, but it takes the thread from a transaction's BEGIN, and before these rows there is none.
   */
  private static boolean prepared(Struct source) {
    return source.getInt64("thread") == null;
  }

  private RowKey keyOf(Struct value, String image) {
    Struct row = value.getStruct(image);
    List<Object> parts = new ArrayList<>(key.columns().size());
    for (KeyColumn column : key.columns()) {
      Object part = row == null ? null : row.get(column.source().name());
      if (part == null) {
        throw new MigrationException(
            "A change of %s arrived without the value of %s in its %s image."
                .formatted(names.source(), column.source().name(), image),
            "Either a writer's session has another binlog_row_image than FULL, or the row's key"
                + " holds a zero date, which the change stream cannot carry.");
      }
      parts.add(form(column, part));
    }
    return new RowKey(parts);
  }

  /** Brings a value that {@link KeyConverter} made into the form that {@link KeyColumn} reads. */
  private static Object form(KeyColumn column, Object part) {
    return switch (column.form()) {
      case LONG, TIME -> part;
      case BIG_INTEGER -> new BigInteger((String) part);
      case DECIMAL -> new BigDecimal((String) part).setScale(column.source().scale());
      case TEXT -> part;
      case BYTES -> padded((byte[]) part, column.source());
      case DATE, DATETIME -> part;
    };
  }

  /** The log leaves out the zero bytes at the end of a BINARY. */
  private static byte[] padded(byte[] bytes, Column column) {
    return column.is("binary") && bytes.length < column.length()
        ? Arrays.copyOf(bytes, (int) column.length())
        : bytes;
  }

  /** True when a DDL statement names the source; it can name several tables. */
  private boolean concernsSource(Struct source) {
    String tables = source == null ? null : source.getString("table");
    return tables != null
        && streamed(source)
        && names.source().schema().equalsIgnoreCase(source.getString("db"))
        && List.of(tables.split(",")).contains(names.source().table());
  }

  /** False for the definitions that Debezium reads before it streams. */
  private static boolean streamed(Struct source) {
    String snapshot = source.getString("snapshot");
    return snapshot == null || snapshot.equals("false");
  }

  private static boolean is(TableName name, Struct source) {
    return name.table().equals(source.getString("table"))
        && name.schema().equals(source.getString("db"));
  }
}
