package dev.ghost.internal.session;

import dev.ghost.api.InterferenceException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.Whereabouts;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Holds which server a run has begun on, and stops a connection that leads to another one before
 * anything is written there. Thread-safe.
 */
final class SameServer {

  static final String REMEDY =
      "Connect to the server directly: ghost needs sessions of its own on the one server that takes"
          + " the writes.";

  /** Empty while anything will do: for work that is no run, and for replicas. */
  private volatile String known = "";

  /** From now on only this server will do. */
  void becomes(String identity) {
    known = identity;
  }

  /**
   * Checks a connection that nothing was written on yet.
   *
   * @throws InterferenceException if it leads to another server than that of the run
   */
  void check(Driver driver, Connection c) throws SQLException {
    if (known.isEmpty()) {
      return;
    }
    Optional<String> stray = stray(driver, c, known);
    if (stray.isPresent()) {
      throw new InterferenceException(
          stray.get(),
          "Nothing was written there. If the primary is another server now, run the command again"
              + " with its address. "
              + REMEDY);
    }
  }

  /**
   * Returns what is wrong with a connection; empty when nothing is. The server is asked twice, by a
   * statement that a proxy may send to a replica, and by one that must go to the primary.
   *
   * @param c its autocommit is off; it is in no transaction afterwards
   */
  static Optional<String> stray(Driver driver, Connection c, String known) throws SQLException {
    String found = driver.identity(c);
    c.rollback();
    if (!found.equals(known)) {
      return Optional.of(
          "The address has led to different servers: first to %s, now to %s."
              .formatted(known, found));
    }
    c.setAutoCommit(true);
    Whereabouts reading = driver.whereabouts(c, false);
    c.setAutoCommit(false);
    Whereabouts writing = driver.whereabouts(c, true);
    c.rollback();
    if (!reading.sameServer(writing)) {
      return Optional.of(
          "A proxy between here and the server splits reads: %s has answered a SELECT, and %s a SELECT ... FOR UPDATE."
              .formatted(reading.server(), writing.server()));
    }
    return reading.session() == writing.session()
        ? Optional.empty()
        : Optional.of(
            "A pooler or a proxy is between here and the server: two statements of one connection ran in the sessions %d and %d."
                .formatted(reading.session(), writing.session()));
  }
}
