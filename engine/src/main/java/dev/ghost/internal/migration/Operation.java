package dev.ghost.internal.migration;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;

/** What can be asked of a change, forward or back. Its orders may come from any thread. */
public sealed interface Operation permits Migration, Reversal {

  /**
   * Makes the change.
   *
   * @throws GhostException if it cannot be done; the source is untouched then
   */
  MigrationResult run();

  /** Plans the change and stops; leaves nothing behind. */
  MigrationPlan plan();

  /** Asks it to end and to clean up; it does so soon, unless the swap has been made. */
  void cancel();

  /**
   * Asks it to end and to keep what it has done, for a later run; it does so soon, unless the swap
   * has been made.
   */
  void stop();
}
