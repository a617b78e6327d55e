package dev.ghost.internal.dialect.innodb.log;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationException;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.dialect.innodb.rows.CascadingForeignKey;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeyColumn;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What the binary log is to bring of one migration, and what its records say: key columns of the
 * source, what is referred to in tables whose changes are passed on to it, markers of the control
 * table, and DDL.
 *
 * @param acting foreign keys of the source, by the numbers that cascades have
 */
public record BinlogTable(
    TableNames names,
    InnodbTableDefinition source,
    InnodbKeySql key,
    List<CascadingForeignKey> acting) {

  /** The tables, with those of their columns that are to be delivered. */
  Map<InnodbTableDefinition, Set<InnodbColumn>> delivered() {
    Map<InnodbTableDefinition, Set<InnodbColumn>> delivered = new LinkedHashMap<>();
    deliver(delivered, source, key.columns());
    acting.forEach(a -> deliver(delivered, a.parent(), a.columns()));
    return delivered;
  }

  private static void deliver(
      Map<InnodbTableDefinition, Set<InnodbColumn>> delivered,
      InnodbTableDefinition table,
      List<InnodbKeyColumn> columns) {
    Set<InnodbColumn> wanted = delivered.computeIfAbsent(table, t -> new LinkedHashSet<>());
    columns.forEach(k -> wanted.add(k.source()));
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

  /** What a record of a product's log says of this table. */
  public StreamEvent decode(SourceRecord record, ProductSql product) {
    if (!(record.value() instanceof Struct value)) {
      return new StreamEvent.Other();
    }
    if (value.schema().field("ddl") != null) {
      Struct origin = value.getStruct("source");
      return followed()
          .filter(t -> concerns(t, origin))
          .findFirst()
          .<StreamEvent>map(t -> new StreamEvent.Altered(t, value.getString("ddl")))
          .orElseGet(StreamEvent.Other::new);
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
    boolean ofSource = is(names.source(), origin);
    if (ofSource && value.getString("op").equals("t")) {
      return new StreamEvent.Altered(names.source(), "TRUNCATE TABLE " + Sql.quote(names.source()));
    }
    List<RowKey> keys = ofSource ? keys(value) : List.of();
    List<Cascade> cascades = cascades(value, origin);
    return keys.isEmpty() && cascades.isEmpty()
        ? new StreamEvent.Other()
        : new StreamEvent.Changed(keys, cascades, 0, product.prepared(origin));
  }

  private Stream<TableName> followed() {
    return Stream.concat(Stream.of(names.source()), acting.stream().map(a -> a.parent().name()));
  }

  /** What a change of a parent makes of the rows that refer to it. */
  private List<Cascade> cascades(Struct value, Struct origin) {
    List<Cascade> cascades = new ArrayList<>();
    for (int i = 0; i < acting.size(); i++) {
      CascadingForeignKey acts = acting.get(i);
      if (is(acts.parent().name(), origin)) {
        int number = i;
        Optional<RowKey> before = referred(acts, value, "before");
        Optional<RowKey> after = referred(acts, value, "after");
        if (!before.equals(after)) {
          before.ifPresent(v -> cascades.add(new Cascade(number, true, v)));
          after
              .filter(v -> before.isPresent())
              .ifPresent(v -> cascades.add(new Cascade(number, false, v)));
        }
      }
    }
    return cascades;
  }

  /** What a row of a parent was, or is, referred to by; empty when by nothing. */
  private Optional<RowKey> referred(CascadingForeignKey acts, Struct value, String image) {
    Struct row = value.getStruct(image);
    if (row == null
        || acts.columns().stream()
            .anyMatch(k -> k.source().nullable() && row.get(k.source().name()) == null)) {
      return Optional.empty();
    }
    return Optional.of(keyOf(acts.parent().name(), acts.columns(), value, image));
  }

  private List<RowKey> keys(Struct value) {
    String op = value.getString("op");
    return switch (op) {
      case "c" -> List.of(keyOf(value, "after"));
      case "d" -> List.of(keyOf(value, "before"));
      case "u" -> Stream.of(keyOf(value, "before"), keyOf(value, "after")).distinct().toList();
      default ->
          throw new MigrationException(
              "The change stream brought an operation that is not known: " + op,
              "The source is untouched. Please report this as a bug.");
    };
  }

  private RowKey keyOf(Struct value, String image) {
    return keyOf(names.source(), key.columns(), value, image);
  }

  private static RowKey keyOf(
      TableName table, List<InnodbKeyColumn> columns, Struct value, String image) {
    Struct row = value.getStruct(image);
    List<Object> parts = new ArrayList<>(columns.size());
    for (InnodbKeyColumn column : columns) {
      Object part = row == null ? null : row.get(column.source().name());
      if (part == null) {
        throw new InterferenceException(
            "A change of %s arrived without the value of %s in its %s image."
                .formatted(table, column.source().name(), image),
            "Either a writer's session has another binlog_row_image than FULL, or the row's key"
                + " holds a zero date, which the change stream cannot carry.");
      }
      parts.add(form(column, part));
    }
    return new RowKey(parts);
  }

  /**
   * Brings a value that {@link KeyConverter} made into the form that {@link InnodbKeyColumn} reads.
   */
  private static Object form(InnodbKeyColumn column, Object part) {
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
  private static byte[] padded(byte[] bytes, InnodbColumn column) {
    return bytes.length < column.bytes() ? Arrays.copyOf(bytes, column.bytes()) : bytes;
  }

  /** True when a DDL statement names a table; it can name several. */
  private static boolean concerns(TableName table, Struct source) {
    String tables = source == null ? null : source.getString("table");
    return tables != null
        && streamed(source)
        && table.schema().equalsIgnoreCase(source.getString("db"))
        && List.of(tables.split(",")).contains(table.table());
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
