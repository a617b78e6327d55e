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
 * A change event can arrive before its transaction is visible: the commit is in the log, and other
 * sessions still read the old row. Semi-synchronous replication without a replica holds a commit
 * for seconds just there; on PostgreSQL, a synchronous standby that does not exist holds it as long
 * as we like.
 */
@OnServers
@Timeout(120)
class FenceTest {

  private static final String LOST =
      "SELECT (SELECT v FROM t WHERE id = 2) || ' and ' || (SELECT v FROM t_old WHERE id = 2)";

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    switch (db) {
      case MYSQL ->
          schema.execute(
              "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'",
              "SET GLOBAL rpl_semi_sync_source_wait_point = 'AFTER_SYNC'",
              "SET GLOBAL rpl_semi_sync_source_wait_no_replica = ON",
              "SET GLOBAL rpl_semi_sync_source_timeout = 3000");
      case MARIADB ->
          schema.execute(
              "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC'",
              "SET GLOBAL rpl_semi_sync_master_wait_no_slave = ON",
              "SET GLOBAL rpl_semi_sync_master_timeout = 3000");
      case POSTGRES ->
          schema.execute("SET synchronous_commit = local", "CREATE TABLE canary (n int)");
    }
  }

  @AfterEach
  void restore() throws Exception {
    if (schema == null) {
      return;
    }
    if (db == Db.POSTGRES) {
      standbys("");
      return;
    }
    holdCommits(false);
    if (db == Db.MYSQL) {
      schema.execute("UNINSTALL PLUGIN rpl_semi_sync_source");
    }
  }

  @Test
  void aChangeThatIsLoggedButNotYetVisibleIsNotLost() throws Exception {
    if (db == Db.POSTGRES) {
      migrateWhileHeld(schema.ghost("t", "ADD COLUMN note int"));
      assertThat(schema.value(LOST)).isEqualTo("20 and 20");
      return;
    }
    PausingListener listener = new PausingListener().at(Phase.VERIFY, this::updateWithSlowCommit);
    schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
    assertThat(schema.rows("SELECT id, v FROM t ORDER BY id"))
        .containsExactly("1|1", "2|20", "3|3");
  }

  /** Its commit is held between the binary log and the engine. */
  private void updateWithSlowCommit() throws Exception {
    holdCommits(true);
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      long begun = System.nanoTime();
      s.executeUpdate("UPDATE t SET v = 20 WHERE id = 2");
      assertThat(System.nanoTime() - begun).as("the commit was held").isGreaterThan(2_000_000_000L);
    }
    holdCommits(false);
  }

  private void holdCommits(boolean hold) throws Exception {
    schema.execute(
        "SET GLOBAL rpl_semi_sync_%s_enabled = %s"
            .formatted(db == Db.MYSQL ? "source" : "master", hold ? "ON" : "OFF"));
  }

  /**
   * The run that resumes knows nothing of the transaction: it must come through the stream again.
   */
  @Needs(Ability.STANDBYS)
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
  private void migrateWhileHeld(MigrationBuilder builder) throws Exception {
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
