package dev.ghost.internal.dialect;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.SslMode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * Connects to the servers of one database product, and knows their sessions and their errors.
 * Stateless. The {@link Dialect} of a server is what a plan needs beyond that.
 */
public interface Driver {

  /** Returns the dialect of one server of this product; connects to nothing. */
  Dialect dialect(ServerAddress address);

  // Asked to find the server, and to connect to it.

  /** The product, as people write it. */
  String product();

  /** True when URLs of this scheme can be for this product. */
  boolean speaks(String scheme);

  /** True when the server is of this product; asked where several speak a URL's scheme. */
  boolean recognizes(Connection connection) throws SQLException;

  /** The JDBC URL for an address. */
  String jdbcUrl(ServerAddress address);

  /**
   * The address with options that protect every connection to it.
   *
   * @param ca a file of the authorities that are trusted, in PEM form; empty for those that Java
   *     trusts
   * @throws dev.ghost.api.UsageException if the file cannot be read
   */
  ServerAddress secured(ServerAddress address, SslMode mode, Optional<Path> ca);

  /** Driver properties for an address, login included. */
  Properties jdbcProperties(ServerAddress address);

  /** The address behind a connection that a caller's pool gave us; without password. */
  ServerAddress addressOf(Connection connection) throws SQLException;

  /** Returns the refusal for an error that a pooler between here and the server has made. */
  default Optional<RefusedException> refusedByPooler(SQLException error) {
    return Optional.empty();
  }

  // Asked by a session, of its own connection.

  /**
   * Makes a connection ours: isolation level, SQL mode, time zone, timeouts. Asserts that the
   * server took them.
   *
   * @return puts everything back as it was, for a connection that goes back to a caller's pool
   */
  Restore configure(Connection connection, SessionProfile profile) throws SQLException;

  /** The number by which the server knows a session. */
  long session(Connection connection) throws SQLException;

  /** What an error of the server means for us. */
  ErrorClass classify(SQLException error);

  // Asked before a run begins, and of each new connection.

  /**
   * Refuses a server on which a change of any table could lose rows. It may be no {@link #product},
   * be read-only, or be one of several servers that take writes. Writes nothing.
   *
   * @param connection its autocommit is off, and no transaction is begun
   * @param assumeOneWriter true when the user says that all writes to the table come to this server
   * @throws dev.ghost.api.RefusedException with the reason and the way out
   */
  void refuseServer(Connection connection, boolean assumeOneWriter) throws SQLException;

  /**
   * Returns what stays the same when the server restarts, and differs on every other server.
   *
   * @param connection its autocommit is off, and no transaction is begun
   */
  String identity(Connection connection) throws SQLException;

  /**
   * Asks where a statement is executed.
   *
   * @param writing false for a plain SELECT, which a proxy may send to a replica; true for one that
   *     takes locks, which must go to the primary
   */
  Whereabouts whereabouts(Connection connection, boolean writing) throws SQLException;

  /** Leaves a mark in the session, until it ends; an empty one takes it away. */
  void mark(Connection connection, String mark) throws SQLException;

  // Asked of other sessions, while a run or its cutover is under way.

  /**
   * Has the server end one of ghost's sessions, and free what it has locked, when it has heard
   * nothing of it for so long: the host may be gone, and the server would notice that only after
   * hours.
   */
  void endWhenSilent(Connection connection, Duration limit) throws SQLException;

  /**
   * Ends the statement that one of our sessions is running, which fails as {@link
   * ErrorClass#KILLED}.
   *
   * @param session its {@link #session number}
   * @return false when it was running none
   */
  boolean endStatement(Connection connection, long session) throws SQLException;

  /**
   * Ends a session, which rolls back what it was doing.
   *
   * @param session as a {@link Blocker} names it
   * @return false when it was gone already
   */
  boolean endSession(Connection connection, String session) throws SQLException;

  /**
   * Waits until the server has ended one of ghost's sessions whose connection is lost, and ends it
   * where it rests: what it was doing is done by then, or never will be.
   *
   * @param session its {@link #session number}
   * @throws SwapUnknownException if it is still at work after a minute
   */
  void awaitGone(Connection observer, long session) throws SQLException;

  /**
   * Those of some transactions that have not ended, each with the name that it goes by now.
   *
   * @param transactions as a {@link LockQueue} names them
   */
  Map<String, String> unfinished(Connection connection, Set<String> transactions)
      throws SQLException;

  /** Puts the settings of a session back. */
  @FunctionalInterface
  interface Restore {
    void restore() throws SQLException;
  }
}
