package dev.ghost.internal.session;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.SessionProfile;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens and closes a migration's sessions. Thread-safe. A pool of our own is closed with it; a
 * caller's pool is left as it was, each of its connections with the settings it had.
 */
public final class Sessions implements AutoCloseable {

  private final Driver driver;
  private final ConnectionSource connections;

  /** Null where the pool is a caller's. */
  private final @Nullable HikariDataSource ownPool;

  private final Set<Session> open = ConcurrentHashMap.newKeySet();
  private final SameServer sameServer = new SameServer();

  private Sessions(Driver driver, DataSource source, @Nullable HikariDataSource ownPool) {
    this.driver = driver;
    this.connections = new ConnectionSource(source);
    this.ownPool = ownPool;
  }

  /** Sessions from a pool of our own. */
  public static Sessions connect(Driver driver, ServerAddress address, int most) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("ghost");
    config.setJdbcUrl(driver.jdbcUrl(address));
    config.setDataSourceProperties(driver.jdbcProperties(address));
    config.setMaximumPoolSize(most);
    config.setMinimumIdle(0);
    config.setAutoCommit(false);
    config.setConnectionTimeout(15_000);
    config.setInitializationFailTimeout(-1);
    config.setExceptionOverride(new UnsupportedSqlOverride());
    HikariDataSource pool = new HikariDataSource(config);
    return new Sessions(driver, pool, pool);
  }

  /** Sessions from a caller's pool. */
  public static Sessions borrow(Driver driver, DataSource source) {
    return new Sessions(driver, source, null);
  }

  /**
   * Checks the server and the way to it, for a run that is about to begin. From then on every new
   * connection must lead to the same server.
   *
   * @param assumeOneWriter true when the user says that all writes to the table come to this server
   * @throws dev.ghost.api.RefusedException if rows could be lost; nothing has been written
   */
  public void refuseUnsafe(boolean assumeOneWriter) throws SQLException {
    sameServer.becomes(StartCheck.run(connections, driver, assumeOneWriter));
  }

  /** Opens a session that is connected. */
  public Session open(SessionProfile profile) throws SQLException {
    Session session = new Session(connections, driver, profile, sameServer);
    session.connection();
    open.add(session);
    return session;
  }

  /** Opens a session that connects when it is first used, for work that may never come. */
  public Session openUnconnected(SessionProfile profile) {
    Session session = new Session(connections, driver, profile, sameServer);
    open.add(session);
    return session;
  }

  /** The numbers by which the server knows those that are open. */
  public List<Long> numbers() {
    return open.stream().map(Session::number).filter(number -> number != 0).toList();
  }

  /** Cuts every session that is open, whatever it is doing, but this one. */
  public void abortAllBut(Session spared) {
    open.stream().filter(s -> s != spared).forEach(Session::abort);
  }

  @Override
  public void close() {
    open.forEach(Session::close);
    if (ownPool != null) {
      ownPool.close();
    }
  }
}
