package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every column type, altered while each column of each row is updated: equal to the byte
 * afterwards.
 */
@OnServers(otherVersions = {Db.MARIADB, Db.POSTGRES})
class ColumnTypesTest {

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
    if (db == Db.POSTGRES) {
      everyTypeOfPostgres();
    } else {
      everyTypeOfInnodb();
    }
  }

  private void everyTypeOfInnodb() throws Exception {
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

  private void everyTypeOfPostgres() throws Exception {
    schema.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TYPE pair AS (x int, y text)",
        "CREATE DOMAIN positive AS numeric CHECK (value > 0)",
        """
        CREATE TABLE t (
          id serial PRIMARY KEY, si smallint, bi bigint, n numeric, f4 real, f8 double precision, m money,
          b boolean, c char(10), vc varchar(50), tx text COLLATE "C", ba bytea, bt bit(5), vb bit varying(20),
          d date, ts timestamp, tz timestamptz(3), ti time, tt timetz, iv interval, u uuid,
          j json, jb jsonb, x xml, ip inet, ci cidr, mac macaddr, tv tsvector, tq tsquery,
          pt point, bo box, ar int[], a2 text[][], r int4range, mr tstzmultirange, e mood, p pair, ap pair[], po positive,
          lsn pg_lsn, big text, g int GENERATED ALWAYS AS (si * 2) STORED)
        """,
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        """
        INSERT INTO t (si, bi, n, f4, f8, m, b, c, vc, tx, ba, bt, vb, d, ts, tz, ti, tt, iv, u, j, jb, x, ip, ci, mac,
          tv, tq, pt, bo, ar, a2, r, mr, e, p, ap, po, lsn, big)
        SELECT i % 100, -9223372036854775808 + i, CASE i % 3 WHEN 0 THEN 'NaN' WHEN 1 THEN 1.500 ELSE 1e50 END, i / 3.0,
          CASE i % 4 WHEN 0 THEN 'Infinity' WHEN 1 THEN '-0' ELSE i / 7.0 END, i::money, i % 2 = 0, 'c', 'v' || i, E'a\\nb\\t''"\\\\',
          decode('00ff80', 'hex'), B'10101', B'1', CASE i % 3 WHEN 0 THEN 'infinity'::date ELSE '0044-03-15 BC' END,
          CASE i % 5 WHEN 0 THEN '-infinity'::timestamp ELSE '2024-02-29 23:59:59.999999' END, '2024-10-27 00:30:00.1234+00',
          '23:59:59.999999', '10:00:00+05:30', '1 year -2 days 03:04:05.000006', md5(i::text)::uuid, '{"b": 1.0, "a": [1, 1]}', '{"b": 1.00}',
          '<a>1</a>', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', 'a fat cat', 'fat & cat', '(1,2)', '(1,1),(0,0)', ARRAY[i, NULL],
          ARRAY[['a', 'b'], ['c', NULL]], int4range(1, i + 2), '{[2024-01-01, 2024-02-01)}', 'ok', ROW(i, 'y"')::pair, ARRAY[ROW(1, 'a')::pair], i, '0/16B3748',
          repeat(md5(i::text), 300)
        FROM n
        """,
        "UPDATE t SET si = NULL, n = NULL, f8 = NULL, c = NULL, j = NULL, jb = NULL, x = NULL, ar ="
            + " NULL, r = NULL, e = NULL, p = NULL, big = NULL WHERE id % 11 = 0",
        "UPDATE t SET vc = '', tx = '', ar = '{}', ba = '' WHERE id % 13 = 0");
    migrateWhileUpdating(
        "ADD COLUMN extra int DEFAULT 7, DROP COLUMN bo",
        List.of(
            "UPDATE t SET si = si + 1, n = n / 3, f4 = f4 * 3, f8 = f8 / 3, b = NOT b, vc = vc ||"
                + " '\ud83d\udc7b'",
            "UPDATE t SET jb = jb || '{\"c\": 0.10}', j = '[1.0, 1e0]', x = '<b/>', ar = ar || 5, e"
                + " = 'sad', p = ROW(9, NULL)::pair WHERE id % 2 = 0",
            "UPDATE t SET big = big || 'x' WHERE id % 3 = 0",
            "UPDATE t SET d = 'infinity', ts = 'infinity', iv = '-1 mon', tv = 'x:1A' WHERE id % 5"
                + " = 0"));
    for (String column :
        schema.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND table_name = 't' AND column_name <> 'extra'"
                .formatted(schema.name()))) {
      assertThat(schema.rows("SELECT id AS i, %s::text FROM t ORDER BY i".formatted(column)))
          .as(column)
          .isEqualTo(
              schema.rows("SELECT id AS i, %s::text FROM t_old ORDER BY i".formatted(column)));
    }
    assertThat(schema.count("t WHERE extra = 7")).isEqualTo(ROWS);
  }

  @Needs(Ability.TYPES_OF_ONES_OWN)
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          citext; 'Text' || i; 'tExt!' || id
          hstore; hstore('a', i::text); hstore('b', NULL)
          """)
  void typesOfExtensions(String extension, String value, String changed) throws Exception {
    Assumptions.assumeFalse(
        schema
            .rows("SELECT 1 FROM pg_available_extensions WHERE name = '" + extension + "'")
            .isEmpty(),
        "skipped: this server does not have the extension " + extension);
    schema.execute(
        "CREATE EXTENSION IF NOT EXISTS %s SCHEMA public".formatted(extension),
        "CREATE TABLE t (id int PRIMARY KEY, x %s)".formatted(extension),
        "INSERT INTO t SELECT i, %s FROM n".formatted(value));
    migrateWhileUpdating(
        "ADD y int",
        List.of(
            "UPDATE t SET x = %s WHERE id %% 2 = 0".formatted(changed),
            "UPDATE t SET x = NULL WHERE id % 7 = 0"));
    assertThat(schema.rows("SELECT id, x::text FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT id, x::text FROM t_old ORDER BY id"));
  }

  @Test
  void renamedDroppedAndAddedColumns() throws Exception {
    if (db == Db.POSTGRES) {
      renamedOnPostgres();
    } else {
      renamedOnInnodb();
    }
  }

  private void renamedOnInnodb() throws Exception {
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

  private void renamedOnPostgres() throws Exception {
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a int)", "INSERT INTO t SELECT i, i FROM n");
    migrateWhileUpdating(
        "RENAME COLUMN a TO \"B c\"",
        List.of("UPDATE t SET a = a + 1", "DELETE FROM t WHERE id = 5"));
    assertThat(schema.value("SELECT \"B c\" FROM t WHERE id = 6")).isEqualTo("7");
  }

  private MigrationResult migrateWhileUpdating(String change, List<String> updates) {
    return new UpdatesMeanwhile(db, schema).migrate(change, updates);
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
