package dev.ghost.it;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.mysql.MySQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The MySQL server that all tests share, each in a schema of its own. The property {@code
 * ghost.mysql.image} (or GHOST_MYSQL_IMAGE) names another image than the official one. Without
 * Docker its tests are skipped, unless GHOST_REQUIRE_DOCKER is set.
 */
final class MySqlServer {

  static final String PASSWORD = "secret";
  private static final AtomicInteger SCHEMAS = new AtomicInteger();
  private static MySqlServer shared;

  private final MySQLContainer container;

  private MySqlServer() {
    String image =
        System.getProperty(
            "ghost.mysql.image", System.getenv().getOrDefault("GHOST_MYSQL_IMAGE", "mysql:9.4"));
    container =
        new MySQLContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("mysql"))
            .withUsername("root")
            .withPassword(PASSWORD)
            .withCommand("mysqld", "--innodb-buffer-pool-size=512M", "--local-infile=ON");
    container.start();
  }

  static synchronized MySqlServer shared() {
    if (shared == null) {
      boolean docker = DockerClientFactory.instance().isDockerAvailable();
      if (System.getenv("GHOST_REQUIRE_DOCKER") == null) {
        Assumptions.assumeTrue(
            docker, "skipped: no Docker here, and this test needs a MySQL server");
      }
      shared = new MySqlServer();
    }
    return shared;
  }

  Schema newSchema() throws SQLException {
    return newSchema("t" + SCHEMAS.incrementAndGet());
  }

  Schema newSchema(String name) throws SQLException {
    return new Schema(this, name);
  }

  /** A connection as root, as an application would have it. */
  Connection connect(String schema) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://%s:%d/%s?allowPublicKeyRetrieval=true&allowLoadLocalInfile=true"
            .formatted(host(), port(), schema),
        "root",
        PASSWORD);
  }

  String host() {
    return container.getHost();
  }

  int port() {
    return container.getMappedPort(3306);
  }
}
