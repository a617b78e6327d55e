package dev.ghost.dialect.postgres;

import dev.ghost.dialect.Fault;
import dev.ghost.plan.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Optional;

/**
 * The row at which a statement over some rows has failed.
 *
 * @param key empty where the failure is of more than one row, or of none
 * @param error what the server says of it
 */
record RefusedRow(Optional<RowKey> key, SQLException error) {

  /** A statement over some of the rows. */
  @FunctionalInterface
  interface Attempt {
    void on(List<RowKey> rows) throws SQLException;
  }

  /**
   * Finds the row, which the server's error does not tell: tries the statement on half of the rows,
   * then on half of those that are left. Each attempt is undone.
   *
   * @param error with which it fails on all rows
   */
  static RefusedRow find(Connection c, List<RowKey> rows, SQLException error, Attempt attempt)
      throws SQLException {
    if (rows.isEmpty() || faultOf(error) == Fault.DUPLICATE) {
      return new RefusedRow(Optional.empty(), error);
    }
    SQLException last = error;
    List<RowKey> left = rows;
    while (left.size() > 1) {
      int middle = left.size() / 2;
      List<RowKey> half = left.subList(0, middle);
      Optional<SQLException> failure = failure(c, half, attempt);
      last = failure.orElse(last);
      left = failure.isPresent() ? half : left.subList(middle, left.size());
    }
    return new RefusedRow(Optional.of(left.get(0)), last);
  }

  private static Optional<SQLException> failure(Connection c, List<RowKey> rows, Attempt attempt)
      throws SQLException {
    Savepoint before = c.setSavepoint();
    Optional<SQLException> failure = Optional.empty();
    try {
      attempt.on(rows);
    } catch (SQLException e) {
      if (faultOf(e).circumstantial()) {
        throw e;
      }
      failure = Optional.of(e);
    }
    c.rollback(before);
    c.releaseSavepoint(before);
    return failure;
  }

  static Fault faultOf(SQLException e) {
    return new PostgresDialect().classify(e);
  }
}
