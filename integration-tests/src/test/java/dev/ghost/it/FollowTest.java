package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.Migration;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What depends on a PostgreSQL table follows to the new one, or the migration is refused. */
@OnServers(whichHave = Ability.DEPENDENTS_BY_NUMBER, otherVersions = Db.POSTGRES)
class FollowTest {

  @Provided private PostgresServer server;
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute(
        "CREATE ROLE reader",
        "SET allow_in_place_tablespaces = on",
        "CREATE TABLESPACE space LOCATION ''");
  }

  @AfterEach
  void cleanUp() throws Exception {
    schema.execute(
        "DROP PUBLICATION IF EXISTS pub",
        "DROP SCHEMA %s CASCADE".formatted(schema.name()),
        "CREATE SCHEMA " + schema.name(),
        "DROP OWNED BY reader CASCADE",
        "DROP ROLE reader",
        "DROP TABLESPACE space");
  }

  @Test
  void everythingFollows() throws Exception {
    createAllThereIs();
    String s = schema.name();
    List<String> before = description();
    List<String> dumpBefore = server.dump(s);
    try (Connection c = schema.connect();
        PreparedStatement prepared = c.prepareStatement("SELECT name FROM t WHERE id = ?")) {
      for (int i = 0; i < 10; i++) {
        assertThat(name(prepared)).isEqualTo("n7");
      }
      schema.ghost("t", "ADD COLUMN note text, ALTER COLUMN z TYPE bigint").build().run();
      schema.execute("UPDATE t SET name = 'changed' WHERE id = 7");
      assertThat(name(prepared)).as("a prepared statement continues").isEqualTo("changed");
    }

    assertThat(description())
        .containsExactlyElementsOf(
            before.stream().map(l -> l.replace("z integer", "z bigint")).toList());
    // Everything is at work.
    schema.execute("INSERT INTO t (name, parent) VALUES ('new', 2)");
    assertThat(schema.rows("SELECT id, k, low FROM t WHERE name = 'new'"))
        .containsExactly("501|2600|new");
    assertThat(schema.value("SELECT count(*) FROM log WHERE id = 501")).isEqualTo("1");
    assertThat(schema.value("SELECT c FROM vv")).isEqualTo("497");
    assertThat(schema.value("SELECT counted()")).isEqualTo("501");
    schema.execute("DELETE FROM parent WHERE id = 2");
    assertThat(schema.count("t WHERE name = 'new'")).isZero();
    schema.execute("DROP TABLE t_old");
    assertThat(server.dump(s))
        .as("pg_dump differs by the change alone")
        .containsExactlyElementsOf(
            dumpBefore.stream()
                .flatMap(
                    l ->
                        l.contains("    low text GENERATED")
                            ? Stream.of(l + "", "    note text,")
                            : Stream.of(l.replace("    z integer,", "    z bigint,")))
                .toList());
    assertThat(schema.value("SELECT nextval('t_id_seq')")).isEqualTo("502");
    assertThat(schema.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_gho'"))
        .isEmpty();
    assertThat(schema.rows("SELECT slot_name FROM pg_replication_slots")).isEmpty();
    assertThat(schema.rows("SELECT pubname FROM pg_publication")).containsExactly("pub");
  }

  @Test
  void everythingComesBackWithTheOldTable() throws Exception {
    createAllThereIs();
    List<String> before = description();
    List<String> dumpBefore = server.dump(schema.name());
    schema
        .ghost(
            "t",
            "ADD COLUMN note text, ALTER COLUMN z TYPE bigint, DROP CONSTRAINT to_parent, DROP"
                + " CONSTRAINT named")
        .build()
        .run();
    schema.execute(
        "INSERT INTO t (name, parent) VALUES ('new', 2)",
        "UPDATE t SET name = 'changed' WHERE id = 7");

    Ghost.connect(schema.url()).password(Server.PASSWORD).revert("t").build().run();

    assertThat(description()).containsExactlyElementsOf(before);
    assertThat(schema.value("SELECT name FROM t WHERE id = 7")).isEqualTo("changed");
    schema.execute("INSERT INTO t (name, parent) VALUES ('newer', 2)");
    assertThat(schema.rows("SELECT id, k, low FROM t WHERE name LIKE 'new%' ORDER BY id"))
        .containsExactly("501|2600|new", "502|2605|newer");
    assertThat(schema.value("SELECT count(*) FROM log WHERE id >= 501"))
        .as("the trigger saw what was written, and not what was replayed")
        .isEqualTo("2");
    assertThat(schema.value("SELECT counted()")).isEqualTo("502");
    schema.execute("DROP TABLE t_new");
    assertThat(server.dump(schema.name())).containsExactlyElementsOf(dumpBefore);
    assertThat(schema.leftovers()).isEmpty();
  }

  /** A table t with all that can hang on one. */
  private void createAllThereIs() throws Exception {
    String s = schema.name();
    schema.execute(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "INSERT INTO parent VALUES (1), (2)",
        """
        CREATE TABLE t (
          id serial PRIMARY KEY, k int GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 5), name text NOT NULL DEFAULT 'x',
          parent int DEFAULT 1 CONSTRAINT to_parent REFERENCES parent ON DELETE CASCADE, self int REFERENCES t, during int4range, n int, z int,
          low text GENERATED ALWAYS AS (lower(name)) STORED,
          CONSTRAINT positive CHECK (id > 0), CONSTRAINT named UNIQUE (name, n) INCLUDE (parent) DEFERRABLE,
          CONSTRAINT apart EXCLUDE USING gist (during WITH &&)) WITH (fillfactor = 70, autovacuum_enabled = false)
        """,
        "CREATE TABLE child (id int PRIMARY KEY, t int CONSTRAINT to_t REFERENCES t ON UPDATE"
            + " CASCADE)",
        "CREATE INDEX partial ON t (n DESC) WHERE name <> 'it''s'",
        "CREATE INDEX \"Odd name\" ON t (lower(name) text_pattern_ops) WITH (fillfactor = 50)",
        "CREATE UNIQUE INDEX nulls ON t (n, id) NULLS NOT DISTINCT",
        "CREATE STATISTICS stats (dependencies) ON n, parent FROM t",
        "ALTER TABLE t ALTER n SET STATISTICS 500, ALTER name SET STORAGE EXTERNAL, CLUSTER ON"
            + " nulls",
        "ALTER TABLE t ALTER name SET COMPRESSION pglz, SET (toast.autovacuum_enabled = false)",
        "ALTER TABLE t SET TABLESPACE space",
        "ALTER INDEX \"Odd name\" SET TABLESPACE space",
        "ALTER INDEX named SET TABLESPACE space",
        "INSERT INTO t (name, n, during) SELECT 'n' || i, i, int4range(i * 10, i * 10 + 5) FROM"
            + " generate_series(1, 500) AS i",
        "UPDATE t SET self = id - 1 WHERE id > 1",
        "INSERT INTO child SELECT i, i FROM generate_series(1, 100) AS i",
        "CREATE TABLE log (id int)",
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO %s.log VALUES (NEW.id); RETURN NEW; END $$"
            .formatted(s),
        "CREATE TRIGGER noting AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note()",
        "CREATE TRIGGER silent BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()",
        "ALTER TABLE t DISABLE TRIGGER silent",
        "CREATE VIEW v WITH (security_barrier = true) AS SELECT id, name FROM t WHERE n > 3",
        "CREATE VIEW vv AS SELECT count(*) AS c FROM v",
        "CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t;"
            + " END",
        "CREATE RULE keep AS ON DELETE TO t WHERE old.name = 'keep' DO INSTEAD NOTHING",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON t FOR SELECT TO reader USING (n < 100)",
        "GRANT USAGE ON SCHEMA %s TO reader".formatted(s),
        "GRANT SELECT ON t TO reader",
        "GRANT UPDATE (name) ON t TO reader",
        "GRANT SELECT ON v TO reader",
        "COMMENT ON TABLE t IS 'the table''s comment'",
        "COMMENT ON COLUMN t.name IS 'a column'",
        "COMMENT ON INDEX partial IS 'an index'",
        "COMMENT ON CONSTRAINT positive ON t IS 'a check'",
        "COMMENT ON TRIGGER noting ON t IS 'a trigger'",
        "CREATE PUBLICATION pub FOR TABLE t WHERE (id > 5)");
  }

  /** All that the catalog says of t, by names. */
  private List<String> description() throws Exception {
    String t = "'%s.t'::regclass".formatted(schema.name());
    return schema.rows(
        """
        SELECT line FROM (
          SELECT 'column ' || attname || ' ' || format_type(atttypid, atttypmod) || concat_ws(' ', attnotnull, attidentity, attgenerated, attstorage,
                   attstattarget, attacl, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum),
                   pg_get_serial_sequence('%2$s.t', attname)) AS line
            FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
           WHERE attrelid = %1$s AND attnum > 0 AND NOT attisdropped AND attname <> 'note'
          UNION ALL SELECT 'index ' || pg_get_indexdef(indexrelid) || indisclustered || COALESCE(obj_description(indexrelid), '') FROM pg_index WHERE indrelid = %1$s
          UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated || COALESCE(obj_description(oid), '')
            FROM pg_constraint WHERE conrelid = %1$s AND contype <> 'n'
          UNION ALL SELECT 'referenced by ' || conrelid::regclass || conname || ' ' || pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE confrelid = %1$s
          UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) || tgenabled::text || COALESCE(obj_description(oid), '') FROM pg_trigger WHERE tgrelid = %1$s AND NOT tgisinternal
          UNION ALL SELECT 'rule ' || pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = %1$s
          UNION ALL SELECT 'policy ' || polname || polcmd::text || pg_get_expr(polqual, polrelid) || polroles::text FROM pg_policy WHERE polrelid = %1$s
          UNION ALL SELECT 'statistics ' || pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid = %1$s
          UNION ALL SELECT 'publication ' || pubname || rowfilter FROM pg_publication_tables WHERE schemaname = '%2$s' AND tablename = 't'
          UNION ALL SELECT 'view ' || relname || pg_get_viewdef(oid) || concat_ws(' ', reloptions, relacl) FROM pg_class WHERE relkind = 'v' AND relnamespace = '%2$s'::regnamespace
          UNION ALL SELECT 'table ' || concat_ws(' ', relacl, reloptions, relrowsecurity, relreplident, relowner, obj_description(oid)) FROM pg_class WHERE oid = %1$s
        ) AS lines ORDER BY line
        """
            .formatted(t, schema.name()));
  }

  private static String name(PreparedStatement prepared) throws Exception {
    prepared.setInt(1, 7);
    try (ResultSet rs = prepared.executeQuery()) {
      rs.next();
      return rs.getString(1);
    }
  }

  /** By somebody, while the rows are copied. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM t",
        "CREATE TABLE o (r t)",
        "CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE i () INHERITS (t)"
      })
  void whatCannotFollowIsMadeMeanwhile(String ddl) throws Exception {
    schema.execute("CREATE TABLE t (a int PRIMARY KEY, b int)", "INSERT INTO t VALUES (1, 1)");
    PausingListener listener = new PausingListener().at(Phase.VERIFY, () -> schema.execute(ddl));
    Migration ghost = schema.ghost("t", "ADD x int").listener(listener).build();
    InterferenceException e = catchThrowableOfType(InterferenceException.class, ghost::run);
    assertThat(e).as("it went on").isNotNull();
    assertThat(e).hasMessageContaining("cannot follow");
    assertThat(schema.hasColumn("t", "x")).isFalse();
  }
}
