package dev.ghost.internal.function;

import java.sql.SQLException;

/** Does a piece of a migration's work, and may wait meanwhile. */
@FunctionalInterface
public interface Task {

  /**
   * Does the work.
   *
   * @throws SQLException an error that ends the migration; what is known to pass was tried again
   * @throws InterruptedException if the thread was asked to end while it waited
   */
  void run() throws SQLException, InterruptedException;
}
