package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A change event can arrive before its transaction is visible. Semi-synchronous replication without
 * a replica holds a commit for seconds just there: the row is in the binary log, other sessions
 * still read the old one.
 */
@OnServers(whichHave = Ability.BINARY_LOG)
class FenceTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    if (db == Db.MARIADB) {
      schema.execute(
          "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC'",
          "SET GLOBAL rpl_semi_sync_master_wait_no_slave = ON",
          "SET GLOBAL rpl_semi_sync_master_timeout = 3000");
    } else {
      schema.execute(
          "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'",
          "SET GLOBAL rpl_semi_sync_source_wait_point = 'AFTER_SYNC'",
          "SET GLOBAL rpl_semi_sync_source_wait_no_replica = ON",
          "SET GLOBAL rpl_semi_sync_source_timeout = 3000");
    }
  }

  @AfterEach
  void restore() throws Exception {
    if (schema != null) {
      holdCommits(false);
      if (db == Db.MYSQL) {
        schema.execute("UNINSTALL PLUGIN rpl_semi_sync_source");
      }
    }
  }

  @Test
  void aChangeThatIsLoggedButNotYetVisibleIsNotLost() throws Exception {
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
}
