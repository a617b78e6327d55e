package dev.ghost.it;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;

/** The databases that the suites run on; each has one server, which all tests share. */
enum Db {
  MYSQL {
    @Override
    Server start(boolean docker) {
      Assumptions.assumeTrue(docker, "skipped: no Docker here, and this test needs a MySQL server");
      return new MySqlServer();
    }
  },
  MARIADB {
    @Override
    Server start(boolean docker) {
      return new MariaDbServer(docker);
    }
  },
  POSTGRES {
    @Override
    Server start(boolean docker) {
      return new PostgresServer(docker);
    }
  };

  /** Guarded by the class. */
  private static final Map<Db, Server> SHARED = new EnumMap<>(Db.class);

  abstract Server start(boolean docker);

  /**
   * The server, started by the first who asks. Without Docker what has no embedded server is
   * skipped, unless GHOST_REQUIRE_DOCKER is set.
   */
  Server server() {
    String only = System.getProperty("ghost.db", name());
    Assumptions.assumeTrue(only.equalsIgnoreCase(name()), "skipped: only " + only + " is wanted");
    synchronized (Db.class) {
      if (!SHARED.containsKey(this)) {
        boolean docker =
            System.getenv("GHOST_REQUIRE_DOCKER") != null
                || (!Boolean.getBoolean("ghost.no-docker")
                    && DockerClientFactory.instance().isDockerAvailable());
        SHARED.put(this, start(docker));
      }
      return SHARED.get(this);
    }
  }

  /** The image of a server: a property or environment variable names another than the official. */
  static String image(String db, String official) {
    return System.getProperty(
        "ghost." + db + ".image",
        System.getenv()
            .getOrDefault("GHOST_%s_IMAGE".formatted(db.toUpperCase(Locale.ROOT)), official));
  }
}
