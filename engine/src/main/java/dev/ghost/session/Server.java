package dev.ghost.session;

import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.Driver;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.request.ServerAddress;
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

  /** Opens a session, which the caller closes. */
  public Session open(SessionProfile profile) throws SQLException {
    return sessions.open(profile);
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
