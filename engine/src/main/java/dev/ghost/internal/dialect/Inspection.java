package dev.ghost.internal.dialect;

import dev.ghost.internal.plan.PriorRun;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * A migration that was inspected and not refused. Until {@link #build}, nothing has been written.
 */
public interface Inspection {

  TableNames names();

  /** What this run will leave behind if it dies. */
  Artifacts artifacts();

  /**
   * Waits until no session of a run that was killed works on the ghost any more, where there is
   * one. Tried again when it does not get a lock in time.
   */
  void awaitPriorSessionsGone(Connection connection) throws SQLException;

  /**
   * What an earlier run left behind. Where a run of another change had swapped, this removes what
   * it left.
   *
   * @throws dev.ghost.api.RefusedException if one of our names is taken by a table that is not ours
   */
  PriorRun priorRun(Connection connection) throws SQLException;

  /**
   * Creates the control table and the ghost, applies the change to the ghost, and plans the copy.
   *
   * @throws dev.ghost.api.RefusedException if there is no usable chunk key, or the server refuses
   *     the change
   */
  PlannedMigration build(Connection connection) throws SQLException;

  /**
   * Takes up the ghost of an earlier run of the same change, which can be resumed.
   *
   * @throws dev.ghost.api.RefusedException if the source, or the ghost, is no longer what it was
   */
  PlannedMigration resume(Connection connection) throws SQLException;

  String dropRetiredSql();
}
