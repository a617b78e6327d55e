package dev.ghost.internal.function;

import java.sql.SQLException;

/** Works on a database, and may fail there: a {@link Runnable} with SQL's errors. */
@FunctionalInterface
public interface SqlRunnable {

  /**
   * Does the work.
   *
   * @throws SQLException the error of the server or the driver as it is; the caller classifies it
   */
  void run() throws SQLException;
}
