package dev.ghost;

import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.mariadb.MariaDbDriver;
import dev.ghost.internal.dialect.mysql.MySqlDriver;
import dev.ghost.internal.dialect.postgres.PostgresDriver;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.ServerErrors;
import dev.ghost.internal.session.Sessions;
import dev.ghost.internal.session.SqlErrors;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The way to a server: which one, as whom, and by which driver.
 *
 * @param url null where there is a pool
 * @param user null where the URL or the pool says who
 * @param dataSource a caller's pool; null where there is none
 * @param sslMode how connections are protected; empty where the URL says it, or nobody
 * @param sslCa the authorities that are trusted for that
 */
record Access(
    @Nullable String url,
    @Nullable String user,
    String password,
    @Nullable DataSource dataSource,
    Optional<SslMode> sslMode,
    Optional<Path> sslCa) {

  /** What work needs that is no run. */
  static final int FEW_SESSIONS = 10;

  private static final List<Driver> DRIVERS =
      List.of(new MySqlDriver(), new MariaDbDriver(), new PostgresDriver());

  static Access of(String url) {
    return new Access(
        Objects.requireNonNull(url), null, "", null, Optional.empty(), Optional.empty());
  }

  static Access of(DataSource pool) {
    return new Access(
        null, null, "", Objects.requireNonNull(pool), Optional.empty(), Optional.empty());
  }

  Access withUser(String value) {
    return new Access(url, value, password, dataSource, sslMode, sslCa);
  }

  Access withPassword(String value) {
    return new Access(url, user, Objects.requireNonNull(value), dataSource, sslMode, sslCa);
  }

  Access withSslMode(SslMode value) {
    return new Access(url, user, password, dataSource, Optional.of(value), sslCa);
  }

  Access withSslCa(Path value) {
    return new Access(url, user, password, dataSource, sslMode, Optional.of(value));
  }

  /** Returns the addresses of replicas; what they do not say of their login is the primary's. */
  List<ServerAddress> replicas(List<String> urls, ServerAddress primary) {
    return urls.stream()
        .map(ServerAddress::parse)
        .map(this::secured)
        .map(r -> r.withLogin(r.user().isEmpty() ? primary.user() : r.user(), primary.password()))
        .map(r -> r.database().isEmpty() ? r.withDatabase(primary.database()) : r)
        .toList();
  }

  /**
   * Finds the server, and which product it is. The caller closes it.
   *
   * @param most sessions that there can be
   */
  Server open(int most) {
    if (sslCa.isPresent() && sslMode.filter(m -> m.compareTo(SslMode.VERIFY_CA) >= 0).isEmpty()) {
      throw new UsageException(
          "Authorities are trusted only where the server is verified.",
          "Give --ssl-mode VERIFY_CA or VERIFY_IDENTITY as well.");
    }
    ServerAddress address = address();
    Driver driver = driver(address);
    return new Server(
        address,
        driver,
        dataSource == null
            ? Sessions.connect(driver, address, most)
            : Sessions.borrow(driver, dataSource));
  }

  private ServerAddress address() {
    ServerAddress address = given();
    String name = user == null ? address.user() : user;
    String secret = password;
    if (dataSource instanceof HikariDataSource pool && secret.isEmpty()) {
      secret = pool.getPassword() == null ? "" : pool.getPassword();
    }
    return secured(address.withLogin(name, secret));
  }

  /** The same protection for another server, such as a replica. */
  private ServerAddress secured(ServerAddress address) {
    return sslMode
        .map(mode -> driversFor(address.scheme()).get(0).secured(address, mode, sslCa))
        .orElse(address);
  }

  private ServerAddress given() {
    if (url != null) {
      return ServerAddress.parse(url);
    }
    if (dataSource != null) {
      return addressOf(dataSource);
    }
    throw new IllegalStateException("neither a URL nor a pool");
  }

  private static ServerAddress addressOf(DataSource pool) {
    try (Connection c = pool.getConnection()) {
      String scheme = c.getMetaData().getURL().split(":", 3)[1];
      return driversFor(scheme).get(0).addressOf(c);
    } catch (SQLException e) {
      throw errorsOfPool(e).connecting(e, "The server of the data source");
    }
  }

  /** Nobody knows the product yet; only PostgreSQL's errors have no number. */
  private static ServerErrors errorsOfPool(SQLException e) {
    return new ServerErrors(
        SqlErrors.sql(e).getErrorCode() == 0 ? new PostgresDriver() : new MySqlDriver());
  }

  /**
   * By the address's scheme; where several products share it, the server says what it is. A server
   * that does not let us in is found out here, at once; a pool would try for a while.
   */
  private Driver driver(ServerAddress address) {
    List<Driver> speaking = driversFor(address.scheme());
    Driver first = speaking.get(0);
    try (Connection c =
        dataSource == null
            ? DriverManager.getConnection(first.jdbcUrl(address), first.jdbcProperties(address))
            : dataSource.getConnection()) {
      for (Driver driver : speaking) {
        if (driver.recognizes(c)) {
          beginAndEnd(driver, c);
          return driver;
        }
      }
      throw new UsageException(
          "The server at %s is of no product that ghost knows.".formatted(address),
          "Supported are MySQL, MariaDB and PostgreSQL.");
    } catch (SQLException e) {
      refuseByPooler(first, e);
      throw new ServerErrors(first).connecting(e, "The server at " + address);
    }
  }

  private static List<Driver> driversFor(String scheme) {
    List<Driver> speaking = DRIVERS.stream().filter(d -> d.speaks(scheme)).toList();
    if (speaking.isEmpty()) {
      throw new UsageException(
          "URLs of the kind %s:// are not supported.".formatted(scheme),
          "Supported are mysql://user@host:port/schema, mariadb://user@host:port/schema, and"
              + " postgresql://user@host:port/database.");
    }
    return speaking;
  }

  /**
   * Tries a transaction. A pooler that allows none ends the connection; one of a pool would not say
   * any more why it was ended.
   */
  private static void beginAndEnd(Driver driver, Connection c) throws SQLException {
    boolean autoCommit = c.getAutoCommit();
    c.setAutoCommit(false);
    driver.session(c);
    c.rollback();
    c.setAutoCommit(autoCommit);
  }

  private static void refuseByPooler(Driver driver, SQLException error) {
    Optional<RefusedException> refusal = driver.refusedByPooler(error);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  /**
   * Checks the server and the way to it, before a run writes anything.
   *
   * @throws RefusedException if rows could be lost there
   */
  static void refuseUnsafe(Server server, boolean assumeOneWriter) {
    try {
      server.sessions().refuseUnsafe(assumeOneWriter);
    } catch (SQLException e) {
      refuseByPooler(server.driver(), e);
      throw server.errors().beforeRun(e);
    }
  }
}
