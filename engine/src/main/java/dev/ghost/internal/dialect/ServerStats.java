package dev.ghost.internal.dialect;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongToDoubleFunction;

/**
 * What can be read off a server while a migration runs on it. Immutable, shared by all threads;
 * every method works on the connection it is given.
 */
public interface ServerStats {

  /** A figure of the server's load, by its name; empty when there is none of that name. */
  OptionalDouble load(Connection connection, String name) throws SQLException;

  /** What {@link #load} knows, for people. */
  String loadFigures();

  /**
   * How many sessions run a statement at this moment, as far as we may see them.
   *
   * @param ours sessions that do not count
   */
  int busyElsewhere(Connection connection, Collection<Long> ours) throws SQLException;

  /**
   * The first value of a query of the user's, as a number; 0 when it is NULL or there is no row.
   */
  double ask(Connection connection, String query) throws SQLException;

  /**
   * Seconds that a replica is behind.
   *
   * @param replica a connection to it
   * @param slot of the markers that are written all the time
   * @param age seconds since the marker after the one with this sequence was written; 0 when there
   *     is none after it
   */
  double replicaLag(Connection replica, int slot, LongToDoubleFunction age) throws SQLException;

  /**
   * The replicas that are attached to the server now.
   *
   * @throws dev.ghost.api.RefusedException if the server does not tell of one what is needed
   */
  List<Replica> replicas(Connection connection) throws SQLException;

  /**
   * A replica.
   *
   * @param name for people
   * @param host where it can be asked for its lag; empty where the server itself knows that
   * @param lagSeconds as the server knows it
   */
  record Replica(String name, String host, int port, double lagSeconds) {}

  /** Bytes of log that the server keeps only for our stream; empty where it keeps none. */
  OptionalLong keptLog(Connection connection) throws SQLException;

  /** Bytes that the server's log takes on its disk; empty when it does not tell us. */
  OptionalLong logOnDisk(Connection connection) throws SQLException;

  /** Deadlocks since the server began to count; empty when it does not tell us. */
  OptionalLong deadlocks(Connection connection) throws SQLException;

  /** Bytes that the ghost takes, indexes included. */
  long ghostBytes(Connection connection) throws SQLException;

  /**
   * Sessions that hold a lock on the source or the ghost, in a transaction that is older than this:
   * the cutover would have to wait for them.
   *
   * @param ours sessions that do not count
   */
  List<Blocker> inTheWay(Connection connection, Duration age, Collection<Long> ours)
      throws SQLException;

  /** Sessions that wait for a lock that one of ghost's sessions holds, a line each. */
  List<String> waitingFor(Connection connection, Collection<Long> ours) throws SQLException;
}
