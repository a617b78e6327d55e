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

/** Every kind of chunk key on PostgreSQL, and every replica identity. */
@OnServers(value = Db.POSTGRES, otherVersions = Db.POSTGRES)
class PostgresKeysTest {

  private static final int ROWS = 3_000;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
    schema.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
        "CREATE DOMAIN code AS varchar(12) CHECK (value <> '')",
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
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
          a int, b int;               PRIMARY KEY (a, b); i % 7, i; DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (b, a)
          a int, b int;               PRIMARY KEY (a, b); i % 7, i; DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (b)
          a int, b int;               PRIMARY KEY (a, b); i, i % 7; DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (a)
          a int;                      PRIMARY KEY (a); i; DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (v, a)
          a text;                     PRIMARY KEY (a); 'd' || i; DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (a, v)
          a int;                      PRIMARY KEY (a); i; DROP CONSTRAINT t_pkey
          """)
  void theTableIsCopiedAndKeptInStep(String columns, String key, String values, String change)
      throws Exception {
    schema.execute(
        "CREATE TABLE t (%s, v int NOT NULL, %s)".formatted(columns, key),
        "INSERT INTO t OVERRIDING SYSTEM VALUE SELECT %s, i FROM n".formatted(values));
    migrate(change);
  }

  /** A key comes through the stream as it was written, however odd it is. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          date;        '-infinity', 'infinity', '4713-01-01 BC', '0001-12-31 BC', '0001-01-01', '5874897-12-31'
          timestamp;   '-infinity', 'infinity', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999', '1582-10-10 00:00:00.000001'
          timestamptz; '-infinity', 'infinity', '4713-01-01 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00', '1890-01-01 00:00:00+00'
          time;        '00:00:00', '24:00:00', '23:59:59.999999', '00:00:00.000001'
          numeric;     'NaN', 'Infinity', '-Infinity', '0', '1e130', '1e-130', '1.10', '-0.5'
          text;        '', '__debezium_unavailable_value', ' ', E'\\n', 'NULL', 'null', '\\x00', '{}'
          bytea;       '', '\\x00', '\\xff', convert_to('__debezium_unavailable_value', 'UTF8')
          char(30);    '', '__debezium_unavailable_value', 'a'
          uuid;        '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'
          inet;        '0.0.0.0/0', '::/0', '255.255.255.255', '10.0.0.1/8', 'ffff::1'
          cidr;        '0.0.0.0/0', '::/0', '10.0.0.0/8'
          macaddr;     '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'
          oid;         '0', '4294967295'
          bigint;      '-9223372036854775808', '9223372036854775807', '0'
          boolean;     't', 'f'
          name;        'a', '__debezium_unavailable_value'
          varchar(40); '', 'a', 'a ', '__debezium_unavailable_value'
          mood;        'sad', 'ok', 'happy'
          code;        'd', 'd ', 'null'
          """)
  void theExtremesOfEachType(String type, String values) throws Exception {
    schema.execute(
        "CREATE TABLE t (a %s PRIMARY KEY, v int NOT NULL)".formatted(type),
        "INSERT INTO t SELECT a, 1 FROM unnest(ARRAY[%s]::%s[]) AS a".formatted(values, type));
    String[] writes = {
      "UPDATE t SET v = 2", "DELETE FROM t WHERE a::text <> (SELECT min(a::text) FROM t)"
    };
    schema
        .ghost("t", "ADD x int")
        .verify(false)
        .listener(
            new PausingListener()
                .at(Phase.COPY, () -> schema.execute(writes[0]))
                .at(Phase.CUTOVER, () -> schema.execute(writes[1])))
        .build()
        .run();
    assertThat(schema.rows("SELECT a::text, v FROM t ORDER BY 1"))
        .isEqualTo(schema.rows("SELECT a::text, v FROM t_old ORDER BY 1"))
        .hasSize(1);
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
