package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every column type, altered while each column of each row is updated: equal to the byte
 * afterwards.
 */
@OnServers(whichHave = Ability.MYSQL_SYNTAX, otherVersions = Db.MARIADB)
class ColumnTypesTest {

  @Provided private Db db;

  private static final int ROWS = 600;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
    schema.execute("SET SESSION sql_mode = ''", "SET SESSION time_zone = '+00:00'");
  }

  /** What the products write differently. */
  private enum Own {
    VECTOR,
    VALUE,
    POINT,
    BINARY
  }

  private String own(Own what) {
    boolean mySql = db == Db.MYSQL;
    return switch (what) {
      case VECTOR -> mySql ? "VECTOR(3)" : "INET6";
      case VALUE -> mySql ? "STRING_TO_VECTOR('[1.5,2,3]')" : "'2001:db8::1.5.0.0'";
      case POINT -> mySql ? "ST_SRID(POINT(n.i % 90, 2), 4326)" : "POINT(n.i, 2)";
      case BINARY -> mySql ? "CAST(UNHEX('FF00') AS BINARY)" : "'binary'";
    };
  }

  @Test
  void everyTypeStaysWhatItWas() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (
          id INT UNSIGNED PRIMARY KEY,
          ti TINYINT, tu TINYINT UNSIGNED, b1 BOOL, si SMALLINT, mi MEDIUMINT, i INT, iz INT(8) ZEROFILL,
          bi BIGINT, bu BIGINT UNSIGNED,
          de DECIMAL(65,30), f FLOAT, d DOUBLE, bt BIT(64), b7 BIT(7),
          da DATE, t0 TIME, t6 TIME(6), dt DATETIME, d6 DATETIME(6),
          ts TIMESTAMP NULL, t3 TIMESTAMP(3) NULL, y YEAR,
          c CHAR(10), vc VARCHAR(100), va VARCHAR(50) CHARACTER SET latin1, vl VARCHAR(50) CHARACTER SET latin2,
          vg VARCHAR(50) CHARACTER SET gbk, vu VARCHAR(50) CHARACTER SET ucs2, vb VARCHAR(50) COLLATE utf8mb4_bin,
          tt TINYTEXT, tx TEXT, mt MEDIUMTEXT, lt LONGTEXT,
          bin BINARY(16), vbin VARBINARY(64), tb TINYBLOB, bl BLOB, mb MEDIUMBLOB, lb LONGBLOB,
          e ENUM('a','b','c','it''s','back\\\\slash'), s SET('x','y','z'),
          j JSON, g GEOMETRY, pt POINT, vec %s,
          q INT NOT NULL UNIQUE,
          gv INT GENERATED ALWAYS AS (i + 1) VIRTUAL, gs VARCHAR(120) GENERATED ALWAYS AS (CONCAT(vc, '!')) STORED
        ) CHARSET utf8mb4
        """
            .formatted(own(Own.VECTOR)),
        """
        INSERT INTO t (id, ti, tu, b1, si, mi, i, iz, bi, bu, de, f, d, bt, b7, da, t0, t6, dt, d6, ts, t3, y,
          c, vc, va, vl, vg, vu, vb, tt, tx, mt, lt, bin, vbin, tb, bl, mb, lb, e, s, j, g, pt, vec, q)
        SELECT n.i, -128, 255, n.i % 2, -32768, 8388607, n.i, n.i, -9223372036854775808, 18446744073709551615,
          12345678901234567890.123456789012345678901234567890, 0.1 * n.i, 1e300 / n.i, n.i, n.i % 128,
          IF(n.i % 5 = 0, '0000-00-00', '2024-02-29'), '-838:59:59', '838:59:58.999999',
          IF(n.i % 7 = 0, '0000-00-00 00:00:00', '9999-12-31 23:59:59'), '1000-01-01 00:00:00.000001',
          '2024-10-27 00:30:00', '2038-01-19 03:14:07.999', 1901 + n.i % 200,
          IF(n.i % 3 = 0, '', 'pad'), CONCAT('vc', n.i, '\\0#\\n'), 'caf\u00e9', '\u0159\u00edzek', '\u4e2d\u6587', '\u00fcber', 'A',
          'tiny', REPEAT('text', n.i), REPEAT('m', 3000), REPEAT('l', 30000),
          UNHEX('00112233445566778899AABBCCDD0000'), UNHEX('00FF'), UNHEX('00'), REPEAT(UNHEX('00FF80'), n.i), REPEAT('b', 100), '',
          n.i % 6, n.i % 8,
          JSON_OBJECT('i', n.i, 'd', CAST(1.0 AS DECIMAL(5,2)), 'f', 1e0, 'u', 18446744073709551615,
            't', CAST('2020-01-01 10:11:12' AS DATETIME), 'b', %s, 's', 'x', 'n', NULL, 'a', JSON_ARRAY(TRUE, -1)),
          ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), %s, %s, n.i
        FROM n
        """
            .replace(" % ", " %% ")
            .formatted(own(Own.BINARY), own(Own.POINT), own(Own.VALUE)),
        // The updates below set a column to the same row's neighbour; some rows are all NULL.
        "UPDATE t SET ti=NULL, tu=NULL, b1=NULL, si=NULL, mi=NULL, i=NULL, bi=NULL, bu=NULL,"
            + " de=NULL, f=NULL, d=NULL, bt=NULL, da=NULL, t0=NULL, dt=NULL, ts=NULL, y=NULL,"
            + " c=NULL, vc=NULL, va=NULL, vl=NULL, vg=NULL, vu=NULL, tx=NULL, bin=NULL, bl=NULL,"
            + " e=NULL, s=NULL, j=NULL, g=NULL, pt=NULL, vec=NULL WHERE id % 11 = 0");
    List<String> updates = new ArrayList<>();
    for (String column : List.of("ti", "tu", "si", "mi", "i", "bi", "bu", "y", "iz", "b7")) {
      updates.add(
          "UPDATE t SET %1$s = CASE WHEN %1$s > 5 THEN %1$s - 1 ELSE %1$s + 1 END"
              .formatted(column));
    }
    updates.addAll(
        List.of(
            "UPDATE t SET de = de + 0.000000000000000000000000000001",
            "UPDATE t SET f = f * 3",
            "UPDATE t SET d = d / 3",
            "UPDATE t SET bt = ~bt",
            "UPDATE t SET b1 = NOT b1",
            "UPDATE t SET da = '2023-12-31' WHERE da > 0",
            "UPDATE t SET t0 = '00:00:01', t6 = '-00:00:00.000001'",
            "UPDATE t SET dt = '2021-03-28 02:30:00', d6 = '2021-03-28 02:30:00.123456'",
            "UPDATE t SET ts = '2024-10-27 01:30:00', t3 = '1970-01-01 00:00:01.001'",
            "UPDATE t SET c = CONCAT('c', id), vc = CONCAT(vc, '\ud83d\udc7b')",
            "UPDATE t SET va = '\u00e9t\u00e9 \u20ac', vl = '\u010d\u0148', vg = '\u4f60\u597d', vu"
                + " = '\u0436', vb = 'a'",
            "UPDATE t SET tt = 't', tx = CONCAT(tx, 'x'), mt = CONCAT(mt, 'y'), lt = CONCAT(lt,"
                + " 'z')",
            "UPDATE t SET bin = UNHEX('FF00'), vbin = UNHEX('0000'), tb = '', bl = CONCAT(bl,"
                + " UNHEX('00')), mb = UNHEX('FE'), lb = UNHEX('00')",
            "UPDATE t SET e = 'it''s', s = 'x,z'",
            "UPDATE t SET j = JSON_SET(j, '$.i', CAST(id AS DOUBLE), '$.new', CAST(0.10 AS"
                + " DECIMAL(5,2)))",
            "UPDATE t SET g = ST_GeomFromText('LINESTRING(0 0,5 5)'), pt = %s, vec = %s"
                .formatted(own(Own.POINT).replace("n.i", "7"), own(Own.VALUE).replace("1.5", "9")),
            // Each row stands in another's way: they are written by way of a temporary table.
            "BEGIN",
            "UPDATE t SET q = -q",
            "UPDATE t SET q = -q %% %d + 1".formatted(ROWS),
            "COMMIT"));
    migrateWhileUpdating(
        "ADD COLUMN extra INT DEFAULT 7 AFTER id, MODIFY s SET('z','y','x','w'), MODIFY e"
            + " ENUM('c','it''s','b','a','back\\\\slash','new')",
        updates);

    assertSame(
        "id", "ti", "tu", "b1", "si", "mi", "i", "iz", "bi", "bu", "de", "f", "d", "bt", "b7", "da",
        "t0", "t6", "dt", "d6", "ts", "t3", "y", "c", "vc", "va", "vl", "vg", "vu", "vb", "tt",
        "tx", "mt", "lt", "bin", "vbin", "tb", "bl", "mb", "lb", "j", "g", "pt", "vec", "q", "gv",
        "gs");
    for (String member : List.of("i", "d", "f", "u", "t", "b", "new")) {
      assertSame("JSON_TYPE(JSON_EXTRACT(j, '$.%s'))".formatted(member));
    }
    assertSame(
        "CONCAT(e)",
        "FIND_IN_SET('x', s) > 0",
        "FIND_IN_SET('y', s) > 0",
        "FIND_IN_SET('z', s) > 0");
    assertThat(schema.value("SELECT COUNT(*) FROM t WHERE extra = 7")).isEqualTo("" + ROWS);
  }

  @Test
  void conversionsAreThoseOfAlterTable() throws Exception {
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

  @Test
  void renamedDroppedAndAddedColumns() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(10), `c d` INT, Gone INT, x INT, y"
            + " INT)",
        "INSERT INTO t SELECT i, i, CONCAT('b', i), i * 2, 1, i * 3, i * 4 FROM n");
    migrateWhileUpdating(
        """
        CHANGE A z BIGINT, ADD COLUMN a INT NOT NULL, RENAME COLUMN `C D` TO `d``c`, DROP COLUMN gone,
        ADD COLUMN gone2 VARCHAR(5) NOT NULL, ADD COLUMN (p DATE NULL, q ENUM('k','l') NOT NULL),
        RENAME COLUMN x TO Y, RENAME COLUMN y TO x
        """,
        List.of(
            "UPDATE t SET a = a + 1000",
            "UPDATE t SET b = CONCAT(b, '!')",
            "UPDATE t SET x = x + 1"));
    assertThat(
            schema.rows(
                "SELECT id, z, a, b, `d``c`, gone2, p, q, Y, x FROM t WHERE id IN (1, 600)"))
        .containsExactly("1|1001|0|b1!|2||null|k|4|4", "600|1600|0|b600!|1200||null|k|1801|2400");
  }

  private MigrationResult migrateWhileUpdating(String change, List<String> updates)
      throws Exception {
    // Half of the changes come before the chunks are read, half after.
    int half = updates.size() / 2;
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> update(updates.subList(0, half)))
            .at(Phase.VERIFY, () -> update(updates.subList(half, updates.size())));
    // Zero dates are stored only where the sql_mode lets them be.
    return schema
        .ghost(Schema.at(schema.url() + "?sessionVariables=sql_mode=''"), "t", change)
        .listener(listener)
        .build()
        .run();
  }

  private void update(List<String> updates) throws SQLException {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute("SET SESSION sql_mode = ''");
      s.execute("SET SESSION time_zone = '+00:00'");
      for (String update : updates) {
        s.executeUpdate(update);
      }
    }
  }

  private void assertSame(String... expressions) throws SQLException {
    for (String expression : expressions) {
      assertEqualColumns("t_old", expression);
    }
  }

  private void assertEqualColumns(String other, String expression) throws SQLException {
    String sql = "SELECT id, HEX(%s) FROM %s ORDER BY id";
    assertThat(schema.rows(sql.formatted(expression, "t")))
        .as(expression)
        .isEqualTo(schema.rows(sql.formatted(expression, other)));
  }
}
