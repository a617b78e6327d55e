package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.api.CancelledException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the change stream has to cope with. */
@OnServers(whichHave = Ability.BINARY_LOG)
class StreamTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)", "INSERT INTO t SELECT i, i FROM n");
  }

  @Test
  void compressedTransactions() throws Exception {
    // Only rows of some length are compressed at all.
    schema.execute(
        "ALTER TABLE t ADD COLUMN filler VARCHAR(400) NOT NULL DEFAULT '%s'"
            .formatted("x".repeat(400)));
    if (db == Db.MARIADB) {
      schema.execute("SET GLOBAL log_bin_compress = ON");
    }
    try {
      migratesWith(
          db == Db.MARIADB ? "DO 1" : "SET SESSION binlog_transaction_compression = ON",
          "CREATE TABLE other (a INT COMMENT '%s')".formatted("long ".repeat(150)),
          "DROP TABLE other",
          "UPDATE t SET v = v + 5000",
          "DELETE FROM t WHERE id BETWEEN 300 AND 700",
          "INSERT INTO t (id, v) SELECT i + 10000, i + 5000 FROM n");
    } finally {
      if (db == Db.MARIADB) {
        schema.execute("SET GLOBAL log_bin_compress = OFF");
      }
    }
    assertThat(schema.value("SELECT MIN(v) FROM t")).isEqualTo("5001");
    assertThat(schema.count("t")).isEqualTo(3_599);
  }

  @Needs(Ability.WITHOUT_GTIDS)
  @Test
  void withoutGtids() throws Exception {
    schema.execute(
        "SET GLOBAL gtid_mode = ON_PERMISSIVE",
        "SET GLOBAL gtid_mode = OFF_PERMISSIVE",
        "SET GLOBAL gtid_mode = OFF");
    try {
      migratesWith(
          "UPDATE t SET v = v + 5000 WHERE id % 2 = 0", "DELETE FROM t WHERE id % 100 = 1");
    } finally {
      schema.execute(
          "SET GLOBAL gtid_mode = OFF_PERMISSIVE",
          "SET GLOBAL gtid_mode = ON_PERMISSIVE",
          "SET GLOBAL gtid_mode = ON");
    }
    assertThat(schema.count("t")).isEqualTo(1_980);
  }

  @Test
  void loadData(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("rows.csv"), "9001\t1\n9002\t2\n5\t-5\n");
    migratesWith("LOAD DATA LOCAL INFILE '%s' REPLACE INTO TABLE t".formatted(file));
    assertThat(schema.rows("SELECT id, v FROM t WHERE id IN (5, 9001, 9002) ORDER BY id"))
        .containsExactly("5|-5", "9001|1", "9002|2");
  }

  @Test
  void statementsOfManyKinds() throws Exception {
    migratesWith(
        "REPLACE INTO t SELECT id + 1990, v FROM t WHERE id <= 20",
        "INSERT INTO t VALUES (1, 1), (9999, 1) ON DUPLICATE KEY UPDATE v = -1",
        "UPDATE t SET id = id + 100000 WHERE id BETWEEN 100 AND 200 ORDER BY id DESC",
        "DELETE t FROM t JOIN n ON n.i = t.id WHERE n.i BETWEEN 300 AND 400",
        "INSERT IGNORE INTO t VALUES (50, 0)");
  }

  /**
   * Debezium parses every statement of the log; what it does not understand must not end the run.
   */
  @Test
  void ddlOfOtherTables() throws Exception {
    List<String> own =
        db == Db.MYSQL
            ? List.of(
                "CREATE TABLE other (a INT PRIMARY KEY, b VECTOR(4), c INT)",
                "CREATE JSON RELATIONAL DUALITY VIEW duality AS SELECT JSON_DUALITY_OBJECT('_id':"
                    + " a, 'c': c) FROM other",
                "DROP VIEW duality")
            : List.of(
                "CREATE TABLE other (a INT PRIMARY KEY, b INET6, c INT, s DATE, e DATE, PERIOD FOR"
                    + " p (s, e), UNIQUE KEY u (a, p WITHOUT OVERLAPS)) WITH SYSTEM VERSIONING",
                "CREATE SEQUENCE sq",
                "DROP SEQUENCE sq",
                "ALTER TABLE other DROP SYSTEM VERSIONING");
    migratesWith(own.toArray(String[]::new));
    schema.execute("DROP TABLE t_old", "ALTER TABLE t DROP COLUMN note");
    migratesWith(
        "ALTER TABLE other ADD COLUMN d INT, ALGORITHM=COPY",
        "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1",
        "CREATE PROCEDURE p() BEGIN DECLARE x INT; SET x = 1; END",
        "CREATE VIEW w AS SELECT 1 AS a",
        "TRUNCATE TABLE other",
        "RENAME TABLE other TO another",
        "CREATE TABLE t_gho2 LIKE t",
        "UPDATE t SET v = -7 WHERE id = 7",
        "DROP TABLE another, t_gho2");
    assertThat(schema.value("SELECT v FROM t WHERE id = 7")).isEqualTo("-7");
    schema.execute("DROP VIEW w");
  }

  /** What a session does in that format, nobody can replay by key. */
  @ParameterizedTest
  @ValueSource(strings = {"STATEMENT", "MIXED"})
  void aSessionThatLogsStatementsStopsTheRun(String format) throws Exception {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      Migration ghost =
          schema
              .ghost("t", "ADD COLUMN note INT")
              .listener(
                  new PausingListener()
                      .at(
                          Phase.CUTOVER,
                          () -> {
                            s.execute("SET SESSION binlog_format = " + format);
                            s.execute("/* hidden */ UPDATE t SET v = -9 WHERE id = 9");
                          }))
              .build();
      InterferenceException e = catchThrowableOfType(InterferenceException.class, ghost::run);
      assertThat(e).as("it went on").isNotNull().hasMessageContaining("binlog_format");
      assertThat(schema.tables()).containsExactly("t");
      if (db == Db.MYSQL) {
        assertThat(
                catchThrowableOfType(
                    RefusedException.class, schema.ghost("t", "ADD x INT").build()::run))
            .hasMessageContaining("do not log their changes as whole rows")
            .hasMessageContaining("binlog_format = " + format);
      }
    }
  }

  /**
   * A session that is gone before anybody could ask for its settings: its events say what they are.
   */
  @ParameterizedTest
  @Rows(
      innodb =
          """
          binlog_format; STATEMENT; UPDATE t SET v = -9 WHERE id = 9
          binlog_format; MIXED; DELETE FROM t WHERE id = 9
          binlog_format; STATEMENT; LOAD DATA LOCAL INFILE 'FILE' REPLACE INTO TABLE t (id, v)
          binlog_format; STATEMENT; DO f()
          binlog_row_image; MINIMAL; UPDATE t SET v = -9 WHERE id = 9
          binlog_row_image; MINIMAL; DELETE FROM t WHERE id = 9
          binlog_row_image; MINIMAL; INSERT INTO t (id, v) VALUES (9000, 1)
          binlog_row_image; NOBLOB; UPDATE t SET v = -9 WHERE id = 9
          binlog_row_image; FULL_NODUP; UPDATE t SET v = -9 WHERE id = 9
          """,
      mySql =
          """
          binlog_row_value_options; PARTIAL_JSON; UPDATE t SET doc = JSON_SET(doc, '$.a', 2) WHERE id = 9
          """)
  void aSessionThatDoesNotLogWholeRows(
      String name, String value, String change, @TempDir Path folder) throws Exception {
    schema.execute(
        "ALTER TABLE t ADD COLUMN doc JSON, ADD COLUMN large TEXT, ADD COLUMN made INT AS (v * 2)"
            + " VIRTUAL, ADD COLUMN kept INT AS (v * 3) STORED",
        "UPDATE t SET doc = JSON_OBJECT('a', 1, 'b', REPEAT('x', 500)), large = 'some text'",
        "CREATE FUNCTION f() RETURNS INT MODIFIES SQL DATA DETERMINISTIC BEGIN UPDATE t SET v = -9"
            + " WHERE id = 9; RETURN 1; END");
    String set = "SET SESSION %s = '%s'".formatted(name, value);
    try {
      run(set);
    } catch (SQLException e) {
      Assumptions.abort("this version has no such value: " + e.getMessage());
    }
    Path file = Files.writeString(folder.resolve("rows.csv"), "9001\t1\n9\t-9\n");
    Migration ghost =
        schema
            .ghost("t", "ADD COLUMN note INT")
            .listener(
                new PausingListener()
                    .at(Phase.VERIFY, () -> run(set, change.replace("'FILE'", "'" + file + "'"))))
            .build();
    InterferenceException e = catchThrowableOfType(InterferenceException.class, ghost::run);
    assertThat(e).as("it went on").isNotNull();
    assertThat(e.what()).contains(name, value);
    assertThat(e.remedy()).contains(name);
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.hasColumn("t", "note")).isFalse();
    schema.ghost("t", "ADD COLUMN note INT").build().run();
    assertThat(schema.rows("SELECT id, v, large FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT id, v, large FROM t_old ORDER BY id"));
  }

  /** Generated columns are not in all rows; and nobody else's rows matter. */
  @Test
  void whatIsMissingWithoutHarm() throws Exception {
    schema.execute(
        "ALTER TABLE t ADD COLUMN made INT AS (v * 2) VIRTUAL, ADD COLUMN kept INT AS (v * 3)"
            + " STORED, ADD COLUMN large TEXT",
        "CREATE TABLE other (id INT PRIMARY KEY, a INT, b TEXT)",
        "INSERT INTO other SELECT i, i, 'text' FROM n");
    if (db == Db.MARIADB) {
      // MySQL tells of such a session, whatever it writes.
      migratesWith(
          "UPDATE t SET v = v + 1 WHERE id % 3 = 0",
          "SET SESSION binlog_row_image = 'MINIMAL'",
          "UPDATE other SET a = a + 1",
          "DELETE FROM other WHERE id % 2 = 0");
    } else {
      migratesWith("UPDATE t SET v = v + 1 WHERE id % 3 = 0", "DELETE FROM t WHERE id % 5 = 0");
    }
  }

  /** In the log, and in what the server has executed; in one run, and from one to the next. */
  @Needs(Ability.GTID_TAGS)
  @Test
  void transactionsWithTags() throws Exception {
    try (DedicatedServer own = schema.server().another();
        Schema tagged = own.server().newSchema()) {
      Assumptions.assumeTrue(tagged.value("SELECT @@GLOBAL.gtid_mode").equals("ON"));
      try {
        tagged.execute("SET SESSION gtid_next = 'AUTOMATIC:blue'");
      } catch (SQLException e) {
        Assumptions.abort("this version has no tags: " + e.getMessage());
      }
      tagged.numbers(2_000);
      tagged.execute(
          "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)",
          "INSERT INTO t SELECT i, i FROM n");
      assertThat(tagged.value("SELECT @@GLOBAL.gtid_executed")).contains(":blue:");
      Migration[] first = new Migration[1];
      first[0] =
          tagged
              .ghost("t", "ADD COLUMN note INT")
              .listener(
                  new PausingListener()
                      .at(
                          Phase.VERIFY,
                          () -> {
                            tagged.execute(
                                "SET SESSION gtid_next = 'AUTOMATIC:red_1'",
                                "UPDATE t SET v = v + 5000 WHERE id % 3 = 0",
                                "SET SESSION gtid_next = 'AUTOMATIC'",
                                "DELETE FROM t WHERE id % 7 = 0");
                            first[0].stop();
                          }))
              .build();
      assertThat(catchThrowableOfType(CancelledException.class, first[0]::run)).isNotNull();
      tagged.execute(
          "SET SESSION gtid_next = 'AUTOMATIC:blue'",
          "UPDATE t SET v = -v WHERE id % 11 = 0",
          "FLUSH BINARY LOGS",
          "SET SESSION gtid_next = 'AUTOMATIC:green'",
          "INSERT INTO t VALUES (5000, 1)");
      PausingListener listener =
          new PausingListener()
              .at(Phase.VERIFY, () -> tagged.execute("DELETE FROM t WHERE id % 13 = 0"));
      MigrationResult result =
          tagged.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
      assertThat(result.warnings()).anyMatch(w -> w.contains("continues where it was"));
      assertThat(tagged.rows("SELECT id, v FROM t ORDER BY id"))
          .isEqualTo(tagged.rows("SELECT id, v FROM t_old ORDER BY id"));
      tagged.execute("SET SESSION gtid_next = 'AUTOMATIC'");
    }
  }

  private void migratesWith(String... statements) throws Exception {
    PausingListener listener = new PausingListener().at(Phase.VERIFY, () -> run(statements));
    schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
    assertThat(schema.rows("SELECT id, v FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT id, v FROM t_old ORDER BY id"));
  }

  private void run(String... statements) throws SQLException {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }
}
