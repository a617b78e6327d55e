package dev.ghost.internal.function;

import java.sql.SQLException;

/**
 * Gets a value from a database, and may fail there: a {@link java.util.function.Supplier} with
 * SQL's errors.
 *
 * @param <T> the value, never null
 */
@FunctionalInterface
public interface SqlSupplier<T> {

  /**
   * Gets the value.
   *
   * @throws SQLException the error of the server or the driver as it is; the caller classifies it
   */
  T get() throws SQLException;
}
