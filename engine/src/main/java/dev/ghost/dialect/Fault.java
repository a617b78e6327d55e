package dev.ghost.dialect;

/** What an error of the server means for us. */
public enum Fault {
  /** A unique key forbids the row. */
  DUPLICATE,
  /** A value does not fit its column: too long, out of range, null, not in the charset, a check. */
  MISFIT,
  /** The server chose our transaction as a deadlock's victim; it passes. */
  DEADLOCK,
  /** Somebody else held a lock for too long; it passes. */
  LOCK_TIMEOUT,
  /** The connection is gone; a new one may do. */
  CONNECTION_LOST,
  /** Our statement was ended on purpose. */
  KILLED,
  /** A table is not there, or not any more. */
  NO_TABLE,
  /** Nothing more fits on the disk. */
  DISK_FULL,
  /** A privilege is missing. */
  DENIED,
  /** Anything else: not known to pass, never tried again. */
  OTHER;

  /** True when it is a row that stands against what was to be done. */
  public boolean aboutRows() {
    return this == DUPLICATE || this == MISFIT;
  }

  /** True for what is known to pass when the transaction is tried again. */
  public boolean passes() {
    return this == DEADLOCK || this == LOCK_TIMEOUT || this == CONNECTION_LOST;
  }
}
