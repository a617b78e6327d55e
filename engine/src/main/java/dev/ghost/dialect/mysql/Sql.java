package dev.ghost.dialect.mysql;

import dev.ghost.plan.TableName;
import java.util.List;
import java.util.stream.Collectors;

/** Writing names and literals as SQL. */
final class Sql {

  private Sql() {}

  /** The one way in which names get into statements. */
  static String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  static String quote(TableName table) {
    return quote(table.schema()) + "." + quote(table.table());
  }

  static String quoted(List<String> names) {
    return names.stream().map(Sql::quote).collect(Collectors.joining(", "));
  }

  /** A string literal; for definitions, where the server takes no parameters. */
  static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }
}
