package dev.ghost.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;

/**
 * A server that all tests share, one after the other. The image of each database, and those of its
 * other versions, come from properties or environment variables.
 */
final class TestServer {

  /** How many tests run at the same time, each on another server. */
  private static final int CONCURRENT = Integer.getInteger("ghost.concurrent", 2);

  private static final Semaphore RUNNING = new Semaphore(CONCURRENT, true);
  private static final Map<String, TestServer> ALL = new ConcurrentHashMap<>();

  private final Db db;
  private final String image;
  private final Semaphore use = new Semaphore(1, true);

  /** Guarded by this. */
  private Server server;

  private TestServer(Db db, String image) {
    this.db = db;
    this.image = image;
  }

  /** Those that a suite runs on; {@code -Dghost.db} leaves one database. */
  static List<TestServer> of(OnServers wanted) {
    String only = System.getProperty("ghost.db", "");
    List<TestServer> servers = new ArrayList<>();
    for (Db db : Db.values()) {
      if (!db.can(wanted.whichHave())) {
        continue;
      }
      if (!only.isEmpty() && !only.equalsIgnoreCase(db.name())) {
        continue;
      }
      servers.add(of(db, setting(db, "image").orElse(db.officialImage())));
      if (List.of(wanted.otherVersions()).contains(db)) {
        setting(db, "other_images").stream()
            .flatMap(images -> Stream.of(images.split(",")))
            .forEach(image -> servers.add(of(db, image)));
      }
    }
    return servers;
  }

  private static TestServer of(Db db, String image) {
    return ALL.computeIfAbsent(image, i -> new TestServer(db, i));
  }

  private static Optional<String> setting(Db db, String what) {
    String name = "GHOST_%s_%s".formatted(db, what.toUpperCase(Locale.ROOT));
    String property = name.toLowerCase(Locale.ROOT).replaceFirst("_", ".").replaceFirst("_", ".");
    return Optional.ofNullable(System.getProperty(property, System.getenv(name)))
        .filter(s -> !s.isBlank());
  }

  Db db() {
    return db;
  }

  /** Waits for its turn. */
  void acquire(boolean alone) throws InterruptedException {
    use.acquire();
    RUNNING.acquire(alone ? CONCURRENT : 1);
  }

  void release(boolean alone) {
    RUNNING.release(alone ? CONCURRENT : 1);
    use.release();
  }

  /**
   * Starts it, when it is first asked for. Without Docker, what has no embedded server is skipped,
   * unless GHOST_REQUIRE_DOCKER is set.
   */
  synchronized Server server() {
    if (server == null) {
      boolean docker = docker();
      Assumptions.assumeTrue(
          docker || db != Db.MYSQL, "skipped: no Docker here, and this test needs a MySQL server");
      server = db.start(docker ? Optional.of(image) : Optional.empty());
    }
    return server;
  }

  private static boolean docker() {
    return System.getenv("GHOST_REQUIRE_DOCKER") != null
        || (!Boolean.getBoolean("ghost.no-docker")
            && DockerClientFactory.instance().isDockerAvailable());
  }

  @Override
  public String toString() {
    return db + " " + image;
  }
}
