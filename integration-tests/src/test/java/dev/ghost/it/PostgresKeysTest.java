package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of chunk key on PostgreSQL, and every replica identity. */
class PostgresKeysTest {

  private static final int ROWS = 3_000;

  private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema = PostgresServer.shared().newSchema();
    schema.numbers(ROWS);
    schema.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
        "CREATE DOMAIN code AS varchar(12) CHECK (value <> '')",
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.close();
    }
  }

  // Columns of the key; how a row's number becomes them; the change.
  @ParameterizedTest(name = "{0}, {3}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          a int;                      PRIMARY KEY (a); i - 1500; ADD x int
          a smallint, b int;          PRIMARY KEY (b, a); i % 256, i; ADD x int
          a bigint;                   PRIMARY KEY (a); -9223372036854775808 + i; ALTER a TYPE numeric
          a bigint;                   PRIMARY KEY (a); 9223372036854775807 - i; ADD x int
          a int;                      PRIMARY KEY (a); i; ALTER a TYPE bigint
          a text;                     PRIMARY KEY (a); CASE WHEN i % 2 = 0 THEN 'K' ELSE 'k' END || i || CASE WHEN i % 3 = 0 THEN '' ELSE ' \u00e9''"' END; ADD x int
          a text COLLATE ci;          PRIMARY KEY (a); 'Key' || i; ADD x int
          a text COLLATE "C";         PRIMARY KEY (a); '\u00e9' || i; ALTER a TYPE varchar(40) COLLATE "POSIX"
          a varchar(40);              PRIMARY KEY (a); 'v' || i; ALTER a TYPE text
          a char(20);                 PRIMARY KEY (a); 'c' || i; ADD x int
          a uuid;                     PRIMARY KEY (a); md5(i::text)::uuid; ADD x int
          a timestamp;                PRIMARY KEY (a); timestamp '2024-03-31 00:00:00' + i * interval '1.000001 second'; ADD x int
          a timestamptz;              PRIMARY KEY (a); timestamptz '2024-10-27 00:00:00+00' + i * interval '1 second'; ADD x int
          a timestamp;                PRIMARY KEY (a); timestamp '0044-03-15 00:00:00 BC' + i * interval '1 day'; ADD x int
          a date;                     PRIMARY KEY (a); date '1990-01-01' + i; ADD x int
          a time;                     PRIMARY KEY (a); time '00:00:01.5' + i * interval '1 second'; ADD x int
          a numeric;                  PRIMARY KEY (a); (i - 1500) / 7.0; ADD x int
          a numeric(20,5);            PRIMARY KEY (a); (i - 1500) / 7.0; ALTER a TYPE numeric(30,10)
          a bytea;                    PRIMARY KEY (a); decode(lpad(to_hex(i * 7919), 12, '0'), 'hex'); ADD x int
          a boolean, b int;           PRIMARY KEY (a, b); i % 2 = 0, i; ADD x int
          a mood, b int;              PRIMARY KEY (a, b); (ARRAY['sad', 'ok', 'happy']::mood[])[1 + i % 3], i; ADD x int
          a code;                     PRIMARY KEY (a); 'd' || i; ADD x int
          a inet;                     PRIMARY KEY (a); '10.0.0.0'::inet + i; ADD x int
          a int, b text;              PRIMARY KEY (a, b); i % 10, 'b' || i; ADD x int
          a int GENERATED ALWAYS AS IDENTITY; PRIMARY KEY (a); i; ADD x int
          """)
  void theTableIsCopiedAndKeptInStep(String columns, String key, String values, String change)
      throws Exception {
    schema.execute(
        "CREATE TABLE t (%s, v int NOT NULL, %s)".formatted(columns, key),
        "INSERT INTO t OVERRIDING SYSTEM VALUE SELECT %s, i FROM n".formatted(values));
    migrate(change);
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
    assertThat(schema.ghost("t", "ADD x int").build().plan().chunkKey()).isEqualTo(key);
    migrate("ADD x int");
    assertThat(
            schema.value(
                "SELECT relreplident = (SELECT relreplident FROM pg_class WHERE oid ="
                    + " 't_old'::regclass) FROM pg_class WHERE oid = 't'::regclass"))
        .isEqualTo("t");
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
    assertThat(schema.ghost("t", "ADD x int").build().plan().chunkKey()).contains("pages");
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
