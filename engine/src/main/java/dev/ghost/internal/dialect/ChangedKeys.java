package dev.ghost.internal.dialect;

import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/**
 * The keys of rows that change while a ghost is copied without its unique indexes. No row of it can
 * be found then, so nothing is replayed: the keys gather in a table. The log before them is not
 * needed again, however long the copy takes. Thread-safe.
 *
 * <p>Why the indexes can be built: when a marker that was written after the last chunk has come
 * back, every row of the ghost that is not among the keys is as the source had it when the marker
 * was written. One that changed after its chunk began is among the keys. One that changed before
 * was read behind the fence. So without the copies of these keys, the ghost holds a part of what
 * the source held at one moment, and no two rows of that are in each other's way.
 */
public interface ChangedKeys {

  /** Returns true until {@link #indexed}. */
  boolean gathering();

  /** The ghost has its unique indexes: from now on, changes can be replayed. */
  void indexed();

  /**
   * Adds keys; one that is there already stays as it is.
   *
   * @return how many are new
   */
  int add(Connection connection, Collection<RowKey> keys) throws SQLException;

  /**
   * Some of the keys.
   *
   * @param last the number of the last one
   */
  record Portion(List<RowKey> keys, long last) {}

  /**
   * The next keys, in the order in which they were added; none at the end.
   *
   * @param after the number of the last one that is known; 0 at the beginning
   */
  Portion next(Connection connection, long after, int most) throws SQLException;

  /** Deletes the ghost's rows with these keys: they may be out of date, or there twice. */
  void deleteCopies(Connection connection) throws SQLException;

  /**
   * Deletes from the ghost what may have been copied of a part of the source: by a run before, or
   * by a commit that was not answered, and is waited for. Of rows that have changed since, some may
   * stay; they are among the keys by the end of the copy.
   */
  void trim(Connection connection, KeyRange rest) throws SQLException;

  /**
   * Adds the keys of which the ghost has more than one row, after its indexes could not be built.
   * It should have none.
   */
  void addRepeated(Connection connection) throws SQLException;

  /** All of them are applied. */
  void clear(Connection connection) throws SQLException;
}
