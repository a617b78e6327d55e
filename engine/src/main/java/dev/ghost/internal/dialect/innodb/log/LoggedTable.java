package dev.ghost.internal.dialect.innodb.log;

import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A table as Debezium has to know it: in the simplest words. It needs the columns' order, and the
 * types of those that it delivers; its parser does not know all that a table can have.
 *
 * @param types of all columns, in their order, by their names; empty for those that are not
 *     delivered. Behind them stand the columns that only the log has
 */
record LoggedTable(TableName name, Map<String, String> types) {

  static LoggedTable of(InnodbTableDefinition table, Set<InnodbColumn> delivered) {
    Map<String, String> types = new LinkedHashMap<>();
    table.columns().forEach(c -> types.put(c.name(), delivered.contains(c) ? simpleType(c) : ""));
    table.hiddenColumns().forEach(name -> types.put(name, ""));
    return new LoggedTable(table.name(), types);
  }

  static LoggedTable ofMarkers(TableName control) {
    Map<String, String> types = new LinkedHashMap<>();
    types.put("slot", "INT");
    types.put("seq", "BIGINT");
    types.put("content", "");
    return new LoggedTable(control, types);
  }

  /** Delivers what either does. */
  LoggedTable and(LoggedTable other) {
    Map<String, String> both = new LinkedHashMap<>(types);
    both.replaceAll((name, type) -> type.isEmpty() ? other.types.get(name) : type);
    return new LoggedTable(name, both);
  }

  String pattern() {
    return BinlogTable.pattern(name.schema()) + "\\." + BinlogTable.pattern(name.table());
  }

  /** Those that are delivered, for Debezium. */
  Stream<String> columns() {
    return types.entrySet().stream()
        .filter(c -> !c.getValue().isEmpty())
        .map(c -> pattern() + "\\." + BinlogTable.pattern(c.getKey()));
  }

  String definition() {
    return types.entrySet().stream()
        .map(c -> Sql.quote(c.getKey()) + " " + (c.getValue().isEmpty() ? "BLOB" : c.getValue()))
        .collect(Collectors.joining(", ", "CREATE TABLE %s (".formatted(Sql.quote(name)), ")"));
  }

  private static String simpleType(InnodbColumn c) {
    if (c.address()) {
      return "BINARY(%d)".formatted(c.bytes());
    }
    return c.charset() == null ? c.fullType() : c.fullType() + " CHARACTER SET " + c.charset();
  }
}
