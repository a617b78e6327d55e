package dev.ghost.internal.dialect;

import dev.ghost.api.MigrationPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * A change that the server makes by itself, without a copy and without keeping the application
 * waiting. Immutable.
 */
public interface DirectChange {

  MigrationPlan plan();

  /** How many steps it takes. */
  int steps();

  /**
   * Takes a step and commits it.
   *
   * @param connection used by nobody else meanwhile
   * @param guard another connection, which ends a wait for locks when its time is up
   * @return not granted when the lock was not to be had in time; nothing has been changed by the
   *     step then
   * @throws ImpossibleException if the server cannot after all; nothing has been changed then
   */
  Swap.Lock take(int step, Connection connection, Connection guard, Duration lockTimeout)
      throws SQLException;

  /** The server cannot make the change by itself, although it could on an empty table. */
  final class ImpossibleException extends SQLException {
    private static final long serialVersionUID = 1L;

    public ImpossibleException(SQLException cause) {
      super(cause.getMessage(), cause.getSQLState(), cause.getErrorCode(), cause);
    }
  }
}
