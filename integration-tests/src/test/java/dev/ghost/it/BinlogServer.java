package dev.ghost.it;

import static org.awaitility.Awaitility.await;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/** MySQL or MariaDB. */
abstract class BinlogServer extends Server implements AutoCloseable {

  /** The connections without TLS. */
  static final String IN_THE_CLEAR =
      "SELECT CONCAT(processlist_id, ' ', processlist_command) FROM performance_schema.threads"
          + " WHERE connection_type = 'TCP/IP'";

  /**
   * For the data of a server that is not restarted: the file system is gone with the container. A
   * commit waits for no disk there. The server's settings are its own: it syncs as it always does.
   */
  static final Map<String, String> IN_MEMORY = Map.of("/var/lib/mysql", "rw");

  private final String scheme;

  /** What this one replicates from; null for most. */
  private BinlogServer source;

  BinlogServer(String scheme) {
    this.scheme = scheme;
  }

  /** Starts a server that replicates what is written to this one from now on. */
  abstract BinlogServer replica() throws SQLException;

  @Override
  String running() {
    return "SELECT time, state, LEFT(info, 300) FROM information_schema.processlist"
        + " WHERE command <> 'Sleep'";
  }

  @Override
  String streams() {
    return "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'";
  }

  /** The container; null where the server is embedded. */
  abstract GenericContainer<?> container();

  /**
   * Has a server replicate what is written to this one; when it is closed, this one forgets it.
   * Left alone, it would keep a replica whose network is gone for as long as TCP does.
   */
  final BinlogServer replicate(BinlogServer replica, String changeSource) throws SQLException {
    replica.execute(changeSource, "START REPLICA");
    replica.source = this;
    return replica;
  }

  private void forget(BinlogServer replica) throws SQLException {
    try (Connection c = connect("")) {
      String sessions =
          "%s AND host LIKE '%s:%%'".formatted(streams(), addressOf(replica.container()));
      execute(rows(c, sessions).stream().map(this::endSession).toArray(String[]::new));
      await().until(() -> rows(c, sessions).isEmpty());
    }
  }

  @Override
  public final void close() {
    if (source != null) {
      try {
        execute("STOP REPLICA");
        source.forget(this);
      } catch (SQLException e) {
        throw new IllegalStateException("The source has not forgotten its replica", e);
      }
    }
    container().stop();
  }

  /** The options with which a replica says where this machine reaches it. */
  static String[] replicaOptions(int port) {
    return new String[] {
      "--server-id=2",
      "--innodb-buffer-pool-size=64M",
      "--report-host=" + DockerClientFactory.instance().dockerHostIpAddress(),
      "--report-port=" + port
    };
  }

  /** Where other containers find one. */
  static String addressOf(GenericContainer<?> container) {
    return container.getContainerInfo().getNetworkSettings().getNetworks().values().stream()
        .findFirst()
        .orElseThrow()
        .getIpAddress();
  }

  /** For how long a statement that reads may take. */
  abstract String readLimit(boolean on);

  @Override
  void shortTimeouts(boolean on) throws SQLException {
    execute(
        "SET GLOBAL wait_timeout = " + (on ? "1" : "28800"),
        "SET GLOBAL lock_wait_timeout = " + (on ? "1" : "86400"),
        "SET GLOBAL innodb_lock_wait_timeout = " + (on ? "1" : "50"),
        readLimit(on));
  }

  /** The file that all tables share, which cannot grow beyond this. */
  static final String SMALL_DISK = "--innodb-data-file-path=ibdata1:12M:autoextend:max:48M";

  @Override
  void onSmallDisk(DedicatedServer own, Schema empty) throws SQLException {
    execute("SET GLOBAL innodb_file_per_table = OFF");
  }

  /** What a dropped table leaves in the shared file is free only after a while. */
  @Override
  void makeRoom() throws SQLException {
    execute("SET GLOBAL innodb_file_per_table = ON");
  }

  @Override
  void withoutSmallDisk() {}

  /** Lets a session make as many rows as it likes in one statement. */
  abstract String unlimitedRows();

  @Override
  String url(String schema) {
    return scheme
        + "://root@%s:%d/%s"
            .formatted(
                host(),
                port(),
                URLEncoder.encode(schema, StandardCharsets.UTF_8).replace("+", "%20"));
  }

  @Override
  String poolUrl(String schema) {
    return "jdbc:mysql://%s:%d/%s?allowPublicKeyRetrieval=true".formatted(host(), port(), schema);
  }

  @Override
  String user() {
    return "root";
  }

  @Override
  Connection connect(String schema) throws SQLException {
    Connection c =
        DriverManager.getConnection(
            "jdbc:mysql://%s:%d/?allowPublicKeyRetrieval=true&allowLoadLocalInfile=true&sslMode=DISABLED"
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
      s.execute(unlimitedRows());
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
  String streamSessions() {
    return streams();
  }

  @Override
  String endSession(String session) {
    return "KILL " + session;
  }

  @Override
  String administrator() {
    return "root@";
  }

  @Override
  final void forgetLog(Schema schema) throws SQLException {
    // MariaDB would rather wait for replicas to come.
    String guard = "slave_connections_needed_for_purge";
    if (!schema.rows("SHOW VARIABLES LIKE '" + guard + "'").isEmpty()) {
      schema.execute("SET GLOBAL " + guard + " = 0");
    }
    schema.execute("FLUSH BINARY LOGS");
    // A log that a stream has just been reading is not purged at once.
    long deadline = System.nanoTime() + 30_000_000_000L;
    List<String> logs = schema.rows("SHOW BINARY LOGS");
    while (logs.size() > 1) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("the logs " + logs + " stay");
      }
      schema.execute(
          "PURGE BINARY LOGS TO '%s'".formatted(logs.get(logs.size() - 1).split("\\|")[0]));
      logs = schema.rows("SHOW BINARY LOGS");
    }
  }
}
