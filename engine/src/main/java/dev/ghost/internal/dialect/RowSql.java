package dev.ghost.internal.dialect;

import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The statements that bring rows of the source into the ghost. */
public interface RowSql extends ChunkBoundaries {

  /** The keys of the first rows of a range. */
  List<RowKey> keys(Connection connection, KeyRange range, int limit) throws SQLException;

  /**
   * Makes the ghost hold what the source holds now: inserts the given rows, and those of {@code
   * cleared}, all read by one statement. The rows of a key list, and {@code cleared}, are deleted
   * from the ghost first.
   *
   * @param cleared rows of the ghost that conflicted with an earlier try
   * @return rows inserted, without those of {@code cleared}
   * @throws StaleException if a row of {@code cleared} is no longer in the ghost
   */
  long write(Connection connection, RowSelection rows, Set<RowKey> cleared) throws SQLException;

  /**
   * Before another {@link #write} of a range, when the connection was lost in one: removes what
   * that may have left. Does nothing where a row cannot be there twice.
   */
  default void clearUnanswered(Connection connection, KeyRange range) throws SQLException {}

  /**
   * Reads rows of the source once, so that what is looked for on their behalf, and what is written,
   * is the same. Locks no row of the source. Not for a ghost that {@link #keepsValues}.
   */
  Batch read(Connection connection, KeyList rows) throws SQLException;

  /** Rows that were read once; for the transaction in which they were. */
  interface Batch {

    /** Keys of the ghost's other rows that hold unique values of these. */
    Set<RowKey> inTheWay() throws SQLException;

    /**
     * Deletes from the ghost what it has of these rows, and {@code inTheWay}; inserts these as they
     * were read.
     *
     * @return rows inserted
     */
    long write(Set<RowKey> inTheWay) throws SQLException;
  }

  /** True when the ghost has values of its own, which its rows must not lose. */
  boolean keepsValues();

  /** Keys of the ghost's rows that conflict with {@link #write} with the same arguments. */
  Set<RowKey> inTheWay(Connection connection, RowSelection rows, Set<RowKey> cleared)
      throws SQLException;

  /**
   * Values that a unique key of the ghost forbids among the given rows of the source, read in one
   * snapshot; a line for each, with the rows that have it.
   */
  List<String> duplicates(Connection connection, RowSelection rows, Set<RowKey> cleared)
      throws SQLException;

  /**
   * Lets the statements of this transaction read whole tables, in the way that is best for that.
   */
  default void readWholeTables(Connection connection) throws SQLException {}

  /**
   * True when {@link #trim} can tell the ghost's rows that lie beyond a range of the source. False
   * where the ghost's rows have another order than the source's, or where it is read by pages.
   */
  boolean trims();

  /**
   * Deletes rows of the ghost that lie beyond what is copied, a limited number of them. Only where
   * it {@link #trims}.
   *
   * @param rest what is still to be copied
   * @return whether there may be more of them
   */
  boolean trim(Connection connection, KeyRange rest) throws SQLException;

  /**
   * Keys of the rows that a cascade has changed, or may have: those of the ghost that are out of
   * date, or those of the source that are new. Only where the change stream brings cascades.
   *
   * @param after where it continues, in the order of the keys; null for the first ones
   */
  default List<RowKey> cascaded(
      Connection connection, Cascade cascade, @Nullable RowKey after, int most)
      throws SQLException {
    throw new UnsupportedOperationException("the stream brings all changes of rows");
  }

  /** True when no transaction, open or prepared, holds a lock on a row with one of these keys. */
  boolean unlocked(Connection connection, Collection<RowKey> keys) throws SQLException;

  /** A row that should have been cleared was gone: look again at what conflicts. */
  final class StaleException extends SQLException {
    private static final long serialVersionUID = 1L;

    public StaleException() {
      super("a row that stood in the way is gone");
    }
  }
}
