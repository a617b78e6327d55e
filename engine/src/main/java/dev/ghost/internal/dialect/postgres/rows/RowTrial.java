package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.RefusedRow;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Optional;

/** A statement over some rows that is tried within a transaction, and undone. */
public record RowTrial(Connection c, Work work) implements RefusedRow.Attempt {

  /** What is done with the rows. */
  @FunctionalInterface
  public interface Work {
    void on(List<RowKey> rows) throws SQLException;
  }

  /** Finds the row at which it fails; no single one where two rows are alike. */
  public static RefusedRow find(Connection c, List<RowKey> rows, SQLException error, Work work)
      throws SQLException {
    return PostgresErrors.classOf(error) == ErrorClass.DUPLICATE
        ? new RefusedRow(Optional.empty(), error)
        : RefusedRow.find(rows, error, new RowTrial(c, work));
  }

  @Override
  public Optional<SQLException> on(List<RowKey> rows) throws SQLException {
    Savepoint before = c.setSavepoint();
    Optional<SQLException> failure = Optional.empty();
    try {
      work.on(rows);
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
