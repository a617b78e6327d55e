package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.api.ServerAddress;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/** A server's address as the driver takes it, and what a session needs from its beginning. */
public final class JdbcAddress {

  public static final int DEFAULT_PORT = 3306;

  /**
   * What a session needs from its beginning: a COMMIT ends a transaction and nothing else, and a
   * query gives all that it finds, whatever the server's defaults are.
   */
  private static final String SESSION_VARIABLES =
      "completion_type=NO_CHAIN,sql_big_selects=1,sql_select_limit=" + SessionSettings.NO_LIMIT;

  private JdbcAddress() {}

  public static String url(ServerAddress address) {
    if (address.local()) {
      throw new UsageException(
          "%s names a Unix socket. The change stream reads the binary log, and can do that over TCP only."
              .formatted(address),
          "Give a host: 127.0.0.1 is the same server, if it does not have skip_networking.");
    }
    int port = address.port() == 0 ? DEFAULT_PORT : address.port();
    return "jdbc:mysql://" + address.host() + ":" + port + "/";
  }

  /** The address with options that protect every connection to it. */
  public static ServerAddress secured(ServerAddress address, SslMode mode, Optional<Path> ca) {
    ServerAddress secured = address.with("sslMode", mode.name());
    return ca.isEmpty()
        ? secured
        : secured
            .with("trustCertificateKeyStoreUrl", TrustStore.of(ca.get()).toUri().toString())
            .with("trustCertificateKeyStoreType", TrustStore.TYPE)
            .with("trustCertificateKeyStorePassword", TrustStore.PASSWORD);
  }

  public static Properties properties(ServerAddress address) {
    Properties properties = new Properties();
    properties.putAll(address.options());
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    // The server must see the statement as written here, with values as literals: some expressions
    // around a parameter are ranges of an index only then.
    properties.setProperty("useServerPrepStmts", "false");
    properties.setProperty("tcpKeepAlive", "true");
    properties.putIfAbsent("allowPublicKeyRetrieval", "true");
    properties.putIfAbsent("connectTimeout", "10000");
    properties.setProperty("sessionVariables", sessionVariables(address));
    return properties;
  }

  /** Those of the address, and ours. */
  public static String sessionVariables(ServerAddress address) {
    String others = address.options().getOrDefault("sessionVariables", "");
    return others.isEmpty() ? SESSION_VARIABLES : others + "," + SESSION_VARIABLES;
  }
}
