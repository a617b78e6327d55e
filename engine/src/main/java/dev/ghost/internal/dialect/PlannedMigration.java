package dev.ghost.internal.dialect;

import dev.ghost.api.MigrationPlan;
import dev.ghost.api.ServerComparison;
import dev.ghost.internal.function.SqlConsumer;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The tools of one planned migration. Immutable, shared by all threads; every method works on the
 * connection it is given, inside the caller's transaction unless it says otherwise.
 */
public interface PlannedMigration {

  TableNames names();

  MigrationPlan plan();

  KeyOrder order();

  /** How the sessions that touch rows must be set. */
  SessionProfile profile();

  /**
   * What a record of the change stream says of this migration's tables.
   *
   * @throws dev.ghost.api.MigrationException if it cannot be understood
   */
  StreamEvent decode(SourceRecord record);

  /** True when the ghost holds rows from the beginning: only those that differ are written. */
  boolean filled();

  /** Sessions that its cutover needs beside the one that locks. */
  default int guards() {
    return 1;
  }

  /**
   * Makes the ghost ready to be written to: nothing acts on what is written. What was retired may
   * have triggers, and so may the ghost after an attempt at the swap that failed.
   */
  void open(Connection connection) throws SQLException;

  /**
   * True when the stream brings every change, or fails at it, anyone who made it and how, also when
   * no run was there to watch the server's sessions.
   */
  boolean streamSeesAll();

  /** Returns the SQL of rows: the same object at each call. */
  RowSql rows();

  VerifySql verify();

  /** A key for people: columns and values. */
  String describe(RowKey key);

  /**
   * Writes a marker, which the stream brings back after all that was committed before.
   *
   * @param slot belongs to the caller, so that markers do not wait for each other; the stream
   *     brings back its number and {@code sequence}
   */
  void mark(Connection connection, int slot, long sequence) throws SQLException;

  /**
   * Writes a marker that is waited for. It is of {@link StreamSpec#BATCH} events, with {@code slot}
   * in the first: so it is not kept waiting until more have come together.
   *
   * @param slot the first of as many slots
   */
  void announce(Connection connection, int slot, long sequence) throws SQLException;

  /**
   * One try at the fence. Once the caller has committed, every transaction whose events have
   * arrived from the change stream is visible to statements that begin afterwards, but for those
   * returned.
   *
   * @param slot as in {@link #mark}
   * @param arrived the numbers of the transactions whose events have arrived since they were last
   *     found to be visible
   */
  Set<Long> invisible(Connection connection, int slot, long sequence, Set<Long> arrived)
      throws SQLException;

  /**
   * Has the server alter a sample of the source by itself, and compares that with what ghost makes
   * of it. Leaves nothing.
   *
   * @param accepted columns of the ghost in which another value is accepted
   * @return empty where the dialect cannot compare
   * @throws dev.ghost.api.RefusedException if the server refuses a row of the sample, or the two
   *     differ
   */
  Optional<ServerComparison> compareWithServer(Connection connection, Set<String> accepted)
      throws SQLException;

  /**
   * What was left out of the ghost for the copy's sake and is built once all rows are there:
   * stages, one after the other. Each part of a stage is a transaction of its own; they can be
   * built at the same time.
   */
  List<List<SqlConsumer<Connection>>> afterCopy();

  /** Where the keys of changed rows gather; empty for a ghost that has its keys from the start. */
  default Optional<ChangedKeys> changedKeys() {
    return Optional.empty();
  }

  /**
   * Stops the migration when something that ghost made keeps the application from writing, because
   * somebody has altered the source; and takes that away. Asked every second.
   *
   * @throws dev.ghost.api.InterferenceException with what changed
   */
  default void checkHarmless(Connection connection) throws SQLException {}

  /**
   * Stops the migration when the server or the source is no longer what was planned for.
   *
   * @throws dev.ghost.api.InterferenceException with what changed
   */
  void checkUnchanged(Connection connection) throws SQLException;

  ServerStats stats();

  /** Brings the ghost's statistics and counters up to date, shortly before the swap. */
  void prepareSwap(Connection connection) throws SQLException;

  /** True when the names have been swapped. */
  boolean swapped(Connection connection) throws SQLException;

  /** Drops the ghost and everything else that ghost made; the stream has ended. */
  void discard(Connection connection) throws SQLException;

  /** After the swap, when the stream has ended: removes what is no longer needed. */
  void finish(Connection connection) throws SQLException;

  /** Drops the former source. */
  void dropRetired(Connection connection) throws SQLException;

  /** The statement with which a user drops the former source. */
  String dropRetiredSql();
}
