package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Rows that the server deletes and updates together with those that they refer to. Only MySQL 9.6
 * and newer log that; elsewhere the changes of the other table have to say it.
 */
@OnServers(whichHave = Ability.CASCADES_NOT_LOGGED)
@Timeout(120)
class CascadeTest {

  private static final int ROWS = 30_000;
  private static final int PARENTS = 1_000;

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
    schema.execute(
        "CREATE TABLE p (id BIGINT PRIMARY KEY, v INT)",
        "INSERT INTO p SELECT i, 0 FROM n WHERE i <= " + PARENTS,
        "CREATE TABLE kind (code VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
            + " PRIMARY KEY)",
        "INSERT INTO kind SELECT CONCAT('kind ', i) FROM n WHERE i <= 100",
        """
        CREATE TABLE t (
          p_id BIGINT NOT NULL,
          id BIGINT NOT NULL,
          code VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
          v INT NOT NULL,
          PRIMARY KEY (p_id, id),
          KEY by_v (v),
          CONSTRAINT to_p FOREIGN KEY (p_id) REFERENCES p (id)
            ON DELETE CASCADE ON UPDATE CASCADE,
          CONSTRAINT to_kind FOREIGN KEY (code) REFERENCES kind (code)
            ON DELETE SET NULL ON UPDATE CASCADE)
        """,
        "INSERT INTO t SELECT 1 + i %% %d, i, CONCAT('KIND ', 1 + i %% 100), i FROM n"
            .formatted(PARENTS));
  }

  /** Without a comparison, which would hide what the replay does not do. */
  @Test
  void whatTheServerDoesToTheRowsIsFollowed() throws Exception {
    CompletableFuture<MigrationResult> run =
        Async.supply(
            ghost().verify(false).postponeCutover(true).maxRowsPerSecond(15_000).build()::run);
    try (Connection c = schema.connect();
        Connection d = schema.connect();
        BackgroundLoop ids = new BackgroundLoop(1, r -> write(c, r));
        BackgroundLoop codes = new BackgroundLoop(2, r -> write(d, r))) {
      schema.awaitStatus("t", s -> s.phase().equals("cutover"));
    }
    schema.ghost().send("t", ControlCommand.cutover());
    MigrationResult result = run.get();
    assertThat(result.keysApplied()).isPositive();
    assertSame();
    if (db == Db.MARIADB) {
      assertThat(result.warnings()).anyMatch(w -> w.contains("p are followed too"));
    }
  }

  @Test
  void aTableThatRefersToItself() throws Exception {
    schema.execute(
        "CREATE TABLE tree (id INT PRIMARY KEY, up INT, v INT, CONSTRAINT to_itself FOREIGN KEY"
            + " (up) REFERENCES tree (id) ON DELETE SET NULL)",
        "INSERT INTO tree SELECT i, IF(i > 9, i DIV 10, NULL), i FROM n");
    CompletableFuture<MigrationResult> run =
        Async.supply(
            schema
                    .ghost("tree", "MODIFY v BIGINT")
                    .chunkTime(Duration.ofMillis(20))
                    .threads(2)
                    .verify(false)
                    .postponeCutover(true)
                    .maxRowsPerSecond(15_000)
                    .build()
                ::run);
    try (Connection c = schema.connect();
        BackgroundLoop writes =
            new BackgroundLoop(
                5,
                r -> {
                  int id = 1 + r.nextInt(ROWS / 10);
                  execute(c, "DELETE FROM tree WHERE id = " + id);
                  execute(c, "INSERT INTO tree VALUES (%d, NULL, 0)".formatted(id));
                  execute(
                      c,
                      "UPDATE tree SET up = %d WHERE id = %d".formatted(id, 1 + r.nextInt(ROWS)));
                })) {
      schema.awaitStatus("tree", s -> s.phase().equals("cutover"));
    }
    schema.ghost().send("tree", ControlCommand.cutover());
    assertThat(run.get().keysApplied()).isPositive();
    assertThat(schema.rows("SELECT * FROM tree EXCEPT SELECT * FROM tree_old")).isEmpty();
    assertThat(schema.rows("SELECT * FROM tree_old EXCEPT SELECT * FROM tree")).isEmpty();
  }

  /** And with one, which must not take for a mistake what is still to be followed. */
  @Test
  void itIsCompared() throws Exception {
    try (Connection c = schema.connect();
        Connection d = schema.connect();
        BackgroundLoop ids = new BackgroundLoop(3, r -> write(c, r));
        BackgroundLoop codes = new BackgroundLoop(4, r -> write(d, r))) {
      assertThat(ghost().build().run().rowsVerified()).isPositive();
    }
    assertThat(schema.count("t LEFT JOIN p ON p.id = t.p_id WHERE p.id IS NULL")).isZero();
    assertThat(
            schema.count(
                "t LEFT JOIN kind ON kind.code = t.code WHERE t.code IS NOT NULL AND kind.code IS"
                    + " NULL"))
        .isZero();
  }

  /** One statement that changes more rows than are looked up at once, in either direction. */
  @Test
  void oneParentOfManyRows() throws Exception {
    schema.execute(
        "UPDATE t SET code = 'kind 1' WHERE id <= 5000",
        "INSERT INTO t SELECT 7, 100000 + i, NULL, i FROM n WHERE i <= 3000");
    MigrationResult result =
        ghost()
            .verify(false)
            .listener(
                new PausingListener()
                    .at(
                        Phase.CUTOVER,
                        () ->
                            schema.execute(
                                "DELETE FROM kind WHERE code = 'kind 1'",
                                "UPDATE p SET id = -7 WHERE id = 7")))
            .build()
            .run();
    assertThat(result.keysApplied()).isGreaterThanOrEqualTo(11_000);
    assertThat(schema.count("t WHERE p_id = -7")).isGreaterThanOrEqualTo(3_000);
    assertSame();
  }

  @Test
  void whatHappensBetweenTwoRunsIsFollowed() throws Exception {
    MigrationListener stopping =
        new MigrationListener() {
          @Override
          public void phaseStarted(Phase phase) {
            if (phase == Phase.VERIFY) {
              throw new StoppedException("enough for today", "");
            }
          }
        };
    assertThatThrownBy(() -> ghost().listener(stopping).build().run())
        .isInstanceOf(StoppedException.class);
    assertThat(schema.tables()).contains("t_gho");
    schema.execute(
        "DELETE FROM p WHERE id = 3",
        "UPDATE p SET id = -4 WHERE id = 4",
        "DELETE FROM kind WHERE code = 'kind 5'");
    ghost().verify(false).build().run();
    assertSame();
    assertThat(schema.count("t WHERE p_id = -4")).isEqualTo(ROWS / PARENTS);
  }

  @Needs(Ability.CASCADES_NEVER_LOGGED)
  @Test
  void aParentThatIsAlteredEndsTheRun() throws Exception {
    PausingListener listener =
        new PausingListener()
            .at(Phase.VERIFY, () -> schema.execute("ALTER TABLE p ADD COLUMN w INT FIRST"));
    assertThatThrownBy(() -> ghost().listener(listener).build().run())
        .isInstanceOf(InterferenceException.class)
        .hasMessageContaining("Somebody altered %s.p while".formatted(schema.name()));
    assertThat(schema.tables()).containsExactly("kind", "p", "t");
  }

  /** When it is committed, nothing would say so. */
  @Needs(Ability.CASCADES_NEVER_LOGGED)
  @Test
  void aParentThatIsPreparedToChangeEndsTheRun() throws Exception {
    String xid = "'" + schema.name() + "'";
    try (Connection xa = schema.connect();
        Statement statement = xa.createStatement()) {
      PausingListener listener =
          new PausingListener()
              .at(
                  Phase.VERIFY,
                  () -> {
                    statement.execute("XA START " + xid);
                    statement.execute("DELETE FROM p WHERE id = 3");
                    statement.execute("XA END " + xid);
                    statement.execute("XA PREPARE " + xid);
                  });
      assertThatThrownBy(() -> ghost().listener(listener).build().run())
          .isInstanceOf(StoppedException.class)
          .hasMessageContaining("prepared (XA) transaction");
      statement.execute("XA ROLLBACK " + xid);
    }
    assertThat(schema.tables()).containsExactly("kind", "p", "t");
  }

  @Needs(Ability.CASCADES_NEVER_LOGGED)
  @Test
  void whatCouldNotBeFollowedIsRefused() throws Exception {
    schema.execute(
        "CREATE TABLE above (id BIGINT PRIMARY KEY)",
        "INSERT INTO above SELECT i FROM n WHERE i <= " + PARENTS,
        "ALTER TABLE p ADD CONSTRAINT up FOREIGN KEY (id) REFERENCES above (id) ON DELETE CASCADE");
    assertThat(refused("ADD COLUMN note INT"))
        .hasMessageContaining("to_p of %s.t".formatted(schema.name()))
        .hasMessageContaining("their foreign key up");
    schema.execute("ALTER TABLE p DROP FOREIGN KEY up");
    assertThat(refused("MODIFY code VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
        .hasMessageContaining("code would have other values");
    schema.execute(
        "ALTER TABLE t ADD COLUMN up BIGINT, ADD UNIQUE KEY (id)",
        "ALTER TABLE t ADD CONSTRAINT own FOREIGN KEY (up) REFERENCES t (id) ON DELETE SET NULL");
    assertThat(refused("ADD COLUMN note INT"))
        .hasMessageContaining("own of %s.t".formatted(schema.name()))
        .hasMessageContaining("their foreign key to_p");
    schema.execute(
        "ALTER TABLE t DROP FOREIGN KEY own, DROP FOREIGN KEY to_p",
        "ALTER TABLE t ADD CONSTRAINT own FOREIGN KEY (up) REFERENCES t (id) ON DELETE CASCADE");
    assertThat(refused("ADD COLUMN note INT")).hasMessageContaining("their foreign key own");
    assertThat(schema.tables()).containsExactly("above", "kind", "p", "t");
  }

  /** The server would say so under the cutover's lock only. */
  @Test
  void whatCouldNotBeSetToNullIsRefused() throws Exception {
    assertThat(
            refused(
                "MODIFY code VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL"
                    + " DEFAULT ''"))
        .hasMessageContaining("sets code to NULL");
    assertThat(schema.tables()).containsExactly("kind", "p", "t");
  }

  @Test
  void itIsTakenBack() throws Exception {
    ghost().build().run();
    schema.execute(
        "DELETE FROM p WHERE id = 3",
        "UPDATE p SET id = -4 WHERE id = 4",
        "DELETE FROM kind WHERE code = 'kind 5'");
    schema
        .revert("t")
        .listener(
            new PausingListener()
                .at(Phase.CUTOVER, () -> schema.execute("DELETE FROM p WHERE id = 6")))
        .build()
        .run();
    assertThat(schema.hasColumn("t", "note")).isFalse();
    assertThat(schema.count("t WHERE p_id IN (3, 4, 6)")).isZero();
    assertThat(schema.count("t WHERE p_id = -4")).isEqualTo(ROWS / PARENTS);
    assertThat(schema.count("t WHERE code LIKE 'kind 5'")).isZero();
  }

  private MigrationBuilder ghost() {
    return schema
        .ghost("t", "ADD COLUMN note INT DEFAULT 1")
        .chunkTime(Duration.ofMillis(20))
        .threads(2);
  }

  private RefusedException refused(String change) {
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> schema.ghost("t", change).build().run());
    assertThat(e).as("refusal of " + change).isNotNull();
    return e;
  }

  /** The new table has what the retired one had when they were swapped. */
  private void assertSame() throws SQLException {
    String columns = "SELECT p_id, id, HEX(code), v FROM ";
    assertThat(schema.rows(columns + "t EXCEPT " + columns + "t_old")).isEmpty();
    assertThat(schema.rows(columns + "t_old EXCEPT " + columns + "t")).isEmpty();
    assertThat(schema.count("t")).isEqualTo(schema.count("t_old"));
  }

  private void write(Connection c, Random random) throws SQLException {
    int p = 1 + random.nextInt(PARENTS);
    int k = 1 + random.nextInt(100);
    String sql =
        switch (random.nextInt(9)) {
          case 0, 1 -> "DELETE FROM p WHERE id = " + p;
          case 2 -> "UPDATE p SET id = -id WHERE id IN (%d, %d)".formatted(p, -p);
          case 3 -> "INSERT IGNORE INTO p VALUES (%d, 1), (%d, 1)".formatted(p, -p);
          case 4 -> "UPDATE p SET v = v + 1 WHERE id = " + p;
          case 5 ->
              "INSERT INTO t (p_id, id, code, v) SELECT id, %d, NULL, 1 FROM p WHERE id = %d"
                  .formatted(ROWS + random.nextInt(1_000_000), p);
          case 6 -> "DELETE FROM kind WHERE code = 'kind %d'".formatted(k);
          case 7 ->
              "UPDATE kind SET code = UPPER(code) WHERE code = 'kind %d' AND %d > 50"
                  .formatted(k, k);
          default ->
              "UPDATE t SET code = (SELECT MIN(code) FROM kind), v = v + 1 WHERE p_id = " + p;
        };
    execute(c, sql);
  }

  private void execute(Connection c, String sql) throws SQLException {
    try (Statement statement = c.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      if (!schema.server().rolledBack().contains("" + e.getErrorCode())
          && e.getErrorCode() != 1062) {
        throw e;
      }
    }
  }
}
