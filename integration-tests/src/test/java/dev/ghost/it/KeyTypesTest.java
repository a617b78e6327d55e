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
 * Every kind of chunk key: paged in the server's order, and found again by what the binary log
 * says.
 */
@OnServers(whichHave = Ability.MYSQL_SYNTAX)
class KeyTypesTest {

  private static final int ROWS = 3_000;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
  }

  // Columns of the key; how a row's number becomes them; the change.
  @ParameterizedTest(name = "{0}, {3}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
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
          """)
  void theTableIsCopiedAndKeptInStep(String columns, String key, String values, String change)
      throws Exception {
    migrates(columns, key, values, change);
  }

  @Needs(Ability.UUID_TYPE)
  // The types that only MariaDB has.
  @ParameterizedTest(name = "{0}, {3}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          a UUID;   PRIMARY KEY (a); CONCAT('01890a5d-ac96-7', LPAD(HEX(i % 4096), 3, '0'), '-a0c0-', LPAD(HEX(i), 12, '0')); ADD x INT
          a UUID;   PRIMARY KEY (a); CONCAT(LPAD(HEX(i), 8, '0'), '-ac96-1bd3-a0c0-aabb00000000'); ADD x UUID NOT NULL
          a INET6;  PRIMARY KEY (a); CONCAT('2001:db8::', HEX(i), ':0'); ADD x INT
          a INET4;  PRIMARY KEY (a); CONCAT('10.', i % 7, '.', i DIV 256, '.', i % 256); ADD x INET6
          a INT NOT NULL, s DATE, e DATE, PERIOD FOR p (s, e); UNIQUE KEY k (a, p WITHOUT OVERLAPS); i DIV 10, DATE'2020-01-01' + INTERVAL (i % 10) MONTH, DATE'2020-01-01' + INTERVAL (i % 10 + 1) MONTH; ADD x INT
          """)
  void typesOfMariaDb(String columns, String key, String values, String change) throws Exception {
    migrates(columns, key, values, change);
  }

  private void migrates(String columns, String key, String values, String change) throws Exception {
    String names =
        Arrays.stream(columns.replaceAll("\\([^)]*\\)|, PERIOD.*", "").split(","))
            .map(c -> c.strip().split(" ")[0])
            .collect(Collectors.joining(", "));
    schema.execute(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'",
        "SET SESSION time_zone = '+00:00'",
        "CREATE TABLE t (%s, v INT NOT NULL, %s) CHARSET utf8mb4".formatted(columns, key),
        "INSERT INTO t (%s, v) SELECT %s, i FROM n".formatted(names, values));
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> change(1))
            .at(Phase.VERIFY, () -> change(2))
            .at(Phase.CUTOVER, () -> change(3));
    MigrationResult result =
        schema.ghost("t", change).chunkTime(Duration.ofMillis(5)).listener(listener).build().run();

    assertThat(result.rowsVerified()).isGreaterThan(ROWS / 2);
    assertThat(schema.rows("SELECT v FROM t ORDER BY v"))
        .isEqualTo(schema.rows("SELECT v FROM t_old ORDER BY v"));
    assertThat(schema.count("t")).isEqualTo(ROWS - 3 * 30);
    assertThat(schema.count("t WHERE v > 10000")).isGreaterThan(500);
  }

  /** Updates and deletes rows, by a connection with a time zone of its own. */
  private void change(int round) throws Exception {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute("SET SESSION time_zone = '-08:00'");
      s.executeUpdate(
          "UPDATE t SET v = v + 10000 WHERE v %% 10 = %d AND v < 10000".formatted(round));
      s.executeUpdate("DELETE FROM t WHERE v %% 100 = %d AND v < 10000".formatted(round * 10 + 5));
    }
  }
}
