package dev.ghost.internal.dialect;

import dev.ghost.api.Way;
import dev.ghost.internal.plan.RetiredTable;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a plan needs to know of a database product: how it reads a change, what it keeps of a table,
 * and how it makes the change. Bound to the address of one server, and otherwise without state;
 * what belongs to one migration is in the {@link Inspection} and the {@link PlannedMigration} that
 * it hands out. A {@link Driver} has what the sessions need. All SQL is behind these interfaces.
 */
public interface Dialect {

  // Asked what the user means. Connects to nothing.

  /**
   * Parses a whole {@code ALTER TABLE} statement. Connects to nothing.
   *
   * @throws dev.ghost.api.UsageException if it does not parse
   * @throws dev.ghost.api.RefusedException if the server may execute more than is read here
   */
  AlterRequest parse(String statement);

  /**
   * Parses a table's name, unquoted and with or without its schema, and what follows it in {@code
   * ALTER TABLE}. Connects to nothing.
   *
   * @throws dev.ghost.api.UsageException if it does not parse
   */
  AlterRequest parse(String table, String change);

  /**
   * The statements of a script, without the semicolons between them. Connects to nothing.
   *
   * @throws dev.ghost.api.UsageException if a quote or a comment is not closed
   * @throws dev.ghost.api.RefusedException as {@link #parse(String)} does
   */
  List<String> statements(String script);

  /** The table of a name, unquoted and with or without its schema. Connects to nothing. */
  TableName table(String name);

  // Asked to plan a change, and to make it.

  /**
   * Has the server parse a change and do nothing, where it can.
   *
   * @throws dev.ghost.api.UsageException with the server's word, if it does not parse
   */
  default void refuseUnparsed(Connection c, AlterRequest request) throws SQLException {}

  /**
   * Refuses a database in which somebody is sent what is written to every table: he would get rows
   * of ghost's tables, which he does not have.
   *
   * @param accepted publications whose readers pass over tables that they do not know
   */
  default void refuseSubscribers(Connection connection, Set<String> accepted) throws SQLException {}

  /**
   * Finds out how the server itself could make a change: on an empty table of the same definition,
   * which is dropped again.
   *
   * @param cheapest the cheapest way that is tried; more than {@link Way#METADATA} where the server
   *     has refused that for the table itself
   * @return empty when it could not, or not without keeping the application waiting
   */
  Optional<DirectChange> direct(Connection connection, AlterRequest request, Way cheapest)
      throws SQLException;

  /**
   * Reads the source and the server's settings, and refuses what cannot be done. Writes nothing.
   *
   * @throws dev.ghost.api.RefusedException with the reason and the way out
   */
  Inspection inspect(Connection connection, AlterRequest request) throws SQLException;

  /**
   * Reads the table and the retired one, which one of ghost's cutovers has left, and refuses what
   * cannot be swapped back. Writes nothing.
   *
   * @param expressions as in {@link AlterRequest}, over the columns of the present table
   * @return an inspection whose ghost is the retired table
   * @throws dev.ghost.api.RefusedException with the reason and the way out
   */
  Inspection inspectBack(Connection connection, TableName table, Map<String, String> expressions)
      throws SQLException;

  /**
   * Returns the tables of one migration, or of several that are swapped at the same moment.
   *
   * @param planned plans of this dialect; one at least
   */
  TableGroup group(List<PlannedMigration> planned);

  // Asked what is on the server.

  /** What runs on a table may have left. Connects to nothing. */
  Artifacts artifacts(TableName table);

  /** The tables that a run works on, or has left something of that can be resumed. */
  List<TableName> migrations(Connection connection) throws SQLException;

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

  /** The retired tables that this user may see. */
  List<RetiredTable> retired(Connection connection) throws SQLException;

  /**
   * Drops a retired table; its lock is waited for no longer than a second.
   *
   * @param inSlices deletes the rows before, in small transactions, also where one DROP would not
   *     keep anybody waiting
   */
  void drop(Connection connection, RetiredTable table, boolean inSlices) throws SQLException;
}
