package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the server's own ALTER makes of a sample is what ghost makes of it, whatever the table has;
 * and where that is not so, nothing is copied.
 */
@OnServers(whichHave = Ability.USING_EXPRESSIONS, otherVersions = Db.POSTGRES)
class SampleComparisonTest {

  /** As many are compared however slow the server is; all of them, otherwise. */
  private static final int FEWEST = 100;

  @Provided private Schema schema;

  private ServerComparison planned(MigrationBuilder ghost) throws Exception {
    MigrationPlan plan = ghost.build().plan();
    assertNothingIsLeft();
    return plan.comparison().orElseThrow();
  }

  private ServerComparison planned(String change) throws Exception {
    return planned(schema.ghost("t", change));
  }

  private RefusedException refused(String change) throws Exception {
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> schema.ghost("t", change).build().run());
    assertThat(e).as(change).isNotNull();
    assertNothingIsLeft();
    return e;
  }

  private void assertNothingIsLeft() throws Exception {
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.rows("SELECT nspname FROM pg_namespace WHERE nspname ~ '_gh[st]$'"))
        .isEmpty();
  }

  private void table(String columns, int rows) throws Exception {
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, %s)".formatted(columns),
        "INSERT INTO t SELECT i FROM generate_series(1, %d) AS i".formatted(rows));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          v text           | id::text                                      | ALTER v TYPE int USING v::int
          v text           | CASE id % 3 WHEN 0 THEN 'x ' WHEN 1 THEN '' ELSE chr(128123) END | ALTER v TYPE char(8)
          v varchar(20)    | concat('v ', id)                              | ALTER v TYPE text COLLATE "C"
          v numeric(20, 6) | id / 7.0                                      | ALTER v TYPE numeric(12, 2)
          v numeric        | CASE id % 3 WHEN 0 THEN 'NaN' WHEN 1 THEN -0.5 ELSE id / 3.0 END | ALTER v TYPE float8
          v float8         | CASE id % 5 WHEN 0 THEN '-0'::float8 WHEN 1 THEN 'Infinity' WHEN 2 THEN 'NaN' ELSE id / 7.0 END | ALTER v TYPE text
          v float8         | id / 7.0                                      | ALTER v TYPE real
          v timestamp      | '2024-03-10 01:30'::timestamp + id * interval '1 hour' | ALTER v TYPE timestamptz
          v timestamptz    | CASE id % 3 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' ELSE '2024-11-03 00:30+00'::timestamptz + id * interval '1 hour' END | ALTER v TYPE timestamp(0)
          v text           | CASE id % 3 WHEN 0 THEN 'null' ELSE '{"a": 1.0, "a": 2}' END | ALTER v TYPE jsonb USING v::jsonb
          v text           | CASE id % 3 WHEN 0 THEN '' ELSE 'a,b,,c' END  | ALTER v TYPE text[] USING string_to_array(v, ',')
          v int[]          | CASE id % 3 WHEN 0 THEN '{}' ELSE ARRAY[id, NULL] END | ALTER v TYPE bigint[]
          v text           | repeat('long ', id * 10)                      | ADD g text GENERATED ALWAYS AS (upper(v)) STORED
          """)
  void valuesThatAreConverted(String column, String value, String change) throws Exception {
    table(column, 500);
    schema.execute("UPDATE t SET v = %s WHERE id %% 11 <> 0".formatted(value));
    ServerComparison found = planned(change);
    assertThat(found.rows()).isBetween(FEWEST, 500);
    assertThat(found.columns()).contains("id", "v");
    assertThat(found.differences()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"America/New_York", "Asia/Kolkata"})
  void instantsAreReadInTheRolesTimeZone(String zone) throws Exception {
    table("v timestamp, w timestamptz", 300);
    schema.execute(
        "UPDATE t SET v = '2024-03-10 01:30'::timestamp + id * interval '20 min', w = '2024-11-03"
            + " 00:30+00'::timestamptz + id * interval '20 min'",
        "ALTER ROLE postgres IN DATABASE test SET TimeZone = '%s'".formatted(zone));
    try {
      assertThat(planned("ALTER v TYPE timestamptz, ALTER w TYPE timestamp").rows())
          .isBetween(FEWEST, 300);
    } finally {
      schema.execute("ALTER ROLE postgres IN DATABASE test RESET ALL");
    }
  }

  @Test
  void aRowIsFoundAmongMany() throws Exception {
    table("v text", 100_000);
    schema.execute(
        "UPDATE t SET v = id",
        "UPDATE t SET v = '70000 and more' WHERE id = 77777",
        "CREATE INDEX ON t (v COLLATE \"C\")",
        "CREATE INDEX by_length ON t (length(v))",
        "ALTER TABLE t ADD w int DEFAULT 1",
        "UPDATE t SET w = 2000000 WHERE id = 4711",
        "CREATE INDEX ON t (w)");
    assertThat(refused("ALTER w TYPE smallint").what())
        .startsWith("The server's own ALTER does not accept the row of ")
        .contains("with id = 4711: ")
        .contains("out of range");
  }

  @Test
  void valuesThatAreTwice() throws Exception {
    table("v int", 100);
    schema.execute("UPDATE t SET v = id / 2");
    assertThat(refused("ADD UNIQUE (v)").what()).contains("Key (v)=(").contains("is duplicated");
  }

  @Test
  void checksThatDoNotHoldForAllRows() throws Exception {
    table("v int, w varchar(9) DEFAULT 'a'", 300);
    schema.execute(
        "UPDATE t SET v = id",
        "ALTER TABLE t ADD CONSTRAINT low CHECK (v < 100) NOT VALID",
        "ALTER TABLE t ADD CONSTRAINT one CHECK (w IN ('b', 'c')) NOT VALID",
        "COMMENT ON CONSTRAINT low ON t IS 'below'");
    ServerComparison found =
        planned("ALTER v TYPE bigint, ADD CONSTRAINT even CHECK (v % 2 = 0) NOT VALID");
    assertThat(found.rows()).isBetween(FEWEST, 300);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "CREATE INDEX ON t (v) WHERE w IN ('a', 'b')",
        "CREATE UNIQUE INDEX ON t (lower(w), (v + 1))",
        "CREATE INDEX ON t USING gin (string_to_array(w, ' '))",
        "ALTER TABLE t ADD UNIQUE (v) DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE t ADD EXCLUDE USING gist (int4range(id, id + 1) WITH &&)",
        "ALTER TABLE t SET (fillfactor = 70), ALTER w SET STATISTICS 50, ALTER w SET STORAGE MAIN",
        "CREATE STATISTICS stats ON v, w FROM t",
        "ALTER TABLE t REPLICA IDENTITY FULL, CLUSTER ON t_pkey",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE t DROP gone",
        "ALTER TABLE t ADD CHECK (w IN ('a', 'b') OR v > 0)",
        "COMMENT ON COLUMN t.w IS 'it''s a column'"
      })
  void whatTheTableHas(String ddl) throws Exception {
    table("gone int, v int, w varchar(20)", 300);
    schema.execute("UPDATE t SET v = id, w = 'w ' || id", ddl);
    assertThat(planned("ALTER v TYPE bigint, ADD note int DEFAULT 7").rows())
        .isBetween(FEWEST, 300);
  }

  @Test
  void countersAreNotDrawnFrom() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (INCREMENT 5) PRIMARY KEY, s serial,
                        d bigint GENERATED BY DEFAULT AS IDENTITY, v int)
        """,
        "INSERT INTO t (v) SELECT i FROM generate_series(1, 300) AS i");
    ServerComparison found =
        planned(
            "ALTER id TYPE bigint, ADD n bigserial, ADD m int GENERATED ALWAYS AS IDENTITY, ADD r"
                + " float8 DEFAULT random(), ADD moment timestamptz DEFAULT now(), ADD k int"
                + " DEFAULT 7");
    assertThat(found.columns()).containsExactly("id", "s", "d", "v", "k");
    assertThat(found.rows()).isBetween(FEWEST, 300);
    for (String column : List.of("id", "s", "d")) {
      assertThat(schema.value("SELECT last_value FROM t_%s_seq".formatted(column)))
          .isEqualTo(column.equals("id") ? "1496" : "300");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD CONSTRAINT f FOREIGN KEY (v) REFERENCES parent",
        "DROP CONSTRAINT former, ALTER v TYPE bigint",
        "ADD p int REFERENCES parent ON DELETE SET NULL DEFAULT 1, ALTER v TYPE bigint"
      })
  void foreignKeysAreLeftOut(String change) throws Exception {
    schema.execute("CREATE TABLE parent (id int PRIMARY KEY)", "INSERT INTO parent VALUES (1)");
    table("v int DEFAULT 1 CONSTRAINT former REFERENCES parent", 300);
    assertThat(planned(change).rows()).isBetween(FEWEST, 300);
  }

  @Test
  void aDifferenceIsRefusedUnlessItIsAccepted() throws Exception {
    table("v int", 100);
    String change = "ALTER v TYPE int USING (random() * 1000000000)::int";
    RefusedException e = refused(change);
    assertThat(e.what())
        .startsWith("The column v of the row with id = ")
        .contains(" by the server's own ALTER, and ");
    assertThat(e.remedy()).contains("--accept-difference v");
    ServerComparison found = planned(schema.ghost("t", change).acceptDifference("v"));
    assertThat(found.differences()).anyMatch(d -> d.startsWith("v of the row with id = "));
  }

  /** The server's own ALTER of a whole sample would take longer than all of it may. */
  @Test
  void aSlowChangeIsComparedOnFewerRows() throws Exception {
    table("v int", 1_500);
    schema.execute("UPDATE t SET v = id");
    ServerComparison found =
        planned(
            "ALTER v TYPE bigint USING CASE WHEN pg_sleep(0.002)::text = 'x' THEN 0 ELSE v END");
    assertThat(found.rows()).isBetween(FEWEST, 600);
    assertThat(found.differences()).isEmpty();
  }

  /** The server does not know them. */
  @Test
  void valuesOfOnesOwn() throws Exception {
    table("v int", 100);
    assertThat(planned(schema.ghost("t", "ADD w int NOT NULL").set("w", "id * 2")).rows()).isZero();
    ServerComparison found = planned(schema.ghost("t", "ADD w int").set("w", "id * 2"));
    assertThat(found.rows()).isEqualTo(100);
    assertThat(found.columns()).containsExactly("id", "v");
  }

  /** Its pages are in another order than its key, and the server gives an identity always. */
  @Test
  void aTableThatIsCopiedByItsPages() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (k uuid PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, v text)
        """,
        "INSERT INTO t (k, v) SELECT md5(i::text)::uuid, repeat('x', 400) FROM generate_series(1,"
            + " 20000) AS i",
        "ANALYZE t");
    assertThat(planned("ADD note int").rows()).isBetween(100, 2_000);
    MigrationResult result = schema.ghost("t", "ADD note int").build().run();
    assertThat(result.rowsCopied()).isEqualTo(20_000);
  }

  @Test
  void aPublicationOfAllTables() throws Exception {
    table("v int", 300);
    schema.execute("CREATE PUBLICATION everything FOR ALL TABLES");
    try {
      MigrationPlan plan = schema.ghost("t", "ALTER v TYPE bigint").build().plan();
      assertThat(plan.comparison().orElseThrow().rows()).isBetween(FEWEST, 300);
    } finally {
      schema.execute("DROP PUBLICATION everything");
    }
  }
}
