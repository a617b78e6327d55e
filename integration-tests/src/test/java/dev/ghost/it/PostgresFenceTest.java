package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.Phase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A commit that waits for a synchronous standby is in the log, and comes through the stream, but
 * other sessions still read the old row. A standby that does not exist holds it as long as we like.
 */
@OnServers(whichHave = Ability.STANDBYS)
@Timeout(120)
class PostgresFenceTest {

  private static final String LOST =
      "SELECT (SELECT v FROM t WHERE id = 2) || ' and ' || (SELECT v FROM t_old WHERE id = 2)";

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute(
        "SET synchronous_commit = local",
        "CREATE TABLE canary (n int)",
        "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL)",
        "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
  }

  @AfterEach
  void restore() throws Exception {
    if (schema != null) {
      standbys("");
    }
  }

  @Test
  void aChangeThatIsLoggedButNotYetVisibleIsNotLost() throws Exception {
    migrate(schema.ghost("t", "ADD COLUMN note int"));
    assertThat(schema.value(LOST)).isEqualTo("20 and 20");
  }

  /**
   * The run that resumes knows nothing of the transaction: it must come through the stream again.
   */
  @Test
  void norIsOneThatIsNotYetVisibleWhenTheRunDies(@TempDir Path directory) throws Exception {
    Path hold = Files.createFile(directory.resolve("hold"));
    Thread writer = new Thread(this::update);
    try (Launcher first = start("--throttle-file", hold.toString())) {
      first.awaitLine("\"phase\":\"copy\"");
      standbys("nobody");
      new Thread(this::commitUntilHeld).start();
      awaitHeldCommits(1);
      writer.start();
      awaitHeldCommits(2);
      awaitConfirmation(schema.value("SELECT pg_current_wal_lsn()"));
      first.kill();
    }
    try (Launcher second = start("--skip-verify")) {
      second.awaitLine("\"phase\":\"copy\"");
      letGoSoon();
      assertThat(second.exitCode()).as(second.output()).isZero();
    }
    writer.join();
    assertThat(schema.value(LOST)).isEqualTo("20 and 20");
  }

  private Launcher start(String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("alter", "--url", schema.url(), "--output", "json"));
    arguments.addAll(List.of("--table", "t", "--alter", "ADD COLUMN note int"));
    arguments.addAll(List.of(options));
    return Launcher.start(arguments.toArray(String[]::new));
  }

  /** Waits until a position is confirmed to the slot, or surely will not be. */
  private void awaitConfirmation(String position) throws Exception {
    long deadline = System.nanoTime() + 6_000_000_000L;
    String confirmed =
        "SELECT count(*) FROM pg_replication_slots WHERE confirmed_flush_lsn >= '%s'"
            .formatted(position);
    while (schema.value(confirmed).equals("0") && System.nanoTime() < deadline) {
      Thread.sleep(50);
    }
  }

  /**
   * The writer's commit is held from before the cutover until its event has surely been handled.
   */
  private void migrate(MigrationBuilder builder) throws Exception {
    Thread[] writer = new Thread[1];
    PausingListener listener =
        new PausingListener()
            .at(
                Phase.CUTOVER,
                () -> {
                  standbys("nobody");
                  new Thread(this::commitUntilHeld).start();
                  awaitHeldCommits(1);
                  writer[0] = new Thread(this::update);
                  writer[0].start();
                  awaitHeldCommits(2);
                  new Thread(this::letGoSoon).start();
                });
    builder.listener(listener).build().run();
    writer[0].join();
  }

  private void update() {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.executeUpdate("UPDATE t SET v = 20 WHERE id = 2");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The server takes the new setting at a moment that nothing shows but a commit that waits. */
  private void commitUntilHeld() {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      long begun;
      do {
        begun = System.nanoTime();
        s.executeUpdate("INSERT INTO canary VALUES (1)");
      } while (System.nanoTime() - begun < 1_000_000_000L);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitHeldCommits(int count) throws SQLException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (schema.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'").size()
        < count) {
      assertThat(System.nanoTime()).as("no commit is held").isLessThan(deadline);
    }
  }

  /**
   * Waits until our marker, which comes after the held commit, has been confirmed to the server.
   */
  private void letGoSoon() {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute("SET synchronous_commit = local");
      s.executeQuery("SELECT pg_sleep(3)").close();
      standbys(c, "");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void standbys(String names) throws SQLException {
    try (Connection c = schema.connect()) {
      standbys(c, names);
    }
  }

  private static void standbys(Connection c, String names) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute("ALTER SYSTEM SET synchronous_standby_names = '%s'".formatted(names));
      s.executeQuery("SELECT pg_reload_conf()").close();
    }
  }
}
