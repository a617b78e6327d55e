package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every kind of chunk key: paged in the server's order, and found again by what the change stream
 * says.
 */
@OnServers(otherVersions = Db.POSTGRES)
class KeyTypesTest {

  private static final int ROWS = 3_000;

  @Provided private Db db;
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
    if (db == Db.POSTGRES) {
      schema.execute(
          "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
          "CREATE DOMAIN code AS varchar(12) CHECK (value <> '')",
          "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic ="
              + " false)");
    }
  }

  // Columns of the key; how a row's number becomes them; the change.
  @ParameterizedTest(name = "{0}, {3}")
  @Rows(
      innodb =
          """
          a INT;                      PRIMARY KEY (a); i - 1500; ADD x INT
          a TINYINT UNSIGNED, b INT;  PRIMARY KEY (b, a); i % 256, i; ADD x INT
          a BIGINT UNSIGNED;          PRIMARY KEY (a); 18446744073709551615 - 3000 + i; ADD x INT
          a BIGINT;                   PRIMARY KEY (a); -9223372036854775808 + i; MODIFY a DECIMAL(30,0)
          a BIGINT;                   PRIMARY KEY (a); -9223372036854775808 + i; ADD x INT
          a DECIMAL(20,5);            PRIMARY KEY (a); (i - 1500) / 7; MODIFY a DECIMAL(30,10)
          a VARCHAR(40);              PRIMARY KEY (a); CONCAT(IF(i % 2, 'K', 'k'), i, IF(i % 3, '', ' \u00e9')); ADD x INT
          a VARCHAR(40) CHARACTER SET latin1; PRIMARY KEY (a); CONCAT('\u00e9\u00df', i); CONVERT TO CHARACTER SET utf8mb4
          a VARCHAR(40) CHARACTER SET latin2 COLLATE latin2_czech_cs; PRIMARY KEY (a); CONCAT('\u0159', i); ADD x INT
          a VARCHAR(40) CHARACTER SET ucs2; PRIMARY KEY (a); CONCAT('\u0436', i); ADD x INT
          a CHAR(20) COLLATE utf8mb4_bin; PRIMARY KEY (a); CONCAT('c', i); ADD x INT
          a BINARY(8);                PRIMARY KEY (a); CAST(CONCAT(CHAR(i % 256 USING binary), UNHEX(LPAD(HEX(i), 8, '0'))) AS BINARY(8)); ADD x INT
          a VARBINARY(40);            PRIMARY KEY (a); UNHEX(LPAD(HEX(i * 7919), 12, '0')); ADD x INT
          a DATE;                     PRIMARY KEY (a); DATE'1990-01-01' + INTERVAL i DAY; ADD x INT
          a DATETIME(6);              PRIMARY KEY (a); TIMESTAMP'2024-03-31 00:00:00' + INTERVAL i * 1000001 MICROSECOND; ADD x INT
          a DATETIME;                 PRIMARY KEY (a); TIMESTAMP'2024-03-31 00:00:00' + INTERVAL i SECOND; ADD x INT
          a TIMESTAMP(3);             PRIMARY KEY (a); TIMESTAMP'2024-10-27 00:00:00' + INTERVAL i SECOND; ADD x INT
          a TIME(2);                  PRIMARY KEY (a); SEC_TO_TIME(i * 7 - 10000); ADD x INT
          a ENUM('z','y','x'), b INT; PRIMARY KEY (a, b); ELT(1 + i % 3, 'z', 'y', 'x'), i; ADD x INT
          a SET('p','q','r'), b INT;  PRIMARY KEY (a, b); i % 8, i; ADD x INT
          a BIT(40);                  PRIMARY KEY (a); i * 300000; ADD x INT
          a YEAR, b INT;              PRIMARY KEY (a, b); 1901 + i % 200, i; ADD x INT
          a INT, b VARCHAR(20);       PRIMARY KEY (a, b); i % 10, CONCAT('b', i); ADD x INT
          a VARCHAR(20), b INT, c DATE; PRIMARY KEY (a, b, c); CONCAT('A', i % 10), i, '2020-01-01'; ADD x INT
          a INT NOT NULL, b INT;      UNIQUE KEY k (a); i, i; ADD x INT, ADD PRIMARY KEY (a)
          a INT, b VARCHAR(20) NOT NULL; UNIQUE KEY k (b), PRIMARY KEY (a); i, CONCAT('u', i); DROP PRIMARY KEY, DROP COLUMN a, ADD PRIMARY KEY (b)
          a INT;                      PRIMARY KEY (a); i; CHANGE a Renamed BIGINT UNSIGNED
          a INT, b INT NOT NULL;      PRIMARY KEY (a); i, i % 9; DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)
          a INT AUTO_INCREMENT;       PRIMARY KEY (a); i - 1; ADD x INT
          """,
      mariaDb =
          """
          a UUID;   PRIMARY KEY (a); CONCAT('01890a5d-ac96-7', LPAD(HEX(i % 4096), 3, '0'), '-a0c0-', LPAD(HEX(i), 12, '0')); ADD x INT
          a UUID;   PRIMARY KEY (a); CONCAT(LPAD(HEX(i), 8, '0'), '-ac96-1bd3-a0c0-aabb00000000'); ADD x UUID NOT NULL
          a INET6;  PRIMARY KEY (a); CONCAT('2001:db8::', HEX(i), ':0'); ADD x INT
          a INET4;  PRIMARY KEY (a); CONCAT('10.', i % 7, '.', i DIV 256, '.', i % 256); ADD x INET6
          a INT NOT NULL, s DATE, e DATE, PERIOD FOR p (s, e); UNIQUE KEY k (a, p WITHOUT OVERLAPS); i DIV 10, DATE'2020-01-01' + INTERVAL (i % 10) MONTH, DATE'2020-01-01' + INTERVAL (i % 10 + 1) MONTH; ADD x INT
          """,
      postgres =
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
    if (db == Db.POSTGRES) {
      schema.execute(
          "CREATE TABLE t (%s, v int NOT NULL, %s)".formatted(columns, key),
          "INSERT INTO t OVERRIDING SYSTEM VALUE SELECT %s, i FROM n".formatted(values));
    } else {
      String names =
          Arrays.stream(columns.replaceAll("\\([^)]*\\)|, PERIOD.*", "").split(","))
              .map(c -> c.strip().split(" ")[0])
              .collect(Collectors.joining(", "));
      schema.execute(
          "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'",
          "SET SESSION time_zone = '+00:00'",
          "CREATE TABLE t (%s, v INT NOT NULL, %s) CHARSET utf8mb4".formatted(columns, key),
          "INSERT INTO t (%s, v) SELECT %s, i FROM n".formatted(names, values));
    }
    migrate(change);
  }

  /** A key comes through the stream as it was written, however odd it is. */
  @Needs(Ability.TYPES_OF_ONES_OWN)
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

  private void migrate(String change) throws Exception {
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> change(1))
            .at(Phase.VERIFY, () -> change(2))
            .at(Phase.CUTOVER, () -> change(3));
    MigrationResult result =
        schema.ghost("t", change).chunkTime(Duration.ofMillis(5)).listener(listener).build().run();
    if (db == Db.POSTGRES) {
      assertThat(result.rowsVerified()).isEqualTo(ROWS - 2 * 30);
    } else {
      assertThat(result.rowsVerified()).isGreaterThan(ROWS / 2);
    }
    assertThat(schema.rows("SELECT v FROM t ORDER BY v"))
        .isEqualTo(schema.rows("SELECT v FROM t_old ORDER BY v"));
    assertThat(schema.count("t")).isEqualTo(ROWS - 3 * 30);
    assertThat(schema.count("t WHERE v > 10000")).isGreaterThan(500);
    if (db == Db.POSTGRES) {
      assertThat(schema.count("pg_class WHERE relname = 'chunk key of ghost'")).isZero();
    }
  }

  /** Updates and deletes rows, by a connection with a time zone of its own. */
  private void change(int round) throws Exception {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute(
          db == Db.POSTGRES
              ? "SET TimeZone = 'America/Los_Angeles'"
              : "SET SESSION time_zone = '-08:00'");
      s.executeUpdate(
          "UPDATE t SET v = v + 10000 WHERE v %% 10 = %d AND v < 10000".formatted(round));
      s.executeUpdate("DELETE FROM t WHERE v %% 100 = %d AND v < 10000".formatted(round * 10 + 5));
    }
  }
}
