package dev.ghost.internal.dialect.mariadb;

import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.SwapUnknownException;
import dev.ghost.internal.dialect.innodb.InnodbMigration;
import dev.ghost.internal.dialect.innodb.TableLocks;
import dev.ghost.internal.dialect.innodb.server.ServerSessions;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.thread.DaemonThreads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The RENAME that swaps the names, sent by a session of its own while another still holds the
 * locks. Used by one thread; the statement has its own.
 */
final class Rename implements AutoCloseable {

  /** Between two looks at whether the statement waits. */
  private static final long LOOK_MILLIS = 1;

  /** ER_TABLE_EXISTS_ERROR: the sentry is still there. */
  private static final int EXISTS = 1050;

  private final Connection c;
  private final InnodbMigration planned;
  private final long session;
  private final long patience;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(DaemonThreads.single("rename"));
  private final Future<Boolean> made;

  /**
   * Sends the statement.
   *
   * @param patience seconds after which the server lets it fail by itself, for each lock
   */
  Rename(Connection c, InnodbMigration planned, long patience) throws SQLException {
    this.c = c;
    this.planned = planned;
    TableNames names = planned.names();
    this.session = ServerSessions.number(c);
    this.patience = patience;
    c.commit();
    String sql =
        """
        RENAME TABLE %1$s WAIT %4$d TO %2$s, %3$s WAIT %4$d TO %1$s
        """
            .formatted(
                Sql.quote(names.source()),
                Sql.quote(names.retired()),
                Sql.quote(names.ghost()),
                patience);
    this.made = thread.submit(() -> run(sql));
  }

  private boolean run(String sql) throws SQLException {
    try {
      Sql.execute(c, sql);
      return true;
    } catch (SQLException e) {
      if (InnodbErrors.isEndedWait(e) || e.getErrorCode() == EXISTS) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Waits until the server says that the statement waits for a table.
   *
   * @param observer a session that sees it
   * @return false when it has ended instead, or has not come that far in time
   */
  boolean awaitWaiting(Connection observer, Duration limit) throws SQLException {
    long deadline = System.nanoTime() + limit.toNanos();
    String sql =
        """
        SELECT COUNT(*)
          FROM information_schema.processlist
         WHERE id = ? AND state = 'Waiting for table metadata lock' AND info LIKE 'RENAME TABLE%'
        """;
    try (PreparedStatement statement = observer.prepareStatement(sql)) {
      statement.setLong(1, session);
      while (!made.isDone() && System.nanoTime() < deadline) {
        try (ResultSet rs = statement.executeQuery()) {
          rs.next();
          if (rs.getInt(1) == 1) {
            return true;
          }
        }
        // Under the lock: soon, but the list of sessions is not to be asked for all the time.
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    if (!made.isDone()) {
      Sql.execute(observer, "KILL QUERY " + session);
    }
    return false;
  }

  /**
   * Waits until the statement has ended. When its time is up, ends its wait; but not of a table
   * with triggers, which gives up by itself.
   *
   * @return the queue for its lock, where it took too long
   */
  LockQueue awaitEnd(Connection observer, Duration limit) throws SQLException {
    if (ended(limit.toMillis())) {
      return LockQueue.NOT_SEEN;
    }
    return planned.hasTriggers()
        ? new LockQueue(
            planned.blockers(observer, session),
            TableLocks.heldUp(List.of(planned), observer, List.of(session)))
        : InnodbMigration.endWait(List.of(planned), observer, session);
  }

  boolean ended() {
    return made.isDone();
  }

  private boolean ended(long millis) throws SQLException {
    try {
      made.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /**
   * True when the names are swapped, as soon as that is known.
   *
   * @param observer a session that sees whether ours still works, should the answer be lost
   */
  boolean made(Connection observer) throws SQLException {
    try {
      return made.get(3 * patience, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SQLException cause) {
        if (!observer.isClosed()) {
          planned.awaitEnd(observer, session);
        }
        throw cause;
      }
      throw new SQLException(e.getCause());
    } catch (TimeoutException e) {
      throw new SwapUnknownException(
          "the server does not say whether it has renamed the tables", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static SQLException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new SQLException("interrupted while the tables were renamed", e);
  }

  @Override
  public void close() throws SQLException {
    thread.shutdown();
    try {
      // Nobody else may use the connection before.
      if (!thread.awaitTermination(3 * patience, TimeUnit.SECONDS)) {
        throw new SwapUnknownException(
            "the server does not say whether it has renamed the tables", null);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }
}
