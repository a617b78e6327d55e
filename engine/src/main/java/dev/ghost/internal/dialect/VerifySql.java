package dev.ghost.internal.dialect;

import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The statements that compare source and ghost. */
public interface VerifySql extends ChunkBoundaries {

  /**
   * Opens a snapshot that the following reads of the transaction share; commits what went before.
   *
   * @param rows those of the source that will be compared in it
   */
  void openSnapshot(Connection connection, RowSelection rows) throws SQLException;

  /**
   * Makes ready to compare some rows while writers are locked out; commits what went before, and
   * keeps the locks.
   */
  void openLocked(Connection connection, RowSelection rows) throws SQLException;

  /** Counts and checksums a range on both sides, within the open snapshot. */
  Comparison compare(Connection connection, KeyRange range) throws SQLException;

  /** Keys of the given rows that differ, or are on one side only, within the open snapshot. */
  List<RowKey> differing(Connection connection, RowSelection rows, int limit) throws SQLException;

  /**
   * Keys of the ghost's rows that no row of the source has, within the open snapshot; where {@link
   * #compare} sees them already, always empty.
   */
  List<RowKey> strays(Connection connection, int limit) throws SQLException;

  /**
   * Reads one row on both sides, and says which values differ; within the open snapshot, if any.
   */
  RowDifference describeDifference(Connection connection, RowKey key) throws SQLException;

  /**
   * What both sides of a range came to.
   *
   * @param rows rows of the source
   * @param equal true when counts and checksums agree
   */
  record Comparison(long rows, boolean equal) {}
}
