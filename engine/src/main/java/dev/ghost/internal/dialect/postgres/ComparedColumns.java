package dev.ghost.internal.dialect.postgres;

import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The columns of the ghost whose values are the server's to say, and are the same each time. Not
 * those that the user gives by an expression of his own, nor what is generated from them; not a new
 * identity, and no default that is not the same at all times.
 *
 * @param altered the server's table, after the change
 */
record ComparedColumns(Connection c, PostgresMigration planned, Twin altered) {

  /** Reads definitions with nothing but pg_catalog in the search path. */
  List<PostgresColumn> list() throws SQLException {
    PostgresTableDefinition.qualify(c);
    List<PostgresColumn> compared = new ArrayList<>();
    for (PostgresColumn column : planned.ghost().columns()) {
      if (isCompared(column)) {
        compared.add(column);
      }
    }
    return compared;
  }

  private boolean isCompared(PostgresColumn column) throws SQLException {
    Map<String, String> expressions = planned.inspection().request().expressions();
    if (expressions.containsKey(column.name())) {
      return false;
    }
    if (column.generated()) {
      return expressions.isEmpty();
    }
    return planned.columns().stream().anyMatch(m -> m.ghost().equals(column))
        || (column.identity().isEmpty() && isSteady(column));
  }

  /** True for a new column without a default, or with one that a generated column could have. */
  private boolean isSteady(PostgresColumn column) throws SQLException {
    List<String> defaults =
        Sql.strings(
            c,
            """
            SELECT COALESCE(pg_get_expr(d.adbin, d.adrelid), t.typdefault)
              FROM pg_attribute AS a
              JOIN pg_type AS t ON t.oid = a.atttypid
              LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = ?::regclass AND a.attname = ?
               AND COALESCE(pg_get_expr(d.adbin, d.adrelid), t.typdefault) IS NOT NULL
            """,
            Sql.quote(altered.name()),
            column.name());
    if (defaults.isEmpty()) {
      return true;
    }
    Savepoint before = c.setSavepoint();
    boolean steady = true;
    try {
      Sql.execute(
          c,
          "CREATE UNLOGGED TABLE %s (x %s GENERATED ALWAYS AS (%s) STORED)"
              .formatted(Sql.quote(altered.neighbour("default")), column.type(), defaults.get(0)));
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e).circumstantial()) {
        throw e;
      }
      steady = false;
    }
    c.rollback(before);
    c.releaseSavepoint(before);
    return steady;
  }
}
