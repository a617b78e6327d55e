package dev.ghost.internal.plan;

/** What an earlier run left behind. */
public enum PriorRun {
  NONE,
  /** A run that ended before it had done anything that is worth keeping. */
  UNFINISHED,
  /** A run that ended before its swap and left a checkpoint. */
  RESUMABLE,
  /** A run of the same change that had swapped, and ended before it could clean up. */
  SWAPPED
}
