package dev.ghost.dialect.innodb;

import dev.ghost.api.MigrationException;
import dev.ghost.dialect.StreamEvent;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What the binary log is to bring of one migration, and what its records say: key columns of the
 * source, markers of the control table, and DDL.
 */
public record BinlogTable(TableNames names, TableDefinition source, KeySql key) {

  /** The tables, for Debezium. */
  Stream<String> tables() {
    return Stream.of(pattern(names.source()), pattern(names.control()));
  }

  /** Those columns of them that are to be delivered. */
  Stream<String> columns() {
    return Stream.concat(
        key.columns().stream()
            .map(k -> pattern(names.source()) + "\\." + pattern(k.source().name())),
        Stream.of(pattern(names.control()) + "\\.(slot|seq)"));
  }

  /**
   * The tables in the simplest words. Debezium needs the columns' order, and the types of those
   * that it delivers; its parser does not know all that a table can have.
   */
  String definitions() {
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
  static String pattern(String name) {
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

  /** What a record of a product's log says of this table. */
  StreamEvent decode(SourceRecord record, Product product) {
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
    return is(names.source(), origin)
        ? change(value, product.prepared(origin))
        : new StreamEvent.Other();
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
