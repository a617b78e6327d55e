package dev.ghost.api;

/** The phases of a migration, in the order in which they come. */
public enum Phase {
  /** Read the source's definition and the server's settings; refuse what cannot be done. */
  INSPECT,
  /** Create the control table and the ghost, and plan the copy. */
  PREPARE,
  /** Start the change stream and prove it with a marker. */
  STREAM,
  /** Copy rows in chunks while the changes of the application are replayed. */
  COPY,
  /** Compare source and ghost chunk by chunk. */
  VERIFY,
  /** Swap the names under a guarded lock. */
  CUTOVER,
  /** Remove what is no longer needed. */
  FINISH
}
