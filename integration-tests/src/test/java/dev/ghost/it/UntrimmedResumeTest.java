package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs that are killed early leave rows in a ghost whose order is not the source's, so that the
 * next run cannot remove them by a range. What is deleted between two runs, or given another key,
 * must not come back with them.
 */
@OnServers
class UntrimmedResumeTest {

  private static final int KILLS = Integer.getInteger("ghost.untrimmed.kills", 2);
  private static final long SEED = Long.getLong("ghost.untrimmed.seed", 1);
  private static final int ROWS = 60_000;

  /** Of the first rows, which the killed run has copied. */
  private static final int CHANGED = 40;

  @Provided private Db db;

  @Provided private Schema schema;

  /** Keys in no physical order on PostgreSQL; in another collation than the ghost's elsewhere. */
  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
    switch (db) {
      case POSTGRES ->
          schema.execute(
              "CREATE TABLE t (k uuid PRIMARY KEY, v INT NOT NULL, filler CHAR(150) DEFAULT 'x')",
              "INSERT INTO t SELECT md5(i::text)::uuid, i FROM n",
              "ANALYZE t");
      case MYSQL, MARIADB ->
          schema.execute(
              "CREATE TABLE t (k VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
                  + " PRIMARY KEY, v INT NOT NULL)",
              "INSERT INTO t SELECT CONCAT('k', LEFT(SHA2(i, 256), 30)), i FROM n");
    }
  }

  private String change() {
    return db == Db.POSTGRES
        ? "ADD COLUMN note INT"
        : "MODIFY k VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL";
  }

  /** Without a comparison, it would not be noticed; with one, the run would end for no reason. */
  @ParameterizedTest
  @ValueSource(strings = {"--skip-verify", "--verify-every=1h"})
  void whatIsDeletedBetweenTwoRunsStaysDeleted(String verifying) throws Exception {
    Random random = new Random(SEED);
    for (int kill = 0; kill < KILLS; kill++) {
      try (Launcher ghost = start(verifying, "--max-rows-per-second", "3000")) {
        ghost.awaitLine("\"phase\":\"copy\"");
        TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(1_500));
        ghost.kill();
      }
      changeWhatIsCopied();
    }
    List<String> expected = rows();
    try (Launcher last = start(verifying)) {
      assertThat(last.exitCode()).as(last.output()).isZero();
    }
    assertThat(rows()).isEqualTo(expected);
  }

  /** What a cascade takes away is not in the log of every server, and must not come back either. */
  @Needs(Ability.CASCADES_NOT_LOGGED)
  @Test
  void whatACascadeDeletesBetweenTwoRunsStaysDeleted() throws Exception {
    schema.execute(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p SELECT i FROM n WHERE i <= 50",
        "ALTER TABLE t ADD COLUMN p_id INT",
        "UPDATE t SET p_id = v % 50 + 1",
        "ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE");
    try (Launcher ghost = start("--skip-verify", "--max-rows-per-second", "3000")) {
      ghost.awaitLine("\"phase\":\"copy\"");
      TimeUnit.MILLISECONDS.sleep(700);
      ghost.kill();
    }
    assertThat(schema.count("t_gho WHERE p_id = 7")).isPositive();
    schema.execute("DELETE FROM p WHERE id IN (7, 8)");
    List<String> expected = rows();
    try (Launcher last = start("--skip-verify")) {
      assertThat(last.exitCode()).as(last.output()).isZero();
    }
    assertThat(rows()).isEqualTo(expected);
  }

  private void changeWhatIsCopied() throws Exception {
    String ghost = db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho";
    List<String> copied = schema.rows("SELECT k FROM %s LIMIT %d".formatted(ghost, CHANGED));
    assertThat(copied).hasSize(CHANGED);
    for (int i = 0; i < CHANGED; i++) {
      boolean otherCase = db != Db.POSTGRES && i % 2 == 1;
      schema.execute(
          (otherCase ? "UPDATE t SET k = UPPER(k) WHERE k = '%s'" : "DELETE FROM t WHERE k = '%s'")
              .formatted(copied.get(i)));
    }
  }

  private List<String> rows() throws Exception {
    return schema.rows("SELECT k, v FROM t ORDER BY v, k");
  }

  private Launcher start(String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--chunk-time", "20ms"));
    arguments.addAll(List.of(more));
    return Launcher.alter(schema, change(), arguments.toArray(String[]::new));
  }
}
