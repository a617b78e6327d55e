package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.util.Collection;
import java.util.stream.Collectors;

/**
 * What statements call the source and the ghost. A lock covers a table under each name by which a
 * statement refers to it, and in one LOCK TABLES no two tables can go by the same: so the names are
 * of the source's own, and no column can have been given them by accident.
 *
 * @param source quoted
 * @param ghost quoted
 */
public record Alias(String source, String ghost) {

  public static Alias of(TableName source) {
    return new Alias(named("source ", source), named("ghost ", source));
  }

  private static String named(String side, TableName source) {
    return Sql.quote(Sql.cut(side + source.table(), Sql.NAME_LIMIT));
  }

  public String ofSource(String column) {
    return source + "." + Sql.quote(column);
  }

  public String ofSource(Collection<InnodbColumn> columns) {
    return columns.stream().map(c -> ofSource(c.name())).collect(Collectors.joining(", "));
  }

  /** A table, or what stands for it, as the source. */
  public String asSource(String table) {
    return table + " AS " + source;
  }

  /** A table, or what stands for it, as the ghost. */
  public String asGhost(String table) {
    return table + " AS " + ghost;
  }

  String ofGhost(String column) {
    return ghost + "." + Sql.quote(column);
  }
}
