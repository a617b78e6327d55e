package dev.ghost.internal.function;

import java.sql.SQLException;

/**
 * Gets a result for an argument from a database, and may fail there: a {@link
 * java.util.function.Function} with SQL's errors.
 *
 * @param <A> the argument, often a connection
 * @param <R> the result, never null
 */
@FunctionalInterface
public interface SqlFunction<A, R> {

  /**
   * Gets the result.
   *
   * @throws SQLException the error of the server or the driver as it is; the caller classifies it
   */
  R apply(A argument) throws SQLException;
}
