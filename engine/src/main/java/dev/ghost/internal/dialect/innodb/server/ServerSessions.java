package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.SwapUnknownException;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Sessions as the server knows them: by numbers, which KILL takes. */
public final class ServerSessions {

  /** ER_NO_SUCH_THREAD. */
  private static final int NO_SUCH_THREAD = 1094;

  private static final Duration GONE_LIMIT = Duration.ofSeconds(60);

  /** Between two looks whether a session is gone; each costs the server more than us. */
  private static final long LOOK_MILLIS = 20;

  private ServerSessions() {}

  /** The number by which the server knows a connection. */
  public static long number(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT CONNECTION_ID()")) {
      rs.next();
      return rs.getLong(1);
    }
  }

  /** Takes locks; false when somebody has ended the wait for them, or its time was over. */
  public static boolean tryLock(Connection c, String sql) throws SQLException {
    try {
      Sql.execute(c, sql);
      return true;
    } catch (SQLException e) {
      if (InnodbErrors.isEndedWait(e)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Ends a session.
   *
   * @return false when it was gone already
   */
  public static boolean end(Connection c, long session) throws SQLException {
    return kill(c, "CONNECTION", session);
  }

  /**
   * Ends the statement that a session is running.
   *
   * @return false when it was running none
   */
  public static boolean endStatement(ProductSql product, Connection c, long session)
      throws SQLException {
    return found(c, product.sessions(c), session, "AND command NOT IN ('Sleep', 'Killed')") > 0
        && kill(c, "QUERY", session);
  }

  /** False when the session is gone. */
  private static boolean kill(Connection c, String what, long session) throws SQLException {
    try {
      Sql.execute(c, "KILL %s %d".formatted(what, session));
      return true;
    } catch (SQLException e) {
      if (e.getErrorCode() == NO_SUCH_THREAD) {
        return false;
      }
      throw e;
    }
  }

  /** 1 when the server knows the session, and what is asked of it holds; or else 0. */
  private static int found(Connection c, String table, long session, String that)
      throws SQLException {
    String sql = "SELECT COUNT(*) FROM %s AS s WHERE id = ? %s".formatted(table, that);
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setLong(1, session);
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        return rs.getInt(1);
      }
    }
  }

  /**
   * Waits until the server has ended a session whose connection is lost.
   *
   * @param observer another session of the same user
   */
  public static void awaitEnd(ProductSql product, Connection observer, long session)
      throws SQLException {
    String table = product.sessions(observer);
    long deadline = System.nanoTime() + GONE_LIMIT.toNanos();
    while (found(observer, table, session, "") > 0) {
      if (found(observer, table, session, "AND command = 'Sleep'") > 0) {
        // It has done what it was told, and will be told nothing more.
        kill(observer, "CONNECTION", session);
      }
      if (System.nanoTime() > deadline) {
        throw new SwapUnknownException(
            "ghost's session %d is lost, and the server continues with what it was doing"
                .formatted(session),
            null);
      }
      pause();
    }
  }

  /** Rests between two looks at the server's sessions. */
  private static void pause() throws SQLException {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while one of ghost's sessions was to end", e);
    }
  }
}
