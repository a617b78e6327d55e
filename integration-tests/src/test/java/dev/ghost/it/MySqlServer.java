package dev.ghost.it;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.testcontainers.mysql.MySQLContainer;
import org.testcontainers.utility.DockerImageName;

/** MySQL in a container. */
final class MySqlServer extends Server {

  private final MySQLContainer container;

  MySqlServer() {
    container =
        new MySQLContainer(
                DockerImageName.parse(Db.image("mysql", "mysql:9.4"))
                    .asCompatibleSubstituteFor("mysql"))
            .withUsername("root")
            .withPassword(PASSWORD)
            .withCommand("mysqld", "--innodb-buffer-pool-size=512M", "--local-infile=ON");
    container.start();
  }

  static MySqlServer shared() {
    return (MySqlServer) Db.MYSQL.server();
  }

  @Override
  String url(String schema) {
    return "mysql://root@%s:%d/%s"
        .formatted(
            host(), port(), URLEncoder.encode(schema, StandardCharsets.UTF_8).replace("+", "%20"));
  }

  @Override
  Connection connect(String schema) throws SQLException {
    Connection c =
        DriverManager.getConnection(
            "jdbc:mysql://%s:%d/?allowPublicKeyRetrieval=true&allowLoadLocalInfile=true"
                .formatted(host(), port()),
            "root",
            PASSWORD);
    if (!schema.isEmpty()) {
      c.setCatalog(schema);
    }
    return c;
  }

  @Override
  String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  @Override
  void create(Connection c, String schema) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute("SET SESSION lock_wait_timeout = 60");
      s.execute("SET SESSION cte_max_recursion_depth = 10000000");
      s.execute("DROP DATABASE IF EXISTS " + quote(schema));
      s.execute("CREATE DATABASE " + quote(schema));
      s.execute("USE " + quote(schema));
    }
  }

  @Override
  void drop(Connection c, String schema) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute("DROP DATABASE " + quote(schema));
    }
  }

  @Override
  String fillNumbers(int count) {
    return "INSERT INTO n WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i"
        + " < "
        + count
        + ") SELECT i FROM r";
  }

  @Override
  Set<String> rolledBack() {
    return Set.of("1213", "1205", "1412");
  }

  @Override
  String administrator() {
    return "root@";
  }

  String host() {
    return container.getHost();
  }

  int port() {
    return container.getMappedPort(3306);
  }
}
