package dev.ghost.internal.session;

import dev.ghost.api.MigrationException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.function.SqlConsumer;
import dev.ghost.internal.function.SqlFunction;
import dev.ghost.internal.log.Masked;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One connection with ghost's settings, and bounded patience. Used by one thread at a time; only
 * {@link #abort} may come from another.
 *
 * <p>Invariant: what is tried again is a whole transaction, after a rollback, and only for faults
 * that are known to pass.
 */
public final class Session implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  /**
   * Deadlocks and lock timeouts in a row before we give up; with the pauses, more than a minute.
   */
  private static final int MOST_TRIES = 40;

  /** From this try on, somebody should know: it may not pass by itself. */
  private static final int NOTICEABLE_TRIES = 5;

  private static final long LONGEST_PAUSE_MILLIS = 4_000;

  /** How much later than it was wanted an answer may come before the connection counts as lost. */
  private static final Duration LATE_ANSWER = Duration.ofSeconds(2);

  private static final int UNLIMITED_BY_US = -1;

  private static final int MOST_CONNECTS = 5;
  private static final int VALIDATION_SECONDS = 5;

  private final ConnectionSource source;
  private final Driver driver;
  private final SessionProfile profile;
  private final SameServer sameServer;
  private volatile @Nullable Connection connection;
  private volatile boolean aborted;
  private Driver.@Nullable Restore restore;

  /** By which the server knows the connection. */
  private volatile long number;

  /** In {@link System#nanoTime}; nothing is tried again after it. */
  private long deadline;

  private boolean bounded;

  /** How long the connection waited for an answer before we limited that; 0 for ever. */
  private int answerMillis = UNLIMITED_BY_US;

  /** Connects when it is first used. */
  Session(ConnectionSource source, Driver driver, SessionProfile profile, SameServer sameServer) {
    this.source = source;
    this.driver = driver;
    this.profile = profile;
    this.sameServer = sameServer;
  }

  /**
   * Runs a transaction and commits it; tries again, after a pause, what is known to pass.
   *
   * @throws SQLException what is not known to pass, or has not passed
   */
  public <T> T transaction(SqlFunction<Connection, T> work)
      throws SQLException, InterruptedException {
    for (int tries = 1; ; tries++) {
      try {
        Connection current = connection();
        T result = work.apply(current);
        current.commit();
        return result;
      } catch (SQLException e) {
        ErrorClass errorClass = driver.classify(e);
        if (errorClass == ErrorClass.CONNECTION_LOST) {
          dispose();
        } else {
          rollback(e);
        }
        // Anyone who is in a hurry may hold a lock, which a new connection would not have.
        boolean late =
            bounded
                && (errorClass == ErrorClass.CONNECTION_LOST || System.nanoTime() - deadline > 0);
        if (!errorClass.isTransient()
            || SqlErrors.untrusted(e)
            || tries == MOST_TRIES
            || aborted
            || late) {
          throw e;
        }
        logRetry(tries, MOST_TRIES, errorClass, e);
        pause(tries);
      } catch (RuntimeException e) {
        rollback(e);
        throw e;
      }
    }
  }

  /**
   * From now on nothing is tried again for longer than this, nor on another connection; and an
   * answer of the server is waited for not much longer. Until {@link #clearDeadline}.
   */
  public void setDeadline(Duration limit) throws SQLException {
    bounded = true;
    deadline = System.nanoTime() + limit.toNanos();
    answerWithin(limit.plus(LATE_ANSWER));
  }

  /** Ends the hurry. */
  public void clearDeadline() throws SQLException {
    bounded = false;
    try {
      answerAsBefore(connection);
    } catch (SQLException e) {
      if (!isConnectionLost(e)) {
        throw e;
      }
      dispose();
    }
  }

  /**
   * How long an answer of the server is waited for on the present connection; then it counts as
   * lost. A network that swallows packets would else keep us waiting for a quarter of an hour.
   */
  public void answerWithin(Duration limit) throws SQLException {
    Connection current = connection;
    if (current != null && !current.isClosed()) {
      answerMillis = answerMillis == UNLIMITED_BY_US ? current.getNetworkTimeout() : answerMillis;
      current.setNetworkTimeout(Runnable::run, Math.toIntExact(limit.toMillis()));
    }
  }

  private void answerAsBefore(@Nullable Connection current) throws SQLException {
    if (answerMillis != UNLIMITED_BY_US && current != null && !current.isClosed()) {
      current.setNetworkTimeout(Runnable::run, answerMillis);
      answerMillis = UNLIMITED_BY_US;
    }
  }

  /** {@link #transaction} without a result. */
  public void execute(SqlConsumer<Connection> action) throws SQLException, InterruptedException {
    transaction(
        c -> {
          action.accept(c);
          return true;
        });
  }

  /** Runs something that must not be tried again, and rolls back when it fails. */
  public <T> T runOnce(SqlFunction<Connection, T> work) throws SQLException {
    try {
      Connection current = connection();
      T result = work.apply(current);
      current.commit();
      return result;
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    }
  }

  /** {@link #runOnce} without a result. */
  public void executeOnce(SqlConsumer<Connection> action) throws SQLException {
    runOnce(
        c -> {
          action.accept(c);
          return true;
        });
  }

  /** The number by which the server knows the connection, or knew the last one. */
  public long number() {
    return number;
  }

  /** True when an error means that a connection is lost, or when ours is closed. */
  public boolean isConnectionLost(SQLException error) throws SQLException {
    return !aborted
        && (driver.classify(error) == ErrorClass.CONNECTION_LOST
            || connection == null
            || connection.isClosed());
  }

  /** Makes sure that there is a connection that works. */
  public void renew() throws SQLException {
    if (connection != null && !connection.isValid(VALIDATION_SECONDS)) {
      dispose();
    }
    connection();
  }

  /** Runs something and undoes it, whether it fails or not. */
  public void runAndRollback(SqlConsumer<Connection> action) throws SQLException {
    Connection current = connection();
    try {
      action.accept(current);
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    }
    current.rollback();
  }

  /** The connection as it is, for protocols that manage their own transactions. */
  public Connection connection() throws SQLException {
    Connection current = connection;
    return current == null ? connect() : current;
  }

  /**
   * Ends whatever statement is running, by cutting the connection; the session is of no use then.
   */
  public void abort() {
    aborted = true;
    Connection current = connection;
    if (current != null) {
      try {
        current.abort(Runnable::run);
      } catch (SQLException e) {
        throw new MigrationException(
            "A connection could not be cut: " + e.getMessage(), "Please report this as a bug.", e);
      }
    }
  }

  @Override
  public void close() {
    Connection current = connection;
    connection = null;
    if (current == null) {
      return;
    }
    try (current) {
      if (!aborted && !current.isClosed()) {
        current.rollback();
        if (restore != null) {
          restore.restore();
        }
        answerAsBefore(current);
      }
    } catch (SQLException e) {
      // The settings could not be put back: this connection must not reach anybody else.
      cut(current, e);
    }
  }

  /**
   * A connection that is lost before anything was asked of it is replaced by another. Not so one
   * that is not to be had at all: the pool has waited for it already.
   */
  private Connection connect() throws SQLException {
    for (int tries = 1; ; tries++) {
      if (aborted) {
        throw new SQLException("the migration was stopped");
      }
      Connection fresh = source.get();
      try {
        restore = driver.configure(fresh, profile);
        number = driver.session(fresh);
        // Anyone who rests must not rest in a transaction: its snapshot would keep the server from
        // removing dead rows, of the application's tables too.
        fresh.rollback();
        sameServer.check(driver, fresh);
        Connection traced = TracedSql.of(fresh, driver);
        connection = traced;
        answerMillis = UNLIMITED_BY_US;
        return traced;
      } catch (SQLException | RuntimeException e) {
        cut(fresh, e);
        if (tries == MOST_CONNECTS
            || bounded
            || !(e instanceof SQLException failure)
            || driver.classify(failure) != ErrorClass.CONNECTION_LOST) {
          throw e;
        }
        logRetry(tries, MOST_CONNECTS, ErrorClass.CONNECTION_LOST, failure);
      }
    }
  }

  private void logRetry(int tries, int most, ErrorClass errorClass, SQLException e) {
    LOG.atLevel(tries < NOTICEABLE_TRIES ? Level.DEBUG : Level.WARN)
        .log(
            "Session {}: try {} of {} failed, {}: {}",
            number,
            tries,
            most,
            errorClass,
            Masked.of(e));
  }

  private void rollback(Exception cause) {
    Connection current = connection;
    if (current == null) {
      return;
    }
    try {
      current.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
      dispose();
    }
  }

  private void dispose() {
    Connection current = connection;
    connection = null;
    if (current != null) {
      cut(current, null);
    }
  }

  /**
   * @param cause why; null where nobody needs to know
   */
  private void cut(Connection connection, @Nullable Exception cause) {
    try (connection) {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      Exception left = cause == null ? e : cause;
      if (left != e) {
        left.addSuppressed(e);
      }
      // A pool that gets it back may find out that it is lost, and say so; it is.
      if (driver.classify(e) != ErrorClass.CONNECTION_LOST) {
        throw new MigrationException(
            "A connection could not be closed: " + e.getMessage(),
            "Please report this as a bug.",
            left);
      }
    }
  }

  private static void pause(int tries) throws InterruptedException {
    long most = Math.min(LONGEST_PAUSE_MILLIS, 5L << Math.min(tries, 12));
    Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most) + 1);
  }
}
