package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only MariaDB has. */
@OnServers(whichHave = Ability.PERIODS, otherVersions = Db.MARIADB)
class MariaDbTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
  }

  /** The server says what it is. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "mariadb", "jdbc:mysql", "jdbc:mariadb"})
  void anyNameOfTheFamilyWillDo(String scheme) throws Exception {
    schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t SELECT i FROM n");
    PausingListener listener = new PausingListener();
    Schema.at(schema.url().replace("mariadb:", scheme + ":"))
        .migration("t")
        .alter("ADD COLUMN u UUID NOT NULL DEFAULT UUID()")
        .strategy(Strategy.GHOST)
        .listener(listener)
        .build()
        .run();
    assertThat(listener.plans.get(0).server()).startsWith("MariaDB ");
    assertThat(schema.count("t WHERE u IS NOT NULL")).isEqualTo(2_000);
  }

  /**
   * In place, the server builds such an index of the other column's values, or crashes: 11.8.9
   * does, by the statement below.
   */
  @Test
  void anIndexOfAColumnThatTakesTheNameOfAnother() throws Exception {
    schema.execute(
        "CREATE TABLE t (c1 VARCHAR(40) PRIMARY KEY, c2 MEDIUMTEXT INVISIBLE, c3 INT(5) ZEROFILL"
            + " NOT NULL, c4 DECIMAL(65,0), KEY by_1 (c1))",
        "INSERT INTO t (c1, c3, c4) SELECT i, i * 3, -i * 1000 FROM n",
        "INSERT INTO t (c1, c3) VALUES ('a', 7)");
    String change = "RENAME COLUMN c4 TO c3, RENAME COLUMN c3 TO c4, ADD INDEX by_6 (c3)";
    MigrationBuilder ghost = schema.ghost("t", change).strategy(Strategy.AUTO);
    MigrationResult made = ghost.build().run();
    assertThat(made.way()).isEqualTo(Way.GHOST);
    assertThat(schema.count("t FORCE INDEX (by_6) WHERE c3 < 0")).isEqualTo(2_000);
    assertThat(schema.rows("CHECK TABLE t EXTENDED")).allMatch(l -> l.endsWith("|OK"));
  }

  @Test
  void columnsOfEveryKind() throws Exception {
    schema.execute(
        "CREATE SEQUENCE sq START WITH 100000",
        """
        CREATE TABLE t (
          doubled INT AS (v * 2) PERSISTENT,
          tripled INT AS (v * 3) VIRTUAL,
          id BIGINT NOT NULL DEFAULT NEXTVAL(sq),
          v INT NOT NULL,
          hidden INT INVISIBLE DEFAULT 5,
          doc JSON,
          u UUID NOT NULL DEFAULT UUID(),
          squashed VARCHAR(200) COMPRESSED,
          at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
          PRIMARY KEY (id),
          UNIQUE KEY by_doubled (doubled),
          KEY unused (v) IGNORED
        ) PAGE_COMPRESSED = 1, COMMENT = 'kept'
        """,
        "INSERT INTO t (v, hidden, doc, squashed) SELECT i, i, JSON_OBJECT('i', i), REPEAT('z',"
            + " 150) FROM n");
    List<String> before = schema.rows("SHOW CREATE TABLE t");
    MigrationResult result =
        schema
            .ghost("t", "ADD COLUMN note VARCHAR(20) DEFAULT 'new' AFTER v")
            .listener(
                new PausingListener()
                    .at(
                        Phase.VERIFY,
                        () ->
                            schema.execute(
                                "UPDATE t SET v = -v WHERE id % 3 = 0",
                                "UPDATE t SET hidden = NULL, doc = '[1]' WHERE id % 5 = 0",
                                "DELETE FROM t WHERE id % 7 = 0",
                                "INSERT INTO t (v) VALUES (5000), (5001)")))
            .build()
            .run();
    assertThat(result.keysApplied()).isGreaterThan(1_000);
    String all = "SELECT id, v, doubled, tripled, hidden, doc, u, squashed, at FROM %s ORDER BY id";
    assertThat(schema.rows(all.formatted("t"))).isEqualTo(schema.rows(all.formatted("t_old")));
    assertThat(
            schema
                .rows("SHOW CREATE TABLE t")
                .get(0)
                .replace("  `note` varchar(20) DEFAULT 'new',\n", ""))
        .isEqualTo(before.get(0));
    schema.execute("INSERT INTO t (v) VALUES (9000)");
    assertThat(schema.value("SELECT id > 102000, hidden, note FROM t WHERE v = 9000"))
        .isEqualTo("1|5|new");
  }

  /** Two periods that trade places overlap in the ghost for a while, and in no snapshot. */
  @Test
  void periodsWithoutOverlapsMayMove() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (
          id INT PRIMARY KEY, room INT NOT NULL, s DATE NOT NULL, e DATE NOT NULL,
          PERIOD FOR stay (s, e), UNIQUE KEY once (room, stay WITHOUT OVERLAPS))
        """,
        "INSERT INTO t SELECT i, i DIV 10, DATE'2020-01-01' + INTERVAL (i % 10) DAY,"
            + " DATE'2020-01-01' + INTERVAL (i % 10 + 1) DAY FROM n");
    schema
        .ghost("t", "ADD COLUMN note INT")
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () ->
                        schema.execute(
                            "UPDATE t SET room = room + 1000",
                            // Each room's guests move on to the next, in other lengths of stay.
                            "UPDATE t SET s = s + INTERVAL 5 DAY, e = e + INTERVAL 5 DAY ORDER BY"
                                + " room, s DESC",
                            "UPDATE t SET room = room - 999 ORDER BY room")))
        .build()
        .run();
    assertThat(schema.rows("SELECT id, room, s, e FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT id, room, s, e FROM t_old ORDER BY id"));
  }

  @Test
  void periodsThatOverlapAreNamed() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, room INT NOT NULL, s DATE NOT NULL, e DATE NOT NULL,"
            + " PERIOD FOR stay (s, e))",
        "INSERT INTO t SELECT i, i, '2020-01-01', '2020-01-05' FROM n",
        "UPDATE t SET room = 17, s = '2020-01-04', e = '2020-02-01' WHERE id = 1234");
    GhostException e =
        catchThrowableOfType(
            GhostException.class,
            () ->
                schema
                    .ghost("t", "ADD UNIQUE KEY once (room, stay WITHOUT OVERLAPS)")
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("once");
    assertThat(schema.tables()).containsExactly("t");
  }

  /** It would be found under the cutover's lock, or after the swap. */
  @Test
  void aForeignKeyBesideAUniqueKeyThatIsTooLong() throws Exception {
    schema.execute(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "CREATE TABLE t (id INT PRIMARY KEY, c VARCHAR(30), p_id INT, UNIQUE KEY by_c (c),"
            + " CONSTRAINT to_p FOREIGN KEY (p_id) REFERENCES p (id))");
    assertThatThrownBy(() -> schema.ghost("t", "MODIFY c LONGTEXT").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("the unique key by_c is too long for an index");
    assertThat(schema.tables()).containsExactly("p", "t");
  }

  /** The log has a hidden column for each, which no dictionary shows. */
  @Test
  void uniqueKeysThatAreTooLongForAnIndex() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (
          id INT PRIMARY KEY, doc TEXT, doubled INT AS (v * 2) PERSISTENT, b BLOB, v INT,
          s VARCHAR(3000) CHARACTER SET utf8mb4, UNIQUE KEY (doc), UNIQUE KEY both_parts (v, b),
          UNIQUE KEY (s), KEY (v))
        """,
        "INSERT INTO t (id, doc, b, v, s) SELECT i, CONCAT('doc ', i), CONCAT('b', i), i % 7,"
            + " REPEAT(CHAR(64 + i % 26), i) FROM n");
    List<String> before = schema.rows("SHOW CREATE TABLE t");
    MigrationResult result =
        schema
            .ghost("t", "ADD COLUMN note INT DEFAULT 5 AFTER id")
            .listener(
                new PausingListener()
                    .at(
                        Phase.VERIFY,
                        () ->
                            schema.execute(
                                "UPDATE t SET doc = CONCAT(doc, '!') WHERE id % 3 = 0",
                                "UPDATE t SET v = v + 1 WHERE id % 5 = 0 ORDER BY id DESC",
                                "DELETE FROM t WHERE id % 7 = 0",
                                "UPDATE t SET doc = 'hold' WHERE id = 1",
                                "UPDATE t SET doc = 'doc 1' WHERE id = 2",
                                "UPDATE t SET doc = 'doc 2' WHERE id = 1",
                                "INSERT INTO t (id, doc, b, v) VALUES (5000, 'new', 'new', 1)")))
            .build()
            .run();
    assertThat(result.keysApplied()).isGreaterThan(500);
    String all = "SELECT id, doc, doubled, b, v, s FROM %s ORDER BY id";
    assertThat(schema.rows(all.formatted("t"))).isEqualTo(schema.rows(all.formatted("t_old")));
    assertThat(
            schema.rows("SHOW CREATE TABLE t").get(0).replace("  `note` int(11) DEFAULT 5,\n", ""))
        .isEqualTo(before.get(0));
    assertThatThrownBy(() -> schema.execute("INSERT INTO t (id, doc) VALUES (6000, 'new')"))
        .hasMessageContaining("Duplicate");
    schema.execute("DROP TABLE t_old");
    schema.ghost("t", "DROP KEY doc, ADD UNIQUE KEY (b)").build().run();
    schema.execute("INSERT INTO t (id, doc) VALUES (6000, 'new')");
  }
}
