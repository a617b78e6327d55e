package dev.ghost.internal.dialect.mariadb;

import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.innodb.InnodbMigration;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The RENAMEs of tables that are swapped together, each sent by a session of its own. */
final class Renames implements AutoCloseable {

  private final List<Rename> all = new ArrayList<>();

  /** Sends a statement. */
  void send(Connection c, InnodbMigration planned, long patience) throws SQLException {
    all.add(new Rename(c, planned, patience));
  }

  /** Waits until each is seen waiting for its table; false when one is not, in time. */
  boolean awaitWaiting(Connection observer, Duration limit) throws SQLException {
    for (Rename rename : all) {
      if (!rename.awaitWaiting(observer, limit)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Waits until all have ended, and returns the queue for the locks of those that took too long.
   */
  LockQueue awaitEnd(Connection observer, Duration limit) throws SQLException {
    List<Blocker> blockers = new ArrayList<>();
    Set<String> heldUp = new HashSet<>();
    for (Rename rename : all) {
      LockQueue queue = rename.awaitEnd(observer, limit);
      blockers.addAll(queue.blockers());
      heldUp.addAll(queue.heldUp());
    }
    return new LockQueue(blockers, heldUp);
  }

  /** True when all are made, as soon as that is known of each. */
  boolean made(Connection observer) throws SQLException {
    boolean made = true;
    for (Rename rename : all) {
      made &= rename.made(observer);
    }
    return made;
  }

  /** True when no statement is at work any more. */
  boolean ended() {
    return all.stream().allMatch(Rename::ended);
  }

  @Override
  public void close() throws SQLException {
    SQLException failure = null;
    for (Rename rename : all) {
      try {
        rename.close();
      } catch (SQLException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
