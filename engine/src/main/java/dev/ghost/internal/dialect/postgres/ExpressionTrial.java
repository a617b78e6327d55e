package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** Has the server try the expressions that the user has given for columns. */
record ExpressionTrial(PostgresInspection inspection, Connection c) {

  /**
   * Each row is computed more than once, at different times, and must come out the same: so an
   * expression may only be what a generated column could be, and the server is asked.
   */
  void refuseUnfit(PostgresTableDefinition ghost) throws SQLException {
    for (Map.Entry<String, String> wanted : inspection.request().expressions().entrySet()) {
      PostgresColumn column =
          ghost
              .column(wanted.getKey())
              .orElseThrow(
                  () ->
                      new RefusedException(
                          "--set names %s, which is no column of the new schema."
                              .formatted(wanted.getKey()),
                          "Name columns as they are called after the change."));
      try {
        Sql.execute(
            c,
            "CREATE TEMPORARY TABLE ghost_probe (LIKE %s)"
                .formatted(Sql.quote(inspection.names().source())));
        Sql.execute(
            c,
            "ALTER TABLE ghost_probe ADD COLUMN %s %s GENERATED ALWAYS AS (%s) STORED"
                .formatted(Sql.quote("computed value"), column.type(), wanted.getValue()));
      } catch (SQLException e) {
        String what =
            "The expression for %s does not work: %s".formatted(column.name(), e.getMessage());
        String remedy =
            "Write an expression over the table's present columns, as for a generated column:"
                + " immutable functions only, no subquery.";
        ErrorClass errorClass = PostgresErrors.classOf(e);
        if (errorClass.circumstantial()) {
          throw e;
        }
        throw errorClass == ErrorClass.SYNTAX
            ? new UsageException(what, remedy, e)
            : new RefusedException(what, remedy, e);
      } finally {
        c.rollback();
      }
    }
  }
}
