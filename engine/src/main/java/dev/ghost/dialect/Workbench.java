package dev.ghost.dialect;

import dev.ghost.api.MigrationPlan;
import dev.ghost.plan.KeyOrder;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The tools of one planned migration. Immutable, shared by all threads; every method works on the
 * connection it is given, inside the caller's transaction unless it says otherwise.
 */
public interface Workbench {

  TableNames names();

  MigrationPlan plan();

  KeyOrder order();

  /** How the sessions that touch rows must be set. */
  SessionProfile profile();

  StreamSpec stream();

  RowSql rows();

  VerifySql verify();

  /** A new try at the cutover. */
  Swap swap();

  /** A key for people: columns and values. */
  String describe(RowKey key);

  /**
   * Writes a marker. Once the transaction has committed, every transaction whose events have
   * arrived from the change stream is visible to statements that begin afterwards.
   *
   * @param slot a row of the control table that belongs to the caller, so that markers do not wait
   *     for each other; the stream brings back its number and {@code sequence}
   */
  void mark(Connection connection, int slot, long sequence) throws SQLException;

  /**
   * Stops the migration when the server or the source is no longer what was planned for.
   *
   * @throws dev.ghost.api.MigrationException with what changed
   */
  void checkUnchanged(Connection connection) throws SQLException;

  /** Brings the ghost's statistics and counters up to date, shortly before the swap. */
  void prepareSwap(Connection connection) throws SQLException;

  /** True when the names have been swapped. */
  boolean swapped(Connection connection) throws SQLException;

  /** Drops the ghost and the control table. */
  void discard(Connection connection) throws SQLException;

  /** Drops the control table after the swap. */
  void finish(Connection connection) throws SQLException;

  /** Drops the former source. */
  void dropRetired(Connection connection) throws SQLException;

  /** The statement with which a user drops the former source. */
  String dropRetiredSql();
}
