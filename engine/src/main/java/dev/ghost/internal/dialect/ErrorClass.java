package dev.ghost.internal.dialect;

/** What an error of the server means for us. */
public enum ErrorClass {
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
  /** A schema, or a whole database, is not there. */
  NO_SCHEMA,
  /** Nothing more fits on the disk. */
  DISK_FULL,
  /** A table has not the columns, or not the definition, that the statement counts on. */
  ALTERED,
  /**
   * The server cannot at this moment: it lacks memory or threads, shuts down, or its disk fails.
   */
  UNABLE,
  /** The server takes no writes: it is a replica, or was set to read only. */
  READ_ONLY,
  /** A privilege is missing. */
  DENIED,
  /**
   * Code of the database's own raised it: an event trigger, say, that keeps the schema as it is.
   */
  RAISED,
  /** The login was refused: user, password, host, or the kind of connection. */
  LOGIN,
  /** The server cannot parse the statement. */
  SYNTAX,
  /** Anything else: not known to pass, never tried again. */
  OTHER;

  /** True when it is a row that stands against what was to be done. */
  public boolean isDataError() {
    return this == DUPLICATE || this == MISFIT;
  }

  /** True when what the statement names is not there. */
  public boolean missing() {
    return this == NO_TABLE || this == NO_SCHEMA;
  }

  /** True when the statement is not to blame, but what happened around it. */
  public boolean circumstantial() {
    return isTransient()
        || this == KILLED
        || this == DISK_FULL
        || this == UNABLE
        || this == READ_ONLY
        || this == LOGIN;
  }

  /** True for what is known to pass when the transaction is tried again. */
  public boolean isTransient() {
    return this == DEADLOCK || this == LOCK_TIMEOUT || this == CONNECTION_LOST;
  }
}
