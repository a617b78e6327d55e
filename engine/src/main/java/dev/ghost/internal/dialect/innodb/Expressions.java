package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.rows.InnodbColumnMapping;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.Sentry;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The expressions that the user gave for columns. Each row is computed more than once, at different
 * times, and must come out the same: so an expression may only be what a stored generated column
 * could be, and the server is asked.
 *
 * @param byColumn the expressions
 */
record Expressions(Map<String, Expression> byColumn) {

  /**
   * An expression.
   *
   * @param type what its values look like
   */
  record Expression(String sql, InnodbColumn type) {}

  /**
   * Tries the expressions on an empty table, a sentry, which is dropped again.
   *
   * @throws RefusedException if the server does not take one, or it is not deterministic
   */
  static Expressions examine(Connection c, InnodbInspection inspection) throws SQLException {
    Map<String, String> given = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    given.putAll(inspection.request().expressions());
    Map<String, Expression> byColumn = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (given.isEmpty()) {
      return new Expressions(byColumn);
    }
    TableName probe = inspection.names().retired();
    List<Map.Entry<String, String>> columns = List.copyOf(given.entrySet());
    List<String> selected =
        new ArrayList<>(List.of(inspection.alias().ofSource(inspection.source().columns())));
    for (int i = 0; i < columns.size(); i++) {
      selected.add("(%s) AS %s".formatted(columns.get(i).getValue(), Sql.quote(probeName(i))));
    }
    String create =
        """
        CREATE TABLE %s %s AS
        SELECT %s
          FROM %s
         LIMIT 0
        """
            .formatted(
                Sql.quote(probe),
                Sentry.OPTIONS,
                String.join(", ", selected),
                inspection.alias().asSource(Sql.quote(inspection.names().source())));
    attempt(c, create, "The expressions of --set do not work");
    InnodbTableDefinition definition = InnodbTableDefinition.read(inspection.product(), c, probe);
    for (int i = 0; i < columns.size(); i++) {
      InnodbColumn type = definition.column(probeName(i)).orElseThrow();
      String column = columns.get(i).getKey();
      String sql = columns.get(i).getValue();
      byColumn.put(column, new Expression(sql, type));
      attempt(
          c,
          "ALTER TABLE %s ADD COLUMN %s %s GENERATED ALWAYS AS (%s) STORED"
              .formatted(Sql.quote(probe), Sql.quote("generated value " + i), typeOf(type), sql),
          "The expression for %s depends on more than its row".formatted(column));
    }
    Sql.execute(c, "DROP TABLE " + Sql.quote(probe));
    return new Expressions(byColumn);
  }

  /** A name that no column can have been given by accident. */
  private static String probeName(int i) {
    return "computed value " + i;
  }

  private static String typeOf(InnodbColumn type) {
    return type.charset() == null
        ? type.fullType()
        : "%s CHARACTER SET %s COLLATE %s"
            .formatted(type.fullType(), type.charset(), type.collation());
  }

  private static void attempt(Connection c, String sql, String complaint) throws SQLException {
    try {
      Sql.execute(c, sql);
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e).circumstantial()) {
        throw e;
      }
      String what = "%s: %s".formatted(complaint, e.getMessage());
      String remedy =
          "Write expressions over the table's present columns, as for a stored generated column: no"
              + " NOW(), RAND() or UUID(), no subquery, no variable.";
      throw InnodbErrors.classOf(e) == ErrorClass.SYNTAX
          ? new UsageException(what, remedy, e)
          : new RefusedException(what, remedy, e);
    }
  }

  Optional<InnodbColumnMapping> mapping(InnodbColumn ghost) {
    return Optional.ofNullable(byColumn.get(ghost.name()))
        .map(
            expression ->
                InnodbColumnMapping.plain(
                    ghost, Optional.of(expression.type()), "(" + expression.sql() + ")", true));
  }

  boolean has(String column) {
    return byColumn.containsKey(column);
  }

  /** The expression for a column, or else what a new row gets in it. */
  String otherwise(InnodbColumn column) {
    Expression expression = byColumn.get(column.name());
    if (expression != null) {
      return "(" + expression.sql() + ")";
    }
    return column.defaultSql() == null ? "NULL" : column.defaultSql();
  }

  /** The same but for some columns. */
  Expressions without(List<String> columns) {
    Map<String, Expression> rest = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    rest.putAll(byColumn);
    columns.forEach(rest::remove);
    return new Expressions(rest);
  }

  /** Each must fill a column that can be filled. */
  void refuseUnknown(InnodbTableDefinition ghost) {
    String unknown =
        byColumn.keySet().stream()
            .filter(name -> ghost.column(name).filter(g -> !g.generated()).isEmpty())
            .collect(Collectors.joining(", "));
    if (!unknown.isEmpty()) {
      throw new RefusedException(
          "--set names what is no column of the new schema, or a generated one: " + unknown + ".",
          "Name columns as they are called after the change.");
    }
  }
}
