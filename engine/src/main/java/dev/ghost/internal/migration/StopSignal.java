package dev.ghost.internal.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.internal.request.TableName;

/** Whether a migration is to end before its time, and whether it still can. Thread-safe. */
final class StopSignal {

  private final TableName table;
  private volatile boolean cancelled;
  private volatile boolean stopped;

  /** From here on there is no way back, and no need for one. */
  private volatile boolean swapped;

  /** Nobody could be asked: nothing is to be removed. */
  private volatile boolean swapUnknown;

  StopSignal(TableName table) {
    this.table = table;
  }

  /** The migration is to end and to clean up. */
  void cancel() {
    cancelled = true;
  }

  /** The migration is to end and to keep what it has done. */
  void stop() {
    stopped = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  void swapped(boolean made) {
    swapped = made;
  }

  boolean swapped() {
    return swapped;
  }

  /** A connection was lost in the middle of the swap, and the server could not be asked. */
  void swapUnknown() {
    swapUnknown = true;
  }

  boolean isSwapUnknown() {
    return swapUnknown;
  }

  /** True when {@link #stopIfAsked} would. */
  boolean asked() {
    return !swapped && (cancelled || stopped);
  }

  /**
   * @throws CancelledException if the migration is to end, and the swap has not been made
   */
  void stopIfAsked() {
    if (swapped) {
      return;
    }
    if (cancelled) {
      throw new CancelledException(
          "The migration of " + table + " was cancelled.",
          "The source is untouched, and nothing that ghost made is left. Run the command again to"
              + " begin again.");
    }
    if (stopped) {
      throw new CancelledException(
          "The migration of " + table + " was stopped.",
          "The source is untouched. Run the command again to go on.");
    }
  }
}
