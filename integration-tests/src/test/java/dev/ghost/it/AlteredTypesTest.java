package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Columns that become of another type, while each row is updated: as in ALTER TABLE. */
@OnServers(otherVersions = {Db.MARIADB, Db.POSTGRES})
class AlteredTypesTest {

  private static final int ROWS = 600;

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
    if (db == Db.POSTGRES) {
      return;
    }
    schema.execute("SET SESSION sql_mode = ''", "SET SESSION time_zone = '+00:00'");
  }

  @Test
  void conversionsAreThoseOfAlterTable() throws Exception {
    if (db == Db.POSTGRES) {
      conversionsOfPostgres();
    } else {
      conversionsOfInnodb();
    }
  }

  private void conversionsOfInnodb() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (
          id INT PRIMARY KEY,
          l1 VARCHAR(50) CHARACTER SET latin1, l2 VARCHAR(50) CHARACTER SET latin2, gb VARCHAR(50) CHARACTER SET gbk,
          uc VARCHAR(50) CHARACTER SET ucs2, u8 VARCHAR(50), vc VARCHAR(20), ch CHAR(10),
          i INT, bi BIGINT, de DECIMAL(20,6), f FLOAT, d DOUBLE, num VARCHAR(20),
          da DATE, dt DATETIME(6), ts TIMESTAMP(6) NULL, e ENUM('a','b'), s SET('x','y'), txt TEXT, js TEXT, vb VARBINARY(20), y YEAR
        ) CHARSET utf8mb4
        """,
        """
        INSERT INTO t SELECT i, 'caf\u00e9 \u20ac', '\u0159\u00edzek', '\u4e2d\u6587', '\u0436\u00fc', 'na\u00efve', CONCAT('v', i), 'x',
          i, i * 1000, i / 7, i / 3, i / 9, i, '2024-02-29', '2024-10-27 00:30:00.999999', '2024-10-27 00:30:00.5',
          'b', 'x,y', REPEAT('t', 100), CONCAT('{"b": ', i, ', "a": [1.0, 2]}'), UNHEX('616200'), 2000 + i % 50 FROM n
        """);
    String change =
        """
        MODIFY l1 VARCHAR(50) CHARACTER SET utf8mb4, MODIFY l2 VARCHAR(60) CHARACTER SET ucs2, MODIFY gb VARCHAR(50) CHARACTER SET utf8mb4,
        MODIFY uc VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, MODIFY u8 VARCHAR(50) CHARACTER SET latin1, MODIFY vc CHAR(30),
        MODIFY ch VARCHAR(12), MODIFY i BIGINT UNSIGNED, MODIFY bi VARCHAR(30), MODIFY de DECIMAL(12,2), MODIFY f DOUBLE, MODIFY d DECIMAL(20,8),
        MODIFY num INT, MODIFY da DATETIME, MODIFY dt DATETIME, MODIFY ts TIMESTAMP, MODIFY e VARCHAR(5), MODIFY s VARCHAR(20),
        MODIFY txt MEDIUMTEXT CHARACTER SET latin1, MODIFY js JSON, MODIFY vb BINARY(20), MODIFY y INT
        """;
    schema.execute("CREATE TABLE native LIKE t", "INSERT INTO native SELECT * FROM t");
    List<String> updates =
        List.of(
            "UPDATE %s SET l1 = '\u00e4', l2 = '\u017elu\u0165', gb = '\u4f60', uc = '\u044f', u8 ="
                + " '\u00e5', vc = 'w', ch = 'yy' WHERE id %% 3 = 0",
            "UPDATE %s SET i = i + 1, bi = -bi, de = de * 2, f = f + 0.1, d = d + 0.00000001, num ="
                + " '12' WHERE id %% 2 = 0",
            "UPDATE %s SET da = '2000-01-01', dt = '2001-01-01 00:00:00.5', ts = '2001-01-01"
                + " 00:00:00.4', e = 'a', s = 'y' WHERE id %% 5 = 0",
            "UPDATE %s SET txt = 'new', js = '[1, 1.5, \"\u00e9\"]', vb = '', y = 1999 WHERE id %%"
                + " 7 = 0");
    for (String update : updates) {
      schema.execute(update.formatted("native"));
    }
    MigrationResult result =
        migrateWhileUpdating(change, updates.stream().map(u -> u.formatted("t")).toList());
    assertThat(result.warnings()).isEmpty();

    schema.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES'", "ALTER TABLE native " + change);
    for (String column :
        schema.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND table_name = 't'"
                .formatted(schema.name()))) {
      assertEqualColumns("native", "`" + column + "`");
    }
  }

  private void conversionsOfPostgres() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (id int PRIMARY KEY, a int, b text, c numeric(20,6), d timestamp, e timestamptz, f varchar(10), j text, k text,
                        w char(5), gone int)
        """,
        "INSERT INTO t SELECT i, i, i::text, i / 7.0, '2024-03-10 02:30:00.55', '2024-07-01"
            + " 12:00:00+00', 'f', '{\"a\": 1.0}', 'x,y', 'ab', 1 FROM n",
        "CREATE TABLE native (LIKE t INCLUDING ALL)",
        "INSERT INTO native SELECT * FROM t");
    String change =
        """
        ALTER a TYPE bigint, ALTER COLUMN b TYPE integer USING b::integer + 1, ALTER c TYPE numeric(12,2), ALTER d TYPE timestamptz(0),
        ALTER COLUMN e SET DATA TYPE timestamp, ALTER f TYPE char(12), ALTER j TYPE jsonb USING (j::jsonb - 'zz'),
        ALTER k TYPE text[] USING string_to_array(k, ','), ALTER w TYPE text, DROP gone, ADD new_one text NOT NULL DEFAULT 'it''s'
        """;
    String[] updates = {
      "UPDATE %s SET a = -a, b = '77', c = c * 2 WHERE id %% 3 = 0",
      "UPDATE %s SET d = '2024-11-03 01:30:00', e = '2024-01-01 00:00:00.7+00', j = '{\"zz\": 1,"
          + " \"b\": 2}', k = 'p,q,,r' WHERE id %% 2 = 0"
    };
    for (String update : updates) {
      schema.execute(update.formatted("native"));
    }
    migrateWhileUpdating(change, List.of(updates[0].formatted("t"), updates[1].formatted("t")));
    schema.execute("SET TimeZone = 'UTC'", "ALTER TABLE native " + change);
    assertThat(schema.rows("SELECT * FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT * FROM native ORDER BY id"));
  }

  @Needs(Ability.OTHER_TIME_ZONES)
  @ParameterizedTest
  @ValueSource(strings = {"+05:30", "Asia/Kolkata"})
  void timestampsBecomeLocalTimeAsTheServerSeesIt(String local) throws Exception {
    String zone = schema.value("SELECT @@GLOBAL.time_zone");
    // Whether the server has loaded those of the machine or not.
    schema.execute(
        "INSERT IGNORE INTO mysql.time_zone VALUES (90530, 'N')",
        "INSERT IGNORE INTO mysql.time_zone_transition_type VALUES (90530, 0, 19800, 0, 'IST')",
        "INSERT IGNORE INTO mysql.time_zone_name VALUES ('Asia/Kolkata', 90530)",
        "SET GLOBAL time_zone = '%s'".formatted(local),
        "CREATE TABLE t (id INT PRIMARY KEY, ts TIMESTAMP NULL)",
        "INSERT INTO t VALUES (1, '2024-01-01 00:00:00'), (2, NULL)");
    try {
      MigrationResult result = schema.ghost("t", "MODIFY ts DATETIME").build().run();
      assertThat(schema.rows("SELECT id, ts FROM t ORDER BY id"))
          .containsExactly("1|2024-01-01 05:30:00", "2|null");
      assertThat(result.warnings()).anyMatch(w -> w.contains(local));
    } finally {
      schema.execute("SET GLOBAL time_zone = '%s'".formatted(zone));
    }
  }

  private MigrationResult migrateWhileUpdating(String change, List<String> updates) {
    return new UpdatesMeanwhile(db, schema).migrate(change, updates);
  }

  private void assertEqualColumns(String other, String expression) throws SQLException {
    String sql = "SELECT id, HEX(%s) FROM %s ORDER BY id";
    assertThat(schema.rows(sql.formatted(expression, "t")))
        .as(expression)
        .isEqualTo(schema.rows(sql.formatted(expression, other)));
  }
}
