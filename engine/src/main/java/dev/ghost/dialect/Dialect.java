package dev.ghost.dialect;

import dev.ghost.api.RefusedException;
import dev.ghost.api.SslMode;
import dev.ghost.api.Way;
import dev.ghost.request.AlterRequest;
import dev.ghost.request.ServerAddress;
import dev.ghost.request.TableName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * What the engine asks of a database product. The only place where products differ; all SQL is
 * behind it. Implementations are stateless; what belongs to one migration is in the {@link
 * Inspection} and the {@link PlannedMigration} that they hand out.
 */
public interface Dialect {

  /** The product, as people write it. */
  String product();

  /** True when URLs of this scheme can be for this dialect. */
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

  /**
   * Makes a connection ours: isolation level, SQL mode, time zone, timeouts. Asserts that the
   * server took them.
   *
   * @return puts everything back as it was, for a connection that goes back to a caller's pool
   */
  Restore configure(Connection connection, SessionProfile profile) throws SQLException;

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
   * Refuses a database in which somebody is sent what is written to every table: he would get rows
   * of ghost's tables, which he does not have.
   *
   * @param accepted publications whose readers pass over tables that they do not know
   */
  default void refuseSubscribers(Connection connection, Set<String> accepted) throws SQLException {}

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

  /** Returns the refusal for an error that a pooler between here and the server has made. */
  default Optional<RefusedException> refusedByPooler(SQLException error) {
    return Optional.empty();
  }

  /** The number by which the server knows a session. */
  long session(Connection connection) throws SQLException;

  /**
   * Ends a session, which rolls back what it was doing.
   *
   * @param session as a {@link Blocker} names it
   * @return false when it was gone already
   */
  boolean endSession(Connection connection, String session) throws SQLException;

  /**
   * Ends the statement that one of our sessions is running, which fails as {@link
   * ErrorClass#KILLED}.
   *
   * @param session its {@link #session number}
   * @return false when it was running none
   */
  boolean endStatement(Connection connection, long session) throws SQLException;

  /**
   * Has the server end one of ghost's sessions, and free what it has locked, when it has heard
   * nothing of it for so long: the host may be gone, and the server would notice that only after
   * hours.
   */
  void endWhenSilent(Connection connection, Duration limit) throws SQLException;

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

  /** What an error of the server means for us. */
  ErrorClass classify(SQLException error);

  /**
   * Parses a whole {@code ALTER TABLE} statement. Connects to nothing.
   *
   * @param address says what a table is in that is named without schema
   * @throws dev.ghost.api.UsageException if it does not parse
   * @throws dev.ghost.api.RefusedException if the server may execute more than is read here
   */
  AlterRequest parse(ServerAddress address, String statement);

  /**
   * Parses a table's name, unquoted and with or without its schema, and what follows it in {@code
   * ALTER TABLE}. Connects to nothing.
   *
   * @throws dev.ghost.api.UsageException if it does not parse
   */
  AlterRequest parse(ServerAddress address, String table, String change);

  /**
   * Has the server parse a change and do nothing, where it can.
   *
   * @throws dev.ghost.api.UsageException with the server's word, if it does not parse
   */
  default void refuseUnparsed(Connection c, AlterRequest request, ServerAddress address)
      throws SQLException {}

  /**
   * The statements of a script, without the semicolons between them. Connects to nothing.
   *
   * @throws dev.ghost.api.UsageException if a quote or a comment is not closed
   * @throws dev.ghost.api.RefusedException as {@link #parse(ServerAddress, String)} does
   */
  List<String> statements(String script);

  /** The table of a name, unquoted and with or without its schema. Connects to nothing. */
  TableName table(ServerAddress address, String name);

  /** What runs on a table may have left. Connects to nothing. */
  Artifacts artifacts(ServerAddress address, TableName table);

  /**
   * All that makes a table what it is, as one text; two texts are equal when nothing has changed.
   * Empty when there is no such table.
   */
  String definition(Connection connection, TableName table) throws SQLException;

  /**
   * What makes a table itself, and not another of the same definition: it changes when the table is
   * emptied by TRUNCATE, or dropped and made again.
   *
   * @return empty where the server does not show it to this user
   */
  String identity(Connection connection, TableName table) throws SQLException;

  /**
   * The sessions of others that have last altered, emptied or dropped a table, with their
   * statements: for people, and as far as the server still knows.
   *
   * @param ours numbers of our sessions
   */
  List<String> lastToAlter(Connection connection, TableName table, List<Long> ours)
      throws SQLException;

  /** The tables that a run works on, or has left something of that can be resumed. */
  List<TableName> migrations(Connection connection) throws SQLException;

  /**
   * Finds out how the server itself could make a change: on an empty table of the same definition,
   * which is dropped again.
   *
   * @param cheapest the cheapest way that is tried; more than {@link Way#METADATA} where the server
   *     has refused that for the table itself
   * @return empty when it could not, or not without keeping the application waiting
   */
  Optional<DirectChange> direct(
      Connection connection, AlterRequest request, ServerAddress address, Way cheapest)
      throws SQLException;

  /**
   * Reads the source and the server's settings, and refuses what cannot be done. Writes nothing.
   *
   * @throws dev.ghost.api.RefusedException with the reason and the way out
   */
  Inspection inspect(Connection connection, AlterRequest request, ServerAddress address)
      throws SQLException;

  /**
   * Reads the table and the retired one, which one of ghost's cutovers has left, and refuses what
   * cannot be swapped back. Writes nothing.
   *
   * @param expressions as in {@link AlterRequest}, over the columns of the present table
   * @return an inspection whose ghost is the retired table
   * @throws dev.ghost.api.RefusedException with the reason and the way out
   */
  Inspection inspectBack(
      Connection connection,
      TableName table,
      Map<String, String> expressions,
      ServerAddress address)
      throws SQLException;

  /**
   * Refuses tables of which each could be swapped, but not all at the same moment.
   *
   * @throws dev.ghost.api.RefusedException with the reason and the way out
   */
  void refuseTogether(List<PlannedMigration> benches);

  /** The change stream of one migration; or one for several, whose tables are swapped together. */
  StreamSpec stream(List<PlannedMigration> benches);

  /** A new try at the cutover of one table, or of several at the same moment. */
  Swap swap(List<PlannedMigration> benches);

  /** The retired tables that this user may see. */
  List<RetiredTable> retired(Connection connection) throws SQLException;

  /**
   * Drops a retired table; its lock is waited for no longer than a second.
   *
   * @param inSlices deletes the rows before, in small transactions, also where one DROP would not
   *     keep anybody waiting
   */
  void drop(Connection connection, RetiredTable table, boolean inSlices) throws SQLException;

  /** Puts the settings of a session back. */
  @FunctionalInterface
  interface Restore {
    void restore() throws SQLException;
  }
}
