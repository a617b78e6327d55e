package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every column type of PostgreSQL, altered while each row is updated. */
@OnServers(whichHave = Ability.TYPES_OF_ONES_OWN, otherVersions = Db.POSTGRES)
class PostgresTypesTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(500);
  }

  @Test
  void everyTypeStaysWhatItWas() throws Exception {
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
        "UPDATE t SET si = si + 1, n = n / 3, f4 = f4 * 3, f8 = f8 / 3, b = NOT b, vc = vc ||"
            + " '\ud83d\udc7b'",
        "UPDATE t SET jb = jb || '{\"c\": 0.10}', j = '[1.0, 1e0]', x = '<b/>', ar = ar || 5, e ="
            + " 'sad', p = ROW(9, NULL)::pair WHERE id % 2 = 0",
        "UPDATE t SET big = big || 'x' WHERE id % 3 = 0",
        "UPDATE t SET d = 'infinity', ts = 'infinity', iv = '-1 mon', tv = 'x:1A' WHERE id % 5 ="
            + " 0");
    for (String column :
        schema.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND table_name = 't' AND column_name <> 'extra'"
                .formatted(schema.name()))) {
      assertThat(schema.rows("SELECT id AS i, %s::text FROM t ORDER BY i".formatted(column)))
          .as(column)
          .isEqualTo(
              schema.rows("SELECT id AS i, %s::text FROM t_old ORDER BY i".formatted(column)));
    }
    assertThat(schema.count("t WHERE extra = 7")).isEqualTo(500);
  }

  @Test
  void conversionsAreThoseOfAlterTable() throws Exception {
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
    migrateWhileUpdating(change, updates[0].formatted("t"), updates[1].formatted("t"));
    schema.execute("SET TimeZone = 'UTC'", "ALTER TABLE native " + change);
    assertThat(schema.rows("SELECT * FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT * FROM native ORDER BY id"));
  }

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
        "UPDATE t SET x = %s WHERE id %% 2 = 0".formatted(changed),
        "UPDATE t SET x = NULL WHERE id %% 7 = 0".formatted());
    assertThat(schema.rows("SELECT id, x::text FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT id, x::text FROM t_old ORDER BY id"));
  }

  @Test
  void aRenameKeepsTheValues() throws Exception {
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a int)", "INSERT INTO t SELECT i, i FROM n");
    migrateWhileUpdating(
        "RENAME COLUMN a TO \"B c\"", "UPDATE t SET a = a + 1", "DELETE FROM t WHERE id = 5");
    assertThat(schema.value("SELECT \"B c\" FROM t WHERE id = 6")).isEqualTo("7");
  }

  /** The updates come in turn before the chunks are read and after. */
  private void migrateWhileUpdating(String change, String... updates) throws Exception {
    int half = (updates.length + 1) / 2;
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> update(List.of(updates).subList(0, half)))
            .at(Phase.VERIFY, () -> update(List.of(updates).subList(half, updates.length)));
    schema.ghost("t", change).listener(listener).build().run();
  }

  private void update(List<String> updates) throws SQLException {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      for (String update : updates) {
        s.executeUpdate(update);
      }
    }
  }
}
