package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every replica identity, and a key in no physical order: what the stream says of old rows. */
@OnServers(whichHave = Ability.REPLICA_IDENTITY, otherVersions = Db.POSTGRES)
class ReplicaIdentityTest {

  private static final int ROWS = 3_000;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "FULL, 't_pkey (a)'",
    "USING INDEX by_b, 'by_b (b)'",
    "DEFAULT, 't_pkey (a)'",
  })
  void everyReplicaIdentity(String identity, String key) throws Exception {
    schema.execute(
        "CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL, v int NOT NULL)",
        "CREATE UNIQUE INDEX by_b ON t (b)",
        "ALTER TABLE t REPLICA IDENTITY " + identity,
        "INSERT INTO t SELECT i, 'b' || i, i FROM n");
    assertThat(schema.ghost("t", "ADD x int").build().plan().chunkKey()).hasValue(key);
    migrate("ADD x int");
    assertThat(
            schema.value(
                "SELECT relreplident = (SELECT relreplident FROM pg_class WHERE oid ="
                    + " 't_old'::regclass) FROM pg_class WHERE oid = 't'::regclass"))
        .isEqualTo("t");
  }

  /** PostgreSQL 18 refuses updates where a generated column of the identity is not published. */
  @Test
  void wholeRowsAreTheIdentityAndAColumnIsGenerated() throws Exception {
    schema.execute(
        "CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL, v int NOT NULL, g int GENERATED ALWAYS"
            + " AS (v * 2) STORED)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "INSERT INTO t (a, b, v) SELECT i, 'b' || i, i FROM n");
    migrate("ADD x int");
    assertThat(schema.count("t WHERE g <> v * 2")).isZero();
  }

  /** No publication can have such a column. */
  @Test
  void wholeRowsAreTheIdentityAndAColumnIsVirtual() throws Exception {
    Assumptions.assumeTrue(
        Integer.parseInt(schema.value("SHOW server_version_num")) >= 180_000,
        "skipped: this server knows of no virtual columns");
    schema.execute(
        "CREATE TABLE t (a int PRIMARY KEY, v int NOT NULL, g int GENERATED ALWAYS AS (v * 2)"
            + " VIRTUAL)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "INSERT INTO t (a, v) SELECT i, i FROM n");
    assertThatThrownBy(() -> schema.ghost("t", "ADD x int").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("virtual");
    schema.execute("ALTER TABLE t REPLICA IDENTITY DEFAULT");
    migrate("ADD x int");
  }

  /** Keys in no physical order: copied by pages, while rows move between pages. */
  @Test
  void aRandomKeyIsCopiedInRangesOfPages() throws Exception {
    schema.execute(
        "CREATE TABLE t (a uuid PRIMARY KEY, v int NOT NULL, filler text)",
        "INSERT INTO t SELECT md5(i::text || k)::uuid, i, repeat('x', 900) FROM n,"
            + " generate_series(1, 4) AS k WHERE k = 1 OR i > 3000",
        "INSERT INTO t SELECT gen_random_uuid(), 20000 + k, repeat('x', 900) FROM"
            + " generate_series(1, 20000) AS k",
        "ANALYZE t");
    assertThat(schema.ghost("t", "ADD x int").build().plan().chunkKey().orElseThrow())
        .contains("pages");
    migrate("ADD x int");
    // Written in the order of the key, chunk by chunk. In that of the pages, after every second row
    // there would be one with a smaller key.
    assertThat(
            schema.count("(SELECT a < lag(a) OVER (ORDER BY ctid) AS back FROM t) AS o WHERE back"))
        .isLessThan(schema.count("t") / 3);
  }

  private void migrate(String change) throws Exception {
    long rows = schema.count("t");
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> change(1))
            .at(Phase.VERIFY, () -> change(2))
            .at(Phase.CUTOVER, () -> change(3));
    MigrationResult result =
        schema.ghost("t", change).chunkTime(Duration.ofMillis(5)).listener(listener).build().run();
    assertThat(result.rowsVerified()).isEqualTo(rows - 2 * 30);
    assertThat(schema.rows("SELECT v FROM t ORDER BY v"))
        .isEqualTo(schema.rows("SELECT v FROM t_old ORDER BY v"));
    assertThat(schema.count("t")).isEqualTo(rows - 3 * 30);
    assertThat(schema.count("t WHERE v > 100000")).isGreaterThan(500);
    assertThat(schema.count("pg_class WHERE relname = 'chunk key of ghost'")).isZero();
  }

  /** Updates and deletes rows, by a connection with a time zone of its own. */
  private void change(int round) throws Exception {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute("SET TimeZone = 'America/Los_Angeles'");
      s.executeUpdate(
          "UPDATE t SET v = v + 100000 WHERE v %% 10 = %d AND v <= 3000".formatted(round));
      s.executeUpdate("DELETE FROM t WHERE v %% 100 = %d AND v <= 3000".formatted(round * 10 + 5));
    }
  }
}
