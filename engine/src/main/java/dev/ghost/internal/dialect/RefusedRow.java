package dev.ghost.internal.dialect;

import dev.ghost.internal.function.SqlFunction;
import dev.ghost.internal.key.RowKey;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The row at which a statement over some rows has failed, where the server does not tell it.
 *
 * @param key empty where no single row is to blame
 * @param error what the server says of it
 */
public record RefusedRow(Optional<RowKey> key, SQLException error) {

  /**
   * Finds the row: tries the statement on half of the rows, then on half of those that are left.
   *
   * @param error with which it fails on all rows; not one of two rows that are alike
   * @param attempt the statement over some of the rows, which leaves nothing behind; returns how it
   *     has failed, where one of these rows is the reason, and throws where another thing is
   */
  public static RefusedRow find(
      List<RowKey> rows,
      SQLException error,
      SqlFunction<List<RowKey>, Optional<SQLException>> attempt)
      throws SQLException {
    if (rows.isEmpty()) {
      return new RefusedRow(Optional.empty(), error);
    }
    SQLException last = error;
    List<RowKey> left = rows;
    while (left.size() > 1) {
      int middle = left.size() / 2;
      List<RowKey> half = left.subList(0, middle);
      Optional<SQLException> failure = attempt.apply(half);
      last = failure.orElse(last);
      left = failure.isPresent() ? half : left.subList(middle, left.size());
    }
    return new RefusedRow(Optional.of(left.get(0)), last);
  }
}
