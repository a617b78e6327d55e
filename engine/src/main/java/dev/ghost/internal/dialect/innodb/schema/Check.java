package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.util.List;

/**
 * A check, as the server writes it in a definition.
 *
 * @param condition all that follows the name
 */
record Check(String name, String condition) {

  private static final String HEAD = "CONSTRAINT `";
  private static final String CONDITION = " CHECK (";

  /** Those of a definition that have names, in its order. */
  static List<Check> of(String ddl) {
    return ddl.lines()
        .map(l -> l.strip().replaceFirst(",$", ""))
        .filter(l -> l.startsWith(HEAD))
        .map(Check::parsed)
        .filter(check -> check.condition.startsWith(CONDITION))
        .toList();
  }

  private static Check parsed(String line) {
    String name = Sql.firstName(line, HEAD.length());
    return new Check(name, line.substring(HEAD.length() + Sql.quote(name).length() - 1));
  }

  /** What adds it to a table. */
  String add(String as) {
    return "ADD CONSTRAINT %s%s".formatted(Sql.quote(as), condition);
  }
}
