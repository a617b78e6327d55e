package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.RefusedRow;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.function.SqlConsumer;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Optional;

/** Tries a statement over some rows within a transaction, and undoes it. */
public final class RowTrial {

  private RowTrial() {}

  /**
   * Finds the row at which it fails; no single one where two rows are alike.
   *
   * @param work what is done with some of the rows
   */
  public static RefusedRow find(
      Connection c, List<RowKey> rows, SQLException error, SqlConsumer<List<RowKey>> work)
      throws SQLException {
    return PostgresErrors.classOf(error) == ErrorClass.DUPLICATE
        ? new RefusedRow(Optional.empty(), error)
        : RefusedRow.find(rows, error, some -> failure(c, some, work));
  }

  private static Optional<SQLException> failure(
      Connection c, List<RowKey> rows, SqlConsumer<List<RowKey>> work) throws SQLException {
    Savepoint before = c.setSavepoint();
    Optional<SQLException> failure = Optional.empty();
    try {
      work.accept(rows);
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e).circumstantial()) {
        throw e;
      }
      failure = Optional.of(e);
    }
    c.rollback(before);
    c.releaseSavepoint(before);
    return failure;
  }
}
