package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.SslMode;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.Whereabouts;
import dev.ghost.internal.dialect.innodb.server.InnodbHeldUp;
import dev.ghost.internal.dialect.innodb.server.InnodbTopology;
import dev.ghost.internal.dialect.innodb.server.JdbcAddress;
import dev.ghost.internal.dialect.innodb.server.ServerSessions;
import dev.ghost.internal.dialect.innodb.server.SessionSettings;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * Connects to a server with InnoDB tables and a binary log; where products differ, {@link Product}
 * tells.
 */
public abstract class InnodbDriver implements Driver {

  private final Product product;

  /** True for MariaDB; both products answer to both names, so the server is asked. */
  private final boolean mariaDb;

  protected InnodbDriver(Product product, boolean mariaDb) {
    this.product = product;
    this.mariaDb = mariaDb;
  }

  final Product server() {
    return product;
  }

  @Override
  public Dialect dialect(ServerAddress address) {
    return new InnodbDialect(product, address);
  }

  @Override
  public boolean recognizes(Connection connection) throws SQLException {
    return isMariaDb(connection) == mariaDb;
  }

  @Override
  public String product() {
    return product.name();
  }

  /** Both names are used for both products; the server says what it is. */
  @Override
  public boolean speaks(String scheme) {
    return scheme.equals("mysql") || scheme.equals("mariadb");
  }

  /** True when the server calls itself MariaDB, whatever the URL called it. */
  private static boolean isMariaDb(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT VERSION()")) {
      rs.next();
      return rs.getString(1).contains("MariaDB");
    }
  }

  @Override
  public String jdbcUrl(ServerAddress address) {
    return JdbcAddress.url(address);
  }

  @Override
  public ServerAddress secured(ServerAddress address, SslMode mode, Optional<Path> ca) {
    return JdbcAddress.secured(address, mode, ca);
  }

  @Override
  public Properties jdbcProperties(ServerAddress address) {
    return JdbcAddress.properties(address);
  }

  @Override
  public ServerAddress addressOf(Connection connection) throws SQLException {
    String url = connection.getMetaData().getURL();
    String user = connection.getMetaData().getUserName();
    int at = user.lastIndexOf('@');
    return ServerAddress.parse(url).withLogin(at < 0 ? user : user.substring(0, at), "");
  }

  @Override
  public long session(Connection c) throws SQLException {
    return ServerSessions.number(c);
  }

  @Override
  public void refuseServer(Connection c, boolean assumeOneWriter) throws SQLException {
    Optional<RefusedException> refusal = InnodbTopology.read(product, c).refusal(assumeOneWriter);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  @Override
  public String identity(Connection c) throws SQLException {
    return whereabouts(c, true).server();
  }

  /** A proxy that knows statements only by their first word sends this one to a replica. */
  @Override
  public Whereabouts whereabouts(Connection c, boolean writing) throws SQLException {
    String sql =
        "SELECT %s, CONNECTION_ID(), COALESCE(@ghost_session, '')%s"
            .formatted(product.serverIdentity(), writing ? " FOR UPDATE" : "");
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      rs.next();
      return new Whereabouts(rs.getString(1), rs.getLong(2), rs.getString(3));
    }
  }

  @Override
  public void mark(Connection c, String mark) throws SQLException {
    try (PreparedStatement statement = c.prepareStatement("SET @ghost_session = NULLIF(?, '')")) {
      statement.setString(1, mark);
      statement.execute();
    }
  }

  @Override
  public boolean endSession(Connection c, String session) throws SQLException {
    return ServerSessions.end(c, Long.parseLong(session));
  }

  @Override
  public boolean endStatement(Connection c, long session) throws SQLException {
    return ServerSessions.endStatement(product, c, session);
  }

  @Override
  public Restore configure(Connection c, SessionProfile profile) throws SQLException {
    return SessionSettings.make(product, c, profile);
  }

  @Override
  public Map<String, String> unfinished(Connection c, Set<String> transactions)
      throws SQLException {
    return InnodbHeldUp.unfinished(c, product, transactions);
  }

  @Override
  public ErrorClass classify(SQLException error) {
    return InnodbErrors.classOf(error);
  }

  @Override
  public void endWhenSilent(Connection c, Duration limit) throws SQLException {
    Sql.execute(c, "SET SESSION wait_timeout = " + limit.toSeconds());
  }

  @Override
  public void awaitGone(Connection observer, long session) throws SQLException {
    ServerSessions.awaitEnd(product, observer, session);
  }
}
