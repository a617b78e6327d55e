package dev.ghost.internal.session;

import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.SessionProfile;
import java.sql.SQLException;

/**
 * One database server: where it is, what it is, and our sessions on it. Thread-safe; closing it
 * closes the sessions.
 */
public record Server(ServerAddress address, Driver driver, Dialect dialect, Sessions sessions)
    implements AutoCloseable {

  /** Takes the dialect from the driver. */
  public Server(ServerAddress address, Driver driver, Sessions sessions) {
    this(address, driver, driver.dialect(address), sessions);
  }

  /** A short piece of work beside the migrations. */
  @FunctionalInterface
  public interface Work<T> {
    T in(Session session) throws SQLException, InterruptedException;
  }

  /**
   * Does a piece of work in a session of its own, with errors that tell.
   *
   * @param what it is, to begin a sentence with
   */
  public <T> T run(String schema, String what, Work<T> work) {
    try (Session session = open(SessionProfile.work(schema))) {
      return work.in(session);
    } catch (SQLException | InterruptedException e) {
      throw errors().told(e, ServerErrors.Moment.ofCommand(what));
    }
  }

  /** Opens a session, which the caller closes. */
  public Session open(SessionProfile profile) throws SQLException {
    return sessions.open(profile);
  }

  /** Opens a session that connects when it is first used; the caller closes it. */
  public Session openUnconnected(SessionProfile profile) {
    return sessions.openUnconnected(profile);
  }

  /** Returns what tells users of errors of this server. */
  public ServerErrors errors() {
    return new ServerErrors(driver);
  }

  @Override
  public void close() {
    sessions.close();
  }
}
