package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Migration;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.LiveSettings;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.RowRejectedException;
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
 * The ghost gets its unique indexes when all rows are copied. Changes gather until then, and no
 * matter where a run is killed, none of them is lost.
 */
@OnServers(whichHave = Ability.KEYS_AFTER_THE_COPY)
class KeysAfterTheCopyTest {

  private static final String CHANGE = "ADD COLUMN note INT";

  /** So many that random keys are copied by pages. */
  private static final int ROWS = 60_000;

  /** Indexes, constraints, and all that is said of them. */
  private static final String KEYS =
      """
      SELECT pg_get_indexdef(i.oid), obj_description(i.oid, 'pg_class'), x.indisclustered,
             pg_get_constraintdef(k.oid), k.conname, obj_description(k.oid, 'pg_constraint'),
             (SELECT string_agg(a.attnum || ':' || COALESCE(to_jsonb(a) ->> 'attstattarget', '-1'), ',' ORDER BY a.attnum)
                FROM pg_attribute AS a WHERE a.attrelid = i.oid), r.relreplident
        FROM pg_index AS x
        JOIN pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_class AS r ON r.oid = x.indrelid
        LEFT JOIN pg_constraint AS k ON k.conindid = i.oid AND k.conrelid = x.indrelid
       WHERE x.indrelid = '%s'::regclass
       ORDER BY 1
      """;

