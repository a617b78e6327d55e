package dev.ghost.internal.dialect;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * One try at the cutover of one table, or of several at the same moment; on connections of its own.
 * Used by one thread, in the order {@link #clear}, {@link #lock}, {@link #check}, {@link #swap},
 * {@link #close}. Closing releases every lock, whatever happened before; until {@link #swap}
 * returns nothing has been changed.
 */
public interface Swap extends AutoCloseable {

  /**
   * True when the lock keeps everybody out, readers too: only its own connection may read the
   * source and write the ghost, in transactions of its own. False when readers go on until {@link
   * #swap}, so that any other connection may, and the lock's own must be left alone, because its
   * transaction is the lock.
   */
  boolean lockerWrites();

  /**
   * Prepares what needs no lock, and waits for those who would release theirs, but not in the short
   * time that {@link #lock} may wait. The application notices nothing.
   *
   * @param locker the connection that will hold the lock, used by nobody else
   * @param guards other connections, as many as the tables' {@link PlannedMigration#guards}; the
   *     first looks at who is in the way, and ends the wait when the time is up
   * @return not granted when somebody stays in the way
   */
  default Lock clear(Connection locker, List<Connection> guards) throws SQLException {
    return Lock.GRANTED;
  }

  /**
   * Locks writers out of the sources.
   *
   * @param locker as in {@link #clear}
   * @param guards as in {@link #clear}
   * @param hold how long the lock will be held, as in {@link #holdAtMost}
   */
  Lock lock(Connection locker, List<Connection> guards, Duration timeout, Duration hold)
      throws SQLException;

  /**
   * Has the server end the lock by itself a moment after this time, unless it is told otherwise.
   * Our process may be stopped, or the network gone, and the application must not wait for either.
   * To be called again before each step under the lock, for the server counts from its last
   * statement.
   *
   * @param left how long the lock may still be held
   */
  void holdAtMost(Duration left) throws SQLException;

  /**
   * The transactions that wait for this lock now, or for one of those that do. Asked before {@link
   * #close}, so that the next try can wait until they are through.
   *
   * @return names that {@link Driver#unfinished} knows; none where the server does not tell
   */
  Set<String> heldUp() throws SQLException;

  /**
   * Under the lock, and while the last changes arrive: compares the sources with what was planned
   * for, where the lock keeps them as they are. What it does not, {@link #swap} compares.
   *
   * @throws dev.ghost.api.InterferenceException if a source was altered meanwhile
   */
  default void check() throws SQLException {}

  /** Before changes of another table are applied, by the connection that has applied some. */
  default void toNextTable(Connection writer) throws SQLException {}

  /**
   * Swaps the names, after {@link #check}.
   *
   * @return not granted when another lock that the swap needs was not to be had; then nothing has
   *     been changed, unless the server cannot swap several tables in one statement: then {@link
   *     PlannedMigration#swapped} tells which are swapped
   * @throws dev.ghost.api.InterferenceException if the source was altered meanwhile
   * @throws SQLException when a connection was lost; then the server no longer works on the swap,
   *     and {@link PlannedMigration#swapped} tells what has become of it
   */
  Lock swap() throws SQLException;

  @Override
  void close() throws SQLException;

  /**
   * What came of asking for the lock.
   *
   * @param granted when false, nothing is held
   * @param queue who was in the way, and who waited behind us
   */
  record Lock(boolean granted, LockQueue queue) {

    public static final Lock GRANTED = new Lock(true, LockQueue.NOT_SEEN);

    public List<Blocker> blockers() {
      return queue.blockers();
    }
  }
}
