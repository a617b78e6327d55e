package dev.ghost.dialect.innodb;

import dev.ghost.api.MigrationException;
import dev.ghost.api.RefusedException;
import dev.ghost.dialect.StreamEvent;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
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
public abstract class BinlogStream implements StreamSpec {

  private final ServerAddress address;
  private final TableNames names;
  private final TableDefinition source;
  private final KeySql key;
  private final String prefix = "ghost_%08x".formatted(ThreadLocalRandom.current().nextInt());

  protected BinlogStream(
      ServerAddress address, TableNames names, TableDefinition source, KeySql key) {
    this.address = address;
    this.names = names;
    this.source = source;
    this.key = key;
  }

  /** The settings that only this product's connector has; the connector's class above all. */
  protected abstract Map<String, String> productSettings(ServerAddress server);

  /** Where the log ends now, in Debezium's terms. */
  protected abstract Map<String, Object> end(Connection connection) throws SQLException;

  /** True when the server has all of the log from there on. */
  protected abstract boolean has(Connection connection, Map<String, ?> offset) throws SQLException;

  /** True when a log of this name is there. */
  protected static boolean hasFile(Connection c, String file) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW BINARY LOGS")) {
      while (rs.next()) {
        if (rs.getString(1).equals(file)) {
          return true;
        }
      }
      return false;
    }
  }

  /** True for a change of a transaction that is only prepared. */
  protected abstract boolean prepared(Struct sourceBlock);

  @Override
  public Map<String, String> connector() {
    Map<String, String> config = new HashMap<>();
    config.put("topic.prefix", prefix);
    config.put("database.hostname", address.host());
    config.put(
        "database.port",
        Integer.toString(address.port() == 0 ? InnodbDialect.DEFAULT_PORT : address.port()));
    config.put("database.user", address.user());
    config.put("database.password", address.password());
    // Any number that no replica has; the server ends a stream when another comes with the same
    // one.
    config.put(
        "database.server.id",
        Long.toString(ThreadLocalRandom.current().nextLong(1L << 30, (1L << 32) - 1)));
    address.options().forEach((name, value) -> config.put("driver." + name, value));
    config.put("driver.allowPublicKeyRetrieval", "true");
    store("trustCertificateKeyStore", "truststore", config);
    store("clientCertificateKeyStore", "keystore", config);

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

    // No snapshot and no locks: we give the position, and the tables' definitions.
    config.put("snapshot.mode", "never");
    config.put("snapshot.locking.mode", "none");
    config.put("schema.history.internal", SeededSchema.class.getName());
    config.put(SeededSchema.SCHEMA, names.source().schema());
    config.put(SeededSchema.DEFINITIONS, definitions());
    config.put("schema.history.internal.store.only.captured.tables.ddl", "true");
    config.put("schema.history.internal.skip.unparseable.ddl", "true");
    config.put("inconsistent.schema.handling.mode", "fail");

    config.put("converters", "ghost");
    config.put("ghost.type", KeyConverter.class.getName());
    config.put("max.queue.size", "16384");
    config.put("max.batch.size", "4096");
    config.put("connect.keep.alive.interval.ms", "10000");
    config.putAll(productSettings(address));
    return config;
  }

  /** The binary log's own connection takes the certificates that the driver's options name. */
  private void store(String option, String store, Map<String, String> config) {
    String file = address.options().getOrDefault(option + "Url", "");
    if (!file.isEmpty()) {
      config.put(
          "database.ssl." + store, file.startsWith("file:") ? URI.create(file).getPath() : file);
      config.put(
          "database.ssl." + store + ".password",
          address.options().getOrDefault(option + "Password", ""));
    }
  }

  /**
   * The tables in the simplest words. Debezium needs the columns' order, and the types of those
   * that it delivers; its parser does not know all that a table can have.
   */
  private String definitions() {
    String columns =
        source.columns().stream()
            .map(c -> Sql.quote(c.name()) + " " + (isKey(c) ? simpleType(c) : "BLOB"))
            .collect(Collectors.joining(", "));
    return "CREATE TABLE %s (%s);\nCREATE TABLE %s (slot INT, seq BIGINT, content BLOB)"
        .formatted(Sql.quote(names.source()), columns, Sql.quote(names.control()));
  }

  private boolean isKey(Column column) {
    return key.columns().stream().anyMatch(k -> k.source().named(column.name()));
  }

  private static String simpleType(Column c) {
    if (c.address()) {
      return "BINARY(%d)".formatted(c.bytes());
    }
    return c.charset() == null ? c.fullType() : c.fullType() + " CHARACTER SET " + c.charset();
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
    return position(end(c));
  }

  @Override
  public Position reopen(Connection c, Map<String, ?> offset) throws SQLException {
    if (!has(c, offset)) {
      throw new RefusedException(
          "The server has purged the binary log that the earlier run was at (%s): changes made since then are not known."
              .formatted(offset.get("file")),
          "Begin anew, with --start-over; the source is untouched.");
    }
    return position(offset);
  }

  private Position position(Map<String, ?> offset) {
    return new Position(Map.of("server", prefix), offset);
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
    Struct origin = value.getStruct("source");
    if (is(names.control(), origin)) {
      Struct after = value.getStruct("after");
      return after == null
          ? new StreamEvent.Other()
          : new StreamEvent.Marked(after.getInt64("slot").intValue(), after.getInt64("seq"));
    }
    return is(names.source(), origin) ? change(value, prepared(origin)) : new StreamEvent.Other();
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

  /** The log leaves out the zero bytes at the end of a value of fixed length. */
  private static byte[] padded(byte[] bytes, Column column) {
    return bytes.length < column.bytes() ? Arrays.copyOf(bytes, column.bytes()) : bytes;
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
