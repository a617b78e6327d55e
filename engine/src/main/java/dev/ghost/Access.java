package dev.ghost;

import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.api.RefusedException;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.mariadb.MariaDbDialect;
import dev.ghost.dialect.mysql.MySqlDialect;
import dev.ghost.dialect.postgres.PostgresDialect;
import dev.ghost.request.ServerAddress;
import dev.ghost.session.ServerErrors;
import dev.ghost.session.Sessions;
import dev.ghost.session.SqlErrors;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The way to a server: which one, as whom, and in which dialect.
 *
 * @param url null where there is a pool
 * @param user null where the URL or the pool says who
 * @param dataSource a caller's pool; null where there is none
 * @param sslMode how connections are protected; empty where the URL says it, or nobody
 * @param sslCa the authorities that are trusted for that
 */
record Access(
    String url,
    String user,
    String password,
    DataSource dataSource,
    Optional<SslMode> sslMode,
    Optional<Path> sslCa) {

  private static final List<Dialect> DIALECTS =
      List.of(new MySqlDialect(), new MariaDbDialect(), new PostgresDialect());

  ServerAddress address() {
    ServerAddress address = url == null ? addressOfPool() : ServerAddress.parse(url);
    String name = user == null ? address.user() : user;
    String secret = password;
    if (dataSource instanceof HikariDataSource pool && secret.isEmpty()) {
      secret = pool.getPassword() == null ? "" : pool.getPassword();
    }
    return secured(address.withLogin(name, secret));
  }

  /** The same protection for another server, such as a replica. */
  ServerAddress secured(ServerAddress address) {
    return sslMode
        .map(mode -> dialectsFor(address.scheme()).get(0).secured(address, mode, sslCa))
        .orElse(address);
  }

  private ServerAddress addressOfPool() {
    try (Connection c = dataSource.getConnection()) {
      String scheme = c.getMetaData().getURL().split(":", 3)[1];
      return dialectsFor(scheme).get(0).addressOf(c);
    } catch (SQLException e) {
      throw errorsOfPool(e).connecting(e, "The server of the data source");
    }
  }

  /** Nobody knows the product yet; only PostgreSQL's errors have no number. */
  private static ServerErrors errorsOfPool(SQLException e) {
    return new ServerErrors(
        SqlErrors.sql(e).getErrorCode() == 0 ? new PostgresDialect() : new MySqlDialect());
  }

  /**
   * By the address's scheme; where several products share it, the server says what it is. A server
   * that does not let us in is found out here, at once; a pool would try for a while.
   */
  Dialect dialect(ServerAddress address) {
    List<Dialect> speaking = dialectsFor(address.scheme());
    Dialect first = speaking.get(0);
    try (Connection c =
        dataSource == null
            ? DriverManager.getConnection(first.jdbcUrl(address), first.jdbcProperties(address))
            : dataSource.getConnection()) {
      for (Dialect dialect : speaking) {
        if (dialect.recognizes(c)) {
          beginAndEnd(dialect, c);
          return dialect;
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

  private static List<Dialect> dialectsFor(String scheme) {
    List<Dialect> speaking = DIALECTS.stream().filter(d -> d.speaks(scheme)).toList();
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
  private static void beginAndEnd(Dialect dialect, Connection c) throws SQLException {
    boolean autoCommit = c.getAutoCommit();
    c.setAutoCommit(false);
    dialect.session(c);
    c.rollback();
    c.setAutoCommit(autoCommit);
  }

  private static void refuseByPooler(Dialect dialect, SQLException error) {
    Optional<RefusedException> refusal = dialect.refusedByPooler(error);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  /**
   * Checks the server and the way to it, before a run writes anything.
   *
   * @throws RefusedException if rows could be lost there
   */
  static void refuseUnsafe(Dialect dialect, Sessions sessions, boolean assumeOneWriter) {
    try {
      sessions.refuseUnsafe(assumeOneWriter);
    } catch (SQLException e) {
      refuseByPooler(dialect, e);
      throw new ServerErrors(dialect).beforeRun(e);
    }
  }

  /** Sessions for a migration. */
  Sessions sessions(Dialect dialect, ServerAddress address, int most) {
    return dataSource == null
        ? Sessions.connect(dialect, address, most)
        : Sessions.borrow(dialect, dataSource);
  }
}
