package dev.ghost.it;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.testcontainers.mysql.MySQLContainer;
import org.testcontainers.utility.DockerImageName;

/** MySQL in a container. */
final class MySqlServer extends BinlogServer {

  private final MySQLContainer container;

  MySqlServer(String... more) {
    this(0, more);
  }

  /**
   * @param port of this machine; 0 for any
   */
  private MySqlServer(int port, String... more) {
    super("mysql");
    List<String> command =
        new ArrayList<>(List.of("mysqld", "--innodb-buffer-pool-size=512M", "--local-infile=ON"));
    command.addAll(List.of(more));
    container =
        new MySQLContainer(
                DockerImageName.parse(Db.image("mysql", "mysql:9.4"))
                    .asCompatibleSubstituteFor("mysql"))
            .withUsername("root")
            .withPassword(PASSWORD)
            .withCommand(command.toArray(String[]::new));
    if (port != 0) {
      container.setPortBindings(List.of(port + ":3306"));
    }
    container.start();
  }

  @Override
  BinlogServer replica() throws SQLException {
    int port = freePort();
    MySqlServer replica = new MySqlServer(port, replicaOptions(port));
    try (Connection c = connect("");
        ResultSet rs = c.createStatement().executeQuery("SHOW BINARY LOG STATUS")) {
      rs.next();
      replica.execute(
          """
          CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = 3306, SOURCE_USER = 'root',
            SOURCE_PASSWORD = '%s', SOURCE_LOG_FILE = '%s', SOURCE_LOG_POS = %d, GET_SOURCE_PUBLIC_KEY = 1
          """
              .formatted(addressOf(container), PASSWORD, rs.getString(1), rs.getLong(2)),
          "START REPLICA");
    }
    return replica;
  }

  @Override
  @SuppressWarnings("resource") // closed with what is returned
  OwnServer another() {
    MySqlServer another = new MySqlServer(freePort(), SMALL_DISK);
    return new OwnServer(another, another.container);
  }

  /** It has made its own certificates. */
  @Override
  Tls tls() {
    String authority =
        container.copyFileFromContainer(
            "/var/lib/mysql/ca.pem", in -> new String(in.readAllBytes(), StandardCharsets.UTF_8));
    return new Tls() {
      @Override
      public Server server() {
        return MySqlServer.this;
      }

      @Override
      public String authority() {
        return authority;
      }

      @Override
      public List<String> unprotected(Connection c) throws SQLException {
        return rows(c, IN_THE_CLEAR);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {
    container.stop();
  }

  @Override
  String host() {
    return container.getHost();
  }

  @Override
  int port() {
    return container.getMappedPort(3306);
  }

  @Override
  String unlimitedRows() {
    return "SET SESSION cte_max_recursion_depth = 10000000";
  }

  @Override
  String readLimit(boolean on) {
    return "SET GLOBAL max_execution_time = " + (on ? "5" : "0");
  }

  @Override
  Set<String> rolledBack() {
    return Set.of("1213", "1205", "1412");
  }
}
