package dev.ghost.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A real PgBouncer in front of a server, as a process of this machine. */
final class PgBouncer implements AutoCloseable {

  private static final Path PROGRAM = Path.of("/usr/sbin/pgbouncer");
  private static final long MOST_START_SECONDS = 20;

  private final Process process;
  private final Path log;
  private final int port = Server.freePort();

  /**
   * Starts one.
   *
   * @param mode its {@code pool_mode}
   * @param size how many sessions it may have
   * @param folder for its files
   */
  PgBouncer(PostgresServer server, String mode, int size, Path folder)
      throws IOException, InterruptedException {
    // It runs as another user, for it does not want to be root.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path users =
        Files.writeString(
            folder.resolve("users.txt"), "\"postgres\" \"%s\"\n".formatted(Server.PASSWORD));
    Path settings =
        Files.writeString(
            folder.resolve("pgbouncer.ini"),
            """
            [databases]
            test = host=%s port=%d dbname=test
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = %d
            unix_socket_dir =
            auth_type = plain
            auth_file = %s
            pool_mode = %s
            default_pool_size = %d
            """
                .formatted(
                    server.host().equals("localhost") ? "127.0.0.1" : server.host(),
                    server.port(),
                    port,
                    users,
                    mode,
                    size));
    log = folder.resolve("pgbouncer.log");
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.add(settings.toString());
    process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    awaitStart();
  }

  /** Skips the test where there is none, unless this machine has to have everything. */
  static void assumeInstalled() {
    Assumptions.assumeTrue(
        System.getenv("GHOST_REQUIRE_DOCKER") != null || Files.isExecutable(PROGRAM),
        "skipped: pgbouncer is not installed");
  }

  /** Returns true when it passes logins for replication on, as it does since 1.23. */
  static boolean replicates() throws IOException {
    Process asked = new ProcessBuilder(PROGRAM.toString(), "--version").start();
    String version =
        new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .findFirst()
            .orElseThrow()
            .replaceFirst("(?i)pgbouncer (version )?", "");
    String[] parts = version.split("\\.");
    return Integer.parseInt(parts[0]) > 1 || Integer.parseInt(parts[1]) >= 23;
  }

  private void awaitStart() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_START_SECONDS);
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        close();
        throw new IllegalStateException("pgbouncer did not start: " + Files.readString(log));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** The URL of the database by way of here. */
  String url() {
    return "postgresql://postgres@127.0.0.1:%d/test".formatted(port);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
