package dev.ghost.internal.dialect;

import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;

/** What a run on a table may leave on the server when it dies. */
public interface Artifacts {

  /**
   * Takes the lock that keeps a second run away from the same table. It lasts as long as the
   * connection.
   *
   * @return false when another run has it
   */
  boolean lockRun(Connection connection) throws SQLException;

  /** The number of the session that holds the run's lock; empty when nobody does. */
  OptionalLong runLockHolder(Connection connection) throws SQLException;

  /** True while some run, on whatever connection, holds the run's lock. */
  default boolean running(Connection connection) throws SQLException {
    return runLockHolder(connection).isPresent();
  }

  Journal journal();

  /** The name of the table that the last cutover has retired, or the next one will. */
  TableName retired(Connection connection) throws SQLException;

  /** What there ghost's is, a line each; only what is certainly ours. */
  List<String> found(Connection connection) throws SQLException;

  /**
   * Removes an unfinished run's ghost and everything else that ghost made; never a retired table.
   */
  void clean(Connection connection) throws SQLException;
}
