package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Ghost;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Strategy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Foreign keys of other tables, on MySQL and MariaDB: they refer to the new table, by their own
 * names, and at no moment they let through what they should not, or refuse what they should not.
 */
@OnServers(whichHave = Ability.KEYS_REFER_TO_NAMES)
class ReferringTest {

  private static final int REFUSED_BY_KEY = 1452;

  private final AtomicInteger next = new AtomicInteger(10_000);
  private final List<Integer> families = Collections.synchronizedList(new ArrayList<>());

  @Provided private Schema schema;
  private List<String> keys;
  private List<String> indexes;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(3_000);
    schema.execute(
        "CREATE TABLE elder (id INT PRIMARY KEY)",
        "INSERT INTO elder SELECT i FROM n WHERE i <= 10",
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, elder_id INT DEFAULT 1, CONSTRAINT"
            + " to_elder FOREIGN KEY (elder_id) REFERENCES elder (id))",
        "INSERT INTO t (id, v) SELECT i, i FROM n",
        "CREATE TABLE child (id INT PRIMARY KEY AUTO_INCREMENT, t_id INT, elder_id INT, CONSTRAINT"
            + " to_t FOREIGN KEY (t_id) REFERENCES t (id) ON DELETE CASCADE ON UPDATE CASCADE,"
            + " FOREIGN KEY (elder_id) REFERENCES elder (id))",
        "INSERT INTO child (t_id) SELECT i FROM n",
        "CREATE TABLE second (id INT PRIMARY KEY, t_id INT NOT NULL, FOREIGN KEY (t_id) REFERENCES"
            + " t (id))",
        "INSERT INTO second SELECT i, i FROM n WHERE i <= 100");
    keys = schema.rows(AttachmentsTest.KEYS);
    indexes = schema.rows(AttachmentsTest.INDEXES);
    assertThat(keys).hasSize(4);
  }

  /** A row and one that refers to it; now and then a row goes, and what refers to it with it. */
  private void family(Connection c, Random random) throws SQLException {
    int id = next.incrementAndGet();
    try (Statement s = c.createStatement()) {
      s.execute("INSERT INTO t (id, v) VALUES (%d, 1)".formatted(id));
      s.execute("INSERT INTO child (t_id, elder_id) VALUES (%d, 1)".formatted(id));
      if (random.nextInt(5) == 0) {
        s.execute("DELETE FROM t WHERE id = %d".formatted(id));
      } else {
        families.add(id);
      }
      if (random.nextInt(7) == 0) {
        assertThatThrownBy(() -> s.execute("INSERT INTO child (t_id) VALUES (-1)"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(REFUSED_BY_KEY));
      }
    }
  }

  private void awaitFamilies(int more) {
    int after = families.size() + more;
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (families.size() < after && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  private void assertIntact() throws Exception {
    assertThat(schema.rows(AttachmentsTest.KEYS)).isEqualTo(keys);
    // MySQL and MariaDB would build an implicit one again, under the lock, and by another name.
    assertThat(schema.rows(AttachmentsTest.INDEXES)).isEqualTo(indexes);
    assertThat(schema.count("child c LEFT JOIN t ON t.id = c.t_id WHERE t.id IS NULL")).isZero();
    for (int family : families) {
      assertThat(schema.count("t JOIN child c ON c.t_id = t.id WHERE t.id = " + family)).isOne();
    }
    assertThatThrownBy(() -> schema.execute("DELETE FROM t WHERE id = 5"))
        .hasMessageContaining("foreign key constraint");
    schema.execute("DELETE FROM t WHERE id = 2000");
    assertThat(schema.count("child WHERE t_id = 2000")).isZero();
    schema.execute(
        "INSERT INTO t (id, v) VALUES (2000, 1)", "INSERT INTO child (t_id) VALUES (2000)");
  }

  @Test
  void theyFollowWhileWritersGoOn() throws Exception {
    for (int round = 1; round <= 3; round++) {
      String change = "ADD COLUMN note%d INT".formatted(round);
      MigrationResult result;
      try (Connection one = schema.connect();
          Connection two = schema.connect();
          BackgroundLoop first = new BackgroundLoop(1, r -> family(one, r));
          BackgroundLoop second = new BackgroundLoop(2, r -> family(two, r))) {
        result = schema.ghost("t", change).dropRetired(true).build().run();
        awaitFamilies(20);
      }
      assertThat(result.warnings()).anyMatch(w -> w.contains("to_t") && w.contains("child"));
      assertIntact();
    }
  }

  @Test
  void theyFollowOnTheWayBackAsWell() throws Exception {
    try (Connection one = schema.connect();
        Connection two = schema.connect();
        BackgroundLoop first = new BackgroundLoop(3, r -> family(one, r));
        BackgroundLoop second = new BackgroundLoop(4, r -> family(two, r))) {
      schema.ghost("t", "ADD COLUMN note INT").build().run();
      awaitFamilies(20);
      schema.revert("t").dropRetired(true).build().run();
      awaitFamilies(20);
    }
    assertThat(schema.hasColumn("t", "note")).isFalse();
    assertIntact();
  }

  /** As long as it is not to be had, everything is as it was. */
  @Test
  void aTransactionOnATableThatRefers() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      List<List<String>> meanwhile = new ArrayList<>();
      PausingListener listener =
          new PausingListener()
              .whenPostponed(
                  attempt -> {
                    meanwhile.add(schema.rows(AttachmentsTest.KEYS));
                    if (attempt == 2) {
                      reader.rollback();
                    }
                  })
              .at(
                  Phase.CUTOVER,
                  () -> {
                    try (Statement s = reader.createStatement()) {
                      s.execute("UPDATE child SET t_id = t_id + 1 WHERE id = 7");
                    }
                  });
      MigrationResult result =
          schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
      assertThat(result.cutoverAttempts()).isGreaterThanOrEqualTo(3);
      assertThat(listener.postponed).first().asString().contains("in a transaction for");
      assertThat(meanwhile).isNotEmpty().allMatch(keys::equals);
      assertIntact();
    }
  }

  private void endedAt(Phase phase) {
    MigrationListener listener =
        new MigrationListener() {
          @Override
          public void phaseStarted(Phase started) {
            if (started == phase) {
              throw new StoppedException("killed", "");
            }
          }
        };
    assertThatThrownBy(
            () -> schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run())
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("killed");
  }

  private void alterUnchecked(String statement) throws SQLException {
    schema.execute(
        "SET SESSION foreign_key_checks = 0", statement, "SET SESSION foreign_key_checks = 1");
  }

  /** What a kill leaves between the second key and the swap. */
  @Test
  void goesOnWithKeysThatReferToTheGhostAsWell() throws Exception {
    // An implicit index would be replaced by this test's own statement.
    schema.execute("CREATE INDEX by_t ON child (t_id)");
    indexes = schema.rows(AttachmentsTest.INDEXES);
    endedAt(Phase.CUTOVER);
    alterUnchecked(
        "ALTER TABLE child ADD CONSTRAINT to_t_gho FOREIGN KEY (t_id) REFERENCES t_gho (id)");
    schema.ghost("t", "ADD COLUMN note INT").build().run();
    assertIntact();
  }

  @Test
  void cleansUpKeysThatReferToTheGhostAsWell() throws Exception {
    endedAt(Phase.CUTOVER);
    alterUnchecked(
        "ALTER TABLE child ADD CONSTRAINT to_t_gho FOREIGN KEY (t_id) REFERENCES t_gho (id)");
    assertThat(schema.tables()).contains("t_gho");
    Ghost.connect(schema.url()).password(Server.PASSWORD).cleanUp("t");
    assertThat(schema.tables()).containsExactly("child", "elder", "second", "t");
    assertThat(schema.rows(AttachmentsTest.KEYS)).isEqualTo(keys);
  }

  /** What a kill leaves after the swap, before each of the statements that follow. */
  @Test
  void goesOnWithKeysThatReferToTheRetiredTableStill() throws Exception {
    endedAt(Phase.FINISH);
    assertThat(schema.rows(AttachmentsTest.KEYS).stream().filter(k -> k.contains("to_t")))
        .isEqualTo(keys.stream().filter(k -> k.contains("to_t")).toList());
    alterUnchecked(
        "ALTER TABLE child DROP FOREIGN KEY to_t, ADD CONSTRAINT to_t_gho FOREIGN KEY (t_id)"
            + " REFERENCES t (id)");
    alterUnchecked(
        "ALTER TABLE child ADD CONSTRAINT to_t FOREIGN KEY (t_id) REFERENCES t_old (id)");
    alterUnchecked(
        "ALTER TABLE second DROP FOREIGN KEY second_ibfk_1, ADD CONSTRAINT second_ibfk_1_gho"
            + " FOREIGN KEY (t_id) REFERENCES t (id)");
    schema.ghost("t", "ADD COLUMN note INT").build().run();
    assertIntact();
  }

  @Needs(Ability.REFERRING_SWAPPED_TOGETHER)
  @Test
  void tablesThatReferToEachOther() throws Exception {
    schema.execute(
        "ALTER TABLE t ADD COLUMN child_id INT, ADD CONSTRAINT back FOREIGN KEY (child_id)"
            + " REFERENCES child (id)");
    assertThatThrownBy(() -> schema.ghost("t", "ADD COLUMN note INT").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("refers back to what is swapped");
  }

  /**
   * The lock on the child, which refers to the one, would wait for that on what the other needs.
   */
  @Needs(Ability.REFERRING_SWAPPED_TOGETHER)
  @Test
  void aTableBetweenTwoThatAreSwappedTogether() throws Exception {
    schema.execute(
        "CREATE TABLE grandchild (id INT PRIMARY KEY, child_id INT, CONSTRAINT to_child FOREIGN KEY"
            + " (child_id) REFERENCES child (id))");
    assertThatThrownBy(
            () ->
                together(
                    "ALTER TABLE grandchild ADD COLUMN note INT; ALTER TABLE t MODIFY v BIGINT NOT"
                        + " NULL"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("to_child");
  }

  private void together(String statements) {
    schema
        .ghost()
        .script(statements)
        .atomic(true)
        .fullSpeed(true)
        .strategy(Strategy.GHOST)
        .build()
        .run();
  }

  /** Two tables under one lock, of which one is referred to, and a second lock on what refers. */
  @Test
  void oneOfTwoThatAreSwappedTogether() throws Exception {
    schema.execute("CREATE TABLE other (id INT PRIMARY KEY)", "INSERT INTO other SELECT i FROM n");
    try (Connection one = schema.connect();
        BackgroundLoop writer = new BackgroundLoop(1, r -> family(one, r))) {
      together("ALTER TABLE other MODIFY id BIGINT; ALTER TABLE t MODIFY v BIGINT NOT NULL");
    }
    indexes = schema.rows(AttachmentsTest.INDEXES);
    assertIntact();
    assertThat(schema.tables()).contains("other_old", "t_old");
  }
}
