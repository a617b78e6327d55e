package dev.ghost;

import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.api.MigrationException;
import dev.ghost.api.SslMode;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.mariadb.MariaDbDialect;
import dev.ghost.dialect.mysql.MySqlDialect;
import dev.ghost.dialect.postgres.PostgresDialect;
import dev.ghost.plan.ServerAddress;
import dev.ghost.session.Cause;
import dev.ghost.session.Sessions;
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
      throw new MigrationException(
          "The pool gave no connection: " + e.getMessage(), "Check its settings.", e);
    }
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
          return dialect;
        }
      }
      throw new UsageException("The server at %s is not known.".formatted(address), "");
    } catch (SQLException e) {
      String what =
          "The server at %s cannot be reached, or does not let us in: %s"
              .formatted(address, Cause.of(e));
      throw first.classify(e).passes()
          ? new StoppedException(
              what,
              "The source is untouched. Check host and port, and run the command again when the"
                  + " server takes connections.",
              e)
          : new MigrationException(
              what, "The source is untouched. Check host, port, user and password.", e);
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

  /** Sessions for a migration. */
  Sessions sessions(Dialect dialect, ServerAddress address, int most) {
    return dataSource == null
        ? Sessions.connect(dialect, address, most)
        : Sessions.borrow(dialect, dataSource);
  }
}