  private static final String KEYS_MADE =
      "SELECT conname FROM pg_constraint WHERE conrelid = '%s'::regclass AND contype IN ('p', 'u')";

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
  }

  private String ghostTable() {
    return "\"%s_t_gho\".t".formatted(schema.name());
  }

  private List<String> indexesOfTheGhost() throws Exception {
    return schema.rows(
        "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = '%s'::regclass"
            .formatted(ghostTable()));
  }

  /** With unique indexes of all kinds. */
  private void table() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (
          id INT CONSTRAINT "the key" PRIMARY KEY, a INT, b INT, c TEXT NOT NULL,
          CONSTRAINT later UNIQUE (a) DEFERRABLE INITIALLY DEFERRED,
          CONSTRAINT perhaps UNIQUE (a, b) DEFERRABLE,
          CONSTRAINT covers UNIQUE (b) INCLUDE (c) WITH (fillfactor = 70),
          CONSTRAINT nothing UNIQUE NULLS NOT DISTINCT (b, a))
        """,
        "INSERT INTO t SELECT i, i, i, i FROM n",
        "CREATE UNIQUE INDEX partly ON t (lower(c), b) WHERE a > 3",
        "CREATE INDEX plain ON t (c)",
        "ALTER INDEX partly ALTER COLUMN 1 SET STATISTICS 300",
        "COMMENT ON CONSTRAINT covers ON t IS 'it''s a constraint'",
        "COMMENT ON INDEX covers IS 'an index'",
        "COMMENT ON INDEX partly IS 'another index'",
        "ALTER TABLE t CLUSTER ON \"the key\"");
  }

  @Test
  void theyAreWhatTheServerMakes() throws Exception {
    table();
    List<String> whileCopying = new ArrayList<>(List.of("none yet"));
    schema
        .ghost("t", "ADD COLUMN note INT UNIQUE, ALTER COLUMN a TYPE BIGINT")
        .listener(
            new PausingListener()
                .at(
                    Phase.COPY,
                    () -> {
                      whileCopying.clear();
                      whileCopying.addAll(indexesOfTheGhost());
                      schema.execute("UPDATE t SET a = -a, b = -b WHERE id % 7 = 0");
                    }))
        .build()
        .run();
    assertThat(whileCopying).isEmpty();
    List<String> made = schema.rows(KEYS.formatted("t"));
    schema.execute("DROP TABLE t");
    table();
    schema.execute("ALTER TABLE t ADD COLUMN note INT UNIQUE, ALTER COLUMN a TYPE BIGINT");
    assertThat(made).hasSize(8).isEqualTo(schema.rows(KEYS.formatted("t")));
  }

  @Test
  void whereAKeyIsNeededAllAreThereFromTheBeginning() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL UNIQUE, p INT4RANGE, EXCLUDE USING gist"
            + " (p WITH &&))",
        "INSERT INTO t SELECT i, i FROM n");
    List<String> whileCopying = new ArrayList<>();
    schema
        .ghost("t", CHANGE)
        .listener(
            new PausingListener().at(Phase.COPY, () -> whileCopying.addAll(indexesOfTheGhost())))
        .build()
        .run();
    assertThat(whileCopying).hasSize(3);
  }

  /** However long the copy takes, the server need not keep the log of it. */
  @Test
  void theLogIsNotKept() throws Exception {
    ledgerTable("i");
    String behind =
        "SELECT confirmed_flush_lsn < '%s' FROM pg_replication_slots WHERE slot_name IN (SELECT"
            + " pubname FROM pg_publication_tables WHERE schemaname = '%s')";
    List<String> seen = new ArrayList<>();
    Ledger ledger = new Ledger(schema, "t", 2, 1).start();
    try (ledger) {
      schema
          .ghost("t", CHANGE)
          .threads(1)
          .maxRowsPerSecond(6_000)
          .listener(
              new PausingListener() {
                private String start = "";

                @Override
                public void progress(Progress p) {
                  try {
                    if (p.phase() == Phase.COPY && p.rowsDone() < ROWS) {
                      start = start.isEmpty() ? schema.value("SELECT pg_current_wal_lsn()") : start;
                      seen.addAll(schema.rows(behind.formatted(start, schema.name())));
                    }
                  } catch (SQLException e) {
                    throw new IllegalStateException(e);
                  }
                }
              })
          .build()
          .run();
    }
    assertThat(seen).startsWith("t").endsWith("f");
    assertThat(ledger.differences()).isEmpty();
  }

  /** A ledger's table whose rows lie in the order of an expression. */
  private void ledgerTable(String order) throws Exception {
    schema.execute(
        """
        CREATE TABLE t (
          id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, filler CHAR(150) DEFAULT 'x',
          CONSTRAINT by_u UNIQUE (u))
        """,
        "INSERT INTO t (id, u, v) SELECT i, i, i FROM n ORDER BY " + order,
        "ANALYZE t");
  }

  /** Once in the order of the key, and once by pages, among which rows move. */
  @ParameterizedTest
  @ValueSource(strings = {"i", "md5(i::text)"})
  void killedAtEachOfItsSteps(String order) throws Exception {
    ledgerTable(order);
    Ledger ledger = new Ledger(schema, "t", 2, 1).start();
    try (ledger) {
      try (Launcher ghost = start("--max-rows-per-second", "4000")) {
        ghost.awaitLine("\"phase\":\"copy\"");
        Until.holds(
            () -> !schema.rows("SELECT 1 FROM %s LIMIT 1".formatted(keysTable())).isEmpty());
        ghost.kill();
      }
      try (Launcher ghost = start("--max-rows-per-second", "4000");
          Connection building = schema.connect()) {
        // What the earlier run has left is removed by then, which waits for others.
        ghost.awaitLine("\"phase\":\"copy\",\"rowsDone\"");
        lock(building, ghostTable(), "ROW EXCLUSIVE");
        schema.ghost().send("t", ControlCommand.set(LiveSettings.NONE.withMaxRowsPerSecond(0)));
        awaitHeldUp();
        ghost.kill();
      }
      try (Launcher ghost = start()) {
        ghost.awaitLine("\"phase\":\"copy\"");
        // All that has gathered is replayed from here on.
        Until.holds(() -> schema.rows(KEYS_MADE.formatted(ghostTable())).size() == 2);
        ghost.kill();
      }
      try (Launcher last = start()) {
        assertThat(last.exitCode()).as(last.output()).isZero();
      }
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.rows(KEYS.formatted("t"))).hasSize(2);
  }

  private void awaitHeldUp() {
    Until.holds(
        () ->
            !schema
                .rows(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE UNIQUE INDEX%%%s%%'"
                        .formatted(schema.name()))
                .isEmpty());
  }

  private static void lock(Connection by, String table, String mode) throws SQLException {
    by.setAutoCommit(false);
    try (Statement statement = by.createStatement()) {
      statement.execute("LOCK TABLE %s IN %s MODE".formatted(table, mode));
    }
  }

  private String keysTable() throws Exception {
    return schema.value(
        """
        SELECT c.oid::regclass
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = '%s_t_gho' AND c.relname LIKE '%%\\_keys'
        """
            .formatted(schema.name()));
  }

  private Launcher start(String... more) throws Exception {
    return Launcher.alter(schema, CHANGE, more);
  }

  /** They are named; when one of them is gone, the next run continues. */
  @Test
  void rowsThatANewKeyForbids() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        "INSERT INTO t SELECT i, i FROM n",
        "UPDATE t SET a = 40000 WHERE id = 30000");
    Migration ghost =
        schema.ghost("t", "ALTER COLUMN a TYPE BIGINT, ADD CONSTRAINT by_a UNIQUE (a)").build();
    assertThatThrownBy(ghost::run)
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("a value that a unique key of the new schema forbids")
        .hasMessageContaining("key by_a: '40000' in the rows with id = 30000; 40000");
    assertThat(schema.tables()).containsExactly("t");
  }

  /** The copy has both of them; the change of one came before the keys. */
  @Test
  void rowsThatANewKeyForbadeWhenTheyWereCopied() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        "INSERT INTO t SELECT i, i FROM n",
        "UPDATE t SET a = 5 WHERE id = 4");
    schema
        .ghost("t", "ALTER COLUMN a TYPE BIGINT, ADD CONSTRAINT by_a UNIQUE (a)")
        .threads(1)
        .maxRowsPerSecond(20_000)
        .listener(
            new PausingListener() {
              @Override
              public void progress(Progress p) {
                try {
                  if (p.phase() == Phase.COPY && p.rowsDone() > 0) {
                    schema.execute("UPDATE t SET a = 4 WHERE id = 4 AND a <> 4");
                  }
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              }
            })
        .build()
        .run();
    assertThat(schema.value("SELECT a FROM t WHERE id = 4")).isEqualTo("4");
  }
}
