package dev.ghost.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.mysql.MySQLContainer;
import org.testcontainers.utility.DockerImageName;

/** MySQL in a container. */
final class MySqlServer extends BinlogServer {

  private final String image;
  private final MySQLContainer container;
  private final Address address;

  MySqlServer(String image) {
    this(image, 0);
  }

  /**
   * @param port of this machine; 0 for any
   */
  private MySqlServer(String image, int port, String... more) {
    super("mysql");
    this.image = image;
    List<String> command =
        new ArrayList<>(
            List.of(
                "mysqld",
                "--innodb-buffer-pool-size=512M",
                "--local-infile=ON",
                "--binlog-expire-logs-seconds=1800"));
    command.addAll(List.of(more));
    container =
        new MySQLContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("mysql"))
            .withUsername("root")
            .withPassword(PASSWORD)
            .withCommand(command.toArray(String[]::new));
    if (port == 0) {
      container.withTmpFs(IN_MEMORY);
    } else {
      container.setPortBindings(List.of(port + ":3306"));
    }
    container.start();
    address = port == 0 ? Address.of(container, 3306) : Address.mapped(container, 3306);
  }

  @Override
  BinlogServer replica() throws SQLException {
    int port = freePort();
    MySqlServer replica = new MySqlServer(image, port, replicaOptions(port));
    try (Connection c = connect("");
        ResultSet rs = c.createStatement().executeQuery("SHOW BINARY LOG STATUS")) {
      rs.next();
      return replicate(
          replica,
          """
          CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = 3306, SOURCE_USER = 'root',
            SOURCE_PASSWORD = '%s', SOURCE_LOG_FILE = '%s', SOURCE_LOG_POS = %d, GET_SOURCE_PUBLIC_KEY = 1
          """
              .formatted(addressOf(container), PASSWORD, rs.getString(1), rs.getLong(2)));
    }
  }

  @Override
  @SuppressWarnings("resource") // closed with what is returned
  DedicatedServer another() {
    MySqlServer another = new MySqlServer(image, freePort(), SMALL_DISK);
    return new DedicatedServer(another, another.container);
  }

  /** It has made its own certificates. */
  @Override
  Tls tls() throws Exception {
    // Docker copies nothing out of a file system in memory.
    String authority = container.execInContainer("cat", "/var/lib/mysql/ca.pem").getStdout();
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
      public void replaceCertificate(SelfSigned other) throws Exception {
        container.copyFileToContainer(Transferable.of(other.certificate(), 0644), "/tmp/tls2.crt");
        container.copyFileToContainer(Transferable.of(other.key(), 0644), "/tmp/tls2.key");
        execute(
            "SET GLOBAL ssl_ca = '/tmp/tls2.crt'",
            "SET GLOBAL ssl_cert = '/tmp/tls2.crt'",
            "SET GLOBAL ssl_key = '/tmp/tls2.key'",
            "ALTER INSTANCE RELOAD TLS");
      }

      @Override
      public List<String> unprotected(Connection c) throws SQLException {
        return rows(c, IN_THE_CLEAR);
      }

      @Override
      public void close() throws SQLException {
        execute(
            "SET GLOBAL ssl_ca = 'ca.pem'",
            "SET GLOBAL ssl_cert = 'server-cert.pem'",
            "SET GLOBAL ssl_key = 'server-key.pem'",
            "ALTER INSTANCE RELOAD TLS");
      }
    };
  }

  @Override
  List<String> silenceOfRun(Schema schema) throws SQLException {
    return schema.rows(
        """
        SELECT DISTINCT v.variable_value
          FROM performance_schema.metadata_locks AS m
          JOIN performance_schema.variables_by_thread AS v ON v.thread_id = m.owner_thread_id
         WHERE m.object_type = 'USER LEVEL LOCK' AND v.variable_name = 'wait_timeout'
        """);
  }

  @Override
  GenericContainer<?> container() {
    return container;
  }

  @Override
  String host() {
    return address.host();
  }

  @Override
  int port() {
    return address.port();
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
