package dev.ghost.internal.function;

import java.sql.SQLException;

/**
 * Works on a database with an argument, and may fail there: a {@link java.util.function.Consumer}
 * with SQL's errors.
 *
 * @param <A> the argument, often a connection
 */
@FunctionalInterface
public interface SqlConsumer<A> {

  /**
   * Does the work.
   *
   * @throws SQLException the error of the server or the driver as it is; the caller classifies it
   */
  void accept(A argument) throws SQLException;
}
