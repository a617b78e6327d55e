package dev.ghost.it;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/** PostgreSQL in a container. */
final class PostgresServer extends Server {

  private static final List<String> SETTINGS =
      List.of(
          "wal_level=logical",
          "max_prepared_transactions=10",
          "shared_buffers=256MB",
          "max_wal_size=2GB");

  private static final String SMALL_DISK = "/small";

  /**
   * For the data of a server that is not restarted: the file system is gone with the container. A
   * commit waits for no disk there. The server's settings are its own: it syncs as it always does.
   */
  private static final String MEMORY = "/var/lib/postgresql";

  /** In the container. */
  private static final int STANDBY_PORT = 5433;

  /** Null when the server is the embedded one. */
  private PostgreSQLContainer container;

  /** Empty for the embedded one. */
  private final Optional<String> image;

  private final Address address;

  /** In a container; without Docker, the embedded one. */
  PostgresServer(Optional<String> image) {
    this(image, 0);
  }

  /**
   * @param fixed port of this machine; 0 for any
   */
  private PostgresServer(Optional<String> image, int fixed) {
    this.image = image;
    if (image.isPresent()) {
      container = container(image.get());
      container.addExposedPorts(STANDBY_PORT);
      if (fixed == 0) {
        inMemory(container);
      } else {
        container.setPortBindings(List.of(fixed + ":5432"));
        container.withTmpFs(Map.of(SMALL_DISK, "rw,size=16m"));
      }
      container.start();
      address = fixed == 0 ? Address.of(container, 5432) : Address.mapped(container, 5432);
    } else {
      address = new Address("127.0.0.1", embedded());
    }
    // Whatever the image's locale is, ours is known.
    try (Connection c = connect("postgres", "");
        Statement s = c.createStatement()) {
      s.execute("CREATE DATABASE test ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0");
      if (c.getMetaData().getDatabaseMajorVersion() >= 16) {
        // The driver hashes the password again for each connection, 4,096 times else.
        s.execute("SET scram_iterations = 1");
        s.execute("ALTER ROLE postgres PASSWORD '%s'".formatted(PASSWORD));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("resource") // stopped with the JVM, by Testcontainers
  private static PostgreSQLContainer container(String image) {
    List<String> command = new ArrayList<>(List.of("postgres"));
    SETTINGS.forEach(s -> command.addAll(List.of("-c", s)));
    return new PostgreSQLContainer(
            DockerImageName.parse(image).asCompatibleSubstituteFor("postgres"))
        .withUsername("postgres")
        .withPassword(PASSWORD)
        .withDatabaseName("postgres")
        .withCommand(command.toArray(String[]::new));
  }

  private static void inMemory(PostgreSQLContainer container) {
    container
        .withTmpFs(Map.of(MEMORY, "rw"))
        // An official image has a volume of its own elsewhere, which would be on a disk.
        .withEnv("PGDATA", MEMORY + "/memory")
        // Docker gives it to root.
        .withCreateContainerCmdModifier(
            command ->
                command.withEntrypoint(
                    "sh",
                    "-c",
                    """
                    chown postgres %s
                    exec "$(command -v docker-entrypoint.sh || echo /entrypoint.sh)" "$@"
                    """
                        .formatted(MEMORY),
                    "sh"));
  }

  private static int embedded() {
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
    SETTINGS.forEach(s -> builder.setServerConfig(s.split("=")[0], s.split("=")[1]));
    try {
      return builder.start().getPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  String url(String schema) {
    return "postgresql://postgres@%s:%d/test%s"
        .formatted(
            host(),
            port(),
            schema.isEmpty()
                ? ""
                : "?currentSchema="
                    + URLEncoder.encode(schema, StandardCharsets.UTF_8).replace("+", "%20"));
  }

  @Override
  @SuppressWarnings("resource") // closed with what is returned
  DedicatedServer another() {
    Assumptions.assumeTrue(container != null, "skipped: a server of one's own needs Docker");
    PostgresServer another = new PostgresServer(image, freePort());
    return new DedicatedServer(another, another.container);
  }

  @Override
  String poolUrl(String schema) {
    return "jdbc:postgresql://%s:%d/test?currentSchema=%s".formatted(host(), port(), schema);
  }

  @Override
  String user() {
    return "postgres";
  }

  @Override
  Connection connect(String schema) throws SQLException {
    return connect("test", schema);
  }

  private Connection connect(String database, String schema) throws SQLException {
    Connection c =
        DriverManager.getConnection(
            "jdbc:postgresql://%s:%d/%s".formatted(host(), port(), database), "postgres", PASSWORD);
    if (!schema.isEmpty()) {
      enter(c, schema);
    }
    return c;
  }

  private void enter(Connection c, String schema) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute("SET search_path TO %s, public".formatted(quote(schema)));
    }
  }

  @Override
  String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  void create(Connection c, String schema) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute("SET lock_timeout = '60s'");
      s.execute("DROP SCHEMA IF EXISTS %s CASCADE".formatted(quote(schema)));
      s.execute("CREATE SCHEMA " + quote(schema));
    }
    enter(c, schema);
  }

  /** With what a failed test may have left of ghost's, for the next would be blamed for it. */
  @Override
  void drop(Connection c, String schema) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute(
          """
          SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots
          WHERE slot_name LIKE 'ghost\\_%' AND active_pid IS NOT NULL
          """);
      s.execute(
          """
          SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
          WHERE slot_name LIKE 'ghost\\_%'
          """);
      for (String left : rows(c, PUBLICATIONS)) {
        s.execute("DROP PUBLICATION " + quote(left));
      }
      for (String left : rows(c, WORKING_SCHEMAS.formatted(schema.replace("'", "''")))) {
        s.execute("DROP SCHEMA %s CASCADE".formatted(quote(left)));
      }
      s.execute("DROP SCHEMA %s CASCADE".formatted(quote(schema)));
    }
  }

  private static final String WORKING_SCHEMAS =
      "SELECT nspname FROM pg_namespace WHERE (starts_with(nspname, '%1$s_') OR"
          + " starts_with(nspname, '%1$s~')) AND nspname LIKE '%%\\_gho'";

  private static final String PUBLICATIONS =
      "SELECT pubname FROM pg_publication WHERE pubname LIKE 'ghost\\_%'";

  @Override
  List<String> leftovers(Connection c, String schema) throws SQLException {
    return rows(
        c,
        WORKING_SCHEMAS.formatted(schema.replace("'", "''"))
            + " UNION ALL SELECT slot_name FROM pg_replication_slots UNION ALL "
            + PUBLICATIONS);
  }

  @Override
  String fillNumbers(int count) {
    return "INSERT INTO n SELECT * FROM generate_series(1, " + count + ")";
  }

  @Override
  Set<String> rolledBack() {
    return Set.of("40001", "40P01");
  }

  @Override
  String running() {
    return "SELECT clock_timestamp() - query_start, wait_event, left(query, 300)"
        + " FROM pg_stat_activity WHERE state = 'active'";
  }

  @Override
  String streams() {
    return "SELECT slot_name FROM pg_replication_slots WHERE active";
  }

  @Override
  String streamSessions() {
    return "SELECT active_pid FROM pg_replication_slots WHERE active";
  }

  @Override
  String endSession(String session) {
    return "SELECT pg_terminate_backend(%s)".formatted(session);
  }

  @Override
  String administrator() {
    return "postgres@";
  }

  @Override
  void shortTimeouts(boolean on) throws SQLException {
    for (String name :
        List.of(
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "idle_session_timeout")) {
      execute(
          on
              ? "ALTER ROLE postgres SET %s = '%s'"
                  .formatted(name, name.startsWith("idle") ? "500ms" : "50ms")
              : "ALTER ROLE postgres RESET " + name);
    }
  }

  /** A disk of 16 MB. */
  @Override
  void onSmallDisk(DedicatedServer own, Schema empty) throws Exception {
    own.shell("chown postgres: " + SMALL_DISK);
    empty.execute(
        "CREATE TABLESPACE small LOCATION '%s'".formatted(SMALL_DISK),
        "SET default_tablespace = small");
  }

  /** It is made by dropping a table. */
  @Override
  void makeRoom() {}

  /** The disk is empty after a crash, and recovery must not look for anything on it. */
  @Override
  void withoutSmallDisk() throws SQLException {
    execute("DROP TABLESPACE small");
    execute("CHECKPOINT");
  }

  /** Takes the slots from anyone who has not noticed yet that he is alone, and drops them. */
  @Override
  void forgetLog(Schema schema) throws SQLException {
    schema.execute(
        """
        DO $$
        BEGIN
          PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active;
          PERFORM pg_drop_replication_slot(slot_name) FROM pg_replication_slots;
        END $$
        """);
  }

  /** What pg_dump says of a schema; empty where there is no pg_dump. */
  List<String> dump(String schema) throws Exception {
    if (container == null) {
      return List.of();
    }
    String output =
        container
            .execInContainer(
                "pg_dump",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "--schema-only",
                "-n",
                schema,
                "test")
            .getStdout();
    return output
        .lines()
        .filter(l -> !l.startsWith("--") && !l.startsWith("\\") && !l.isBlank())
        .toList();
  }

  @Override
  Tls tls() throws Exception {
    Assumptions.assumeTrue(container != null, "skipped: TLS needs Docker");
    SelfSigned own = SelfSigned.make();
    container.copyFileToContainer(Transferable.of(own.certificate()), "/tmp/tls.crt");
    container.copyFileToContainer(Transferable.of(own.key(), 0600), "/tmp/tls.key");
    container.execInContainer("chown", "postgres", "/tmp/tls.crt", "/tmp/tls.key");
    reload(
        "on",
        "ALTER SYSTEM SET ssl_cert_file = '/tmp/tls.crt'",
        "ALTER SYSTEM SET ssl_key_file = '/tmp/tls.key'",
        "ALTER SYSTEM SET ssl = on");
    return new Tls() {
      @Override
      public Server server() {
        return PostgresServer.this;
      }

      @Override
      public String authority() {
        return own.certificate();
      }

      @Override
      public void replaceCertificate(SelfSigned other) throws Exception {
        // A name of its own tells that it is read.
        String file = "/tmp/tls" + System.nanoTime();
        container.copyFileToContainer(Transferable.of(other.certificate()), file + ".crt");
        container.copyFileToContainer(Transferable.of(other.key(), 0600), file + ".key");
        container.execInContainer("chown", "postgres", file + ".crt", file + ".key");
        reload(
            "on",
            "ALTER SYSTEM SET ssl_cert_file = '%s.crt'".formatted(file),
            "ALTER SYSTEM SET ssl_key_file = '%s.key'".formatted(file));
      }

      @Override
      public List<String> unprotected(Connection c) throws SQLException {
        return rows(
            c,
            "SELECT a.application_name FROM pg_stat_ssl AS s JOIN pg_stat_activity AS a USING (pid)"
                + " WHERE NOT s.ssl AND a.application_name <> 'PostgreSQL JDBC Driver' AND"
                + " a.client_addr IS NOT NULL");
      }

      @Override
      public void close() throws SQLException {
        reload("off", "ALTER SYSTEM RESET ALL");
      }
    };
  }

  private void reload(String ssl, String... statements) throws SQLException {
    try (Connection c = connect("")) {
      try (Statement s = c.createStatement()) {
        for (String sql : statements) {
          s.execute(sql);
        }
        s.execute("SELECT pg_reload_conf()");
      }
      String file =
          rows(c, "SELECT setting FROM pg_file_settings WHERE name = 'ssl_cert_file'").stream()
              .reduce("", (a, b) -> b);
      Until.holds(() -> hasRead(ssl, file));
    }
  }

  /** A new session has what the server's first process has, which accepts connections. */
  private boolean hasRead(String ssl, String certificate) throws SQLException {
    try (Connection fresh = connect("")) {
      return rows(fresh, "SHOW ssl").equals(List.of(ssl))
          && rows(fresh, "SHOW ssl_cert_file").get(0).endsWith(certificate);
    }
  }

  /** Runs a script as the server's own user, in its container. */
  private String shell(String script) throws IOException, InterruptedException {
    var result =
        container.execInContainer(
            "su", "postgres", "-c", "PATH=$(echo /usr/lib/postgresql/*/bin):$PATH; " + script);
    if (result.getExitCode() != 0) {
      throw new IllegalStateException(result.getStderr());
    }
    return result.getStdout();
  }

  /** A standby, in the same container, which lets everybody in; closing it stops it. */
  Standby standby() throws IOException, InterruptedException {
    Assumptions.assumeTrue(container != null, "skipped: a standby needs Docker");
    shell(
        """
        export PGPASSWORD='%s'
        rm -rf /tmp/standby
        pg_basebackup -h 127.0.0.1 -U postgres -D /tmp/standby -R -c fast
        printf 'local all all trust\nhost all all all trust\n' >/tmp/standby/pg_hba.conf
        pg_ctl -D /tmp/standby -w -l /tmp/standby.log \
            -o '-p 5433 -c listen_addresses=0.0.0.0 -c max_prepared_transactions=10 -c shared_buffers=32MB' start >/dev/null
        """
            .formatted(PASSWORD));
    return new Standby();
  }

  /** Replays what the server writes. */
  final class Standby implements AutoCloseable {
    /** From this machine. */
    InetSocketAddress address() {
      return new InetSocketAddress(container.getHost(), container.getMappedPort(STANDBY_PORT));
    }

    void sql(String sql) throws IOException, InterruptedException {
      shell(
          "PGPASSWORD='%s' psql -h 127.0.0.1 -p 5433 -U postgres -c '%s'".formatted(PASSWORD, sql));
    }

    @Override
    public void close() throws IOException, InterruptedException {
      shell("pg_ctl -D /tmp/standby -w -m fast stop >/dev/null");
    }
  }

  @Override
  String host() {
    return address.host();
  }

  @Override
  int port() {
    return address.port();
  }
}
