package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Migration;
import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.VerificationException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The new schema has another key: in another order, with a column more or fewer, of another type.
 * Its rows are found by the old one all the same, and what is for the run only does not stay.
 */
@OnServers(whichHave = Ability.MYSQL_SYNTAX)
class KeyChangesTest {

  private static final int ROWS = 6_000;
  private static final int MANY = 60_000;

  private static final String OURS = "chunk key of ghost";
  private static final String INDEXES =
      "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema ="
          + " DATABASE() AND table_name = '%s'";

  @Provided private Schema schema;

  /** What was acknowledged: v by n. */
  private final Map<Integer, Integer> expected = new ConcurrentHashMap<>();

  /**
   * @param columns with types, of the key
   * @param key the definition of the key
   * @param values of the columns, by a row's number i
   */
  private void table(int rows, String columns, String key, String values) throws Exception {
    schema.numbers(rows);
    schema.execute(
        "CREATE TABLE t (%s, n INT NOT NULL, v INT NOT NULL, KEY by_n (n), %s) CHARSET utf8mb4"
            .formatted(columns, key),
        "CREATE TABLE native LIKE t",
        insert(columns, values, ""));
    for (int i = 1; i <= rows; i++) {
      expected.put(i, 1);
    }
  }

  private static String names(String columns) {
    return columns.replaceAll("\\([^)]*\\)", "").replaceAll("(\\w+) [^,]*", "$1");
  }

  private static String insert(String columns, String values, String where) {
    return "INSERT INTO t (%s, n, v) SELECT %s, i, 1 FROM n %s"
        .formatted(names(columns), values, where);
  }

  /** Changes, deletes and inserts rows; of the numbers with this remainder, which are its own. */
  private void write(Connection c, Random random, int of, int rest, String again) throws Exception {
    int n = 1 + random.nextInt(ROWS / of) * of + rest;
    try (Statement s = c.createStatement()) {
      if (!expected.containsKey(n)) {
        s.executeUpdate(again + " WHERE i = " + n);
        expected.put(n, 1);
      } else if (random.nextInt(3) == 0) {
        s.executeUpdate("DELETE FROM t WHERE n = " + n);
        expected.remove(n);
      } else {
        s.executeUpdate("UPDATE t SET v = v + 1 WHERE n = " + n);
        expected.merge(n, 1, Integer::sum);
      }
    }
  }

  private String definition(String table) throws Exception {
    return schema
        .value("SHOW CREATE TABLE " + table)
        .replaceFirst("^\\w+\\|CREATE TABLE `\\w+`", "");
  }

  private void assertAllIsThere() throws Exception {
    Map<Integer, Integer> found = new TreeMap<>();
    for (String row : schema.rows("SELECT n, v FROM t")) {
      String[] parts = row.split("\\|");
      assertThat(found.put(Integer.valueOf(parts[0]), Integer.valueOf(parts[1]))).isNull();
    }
    assertThat(found).isEqualTo(new TreeMap<>(expected));
  }

  // Columns of the key; the key; how a row's number becomes them; the change; whether the ghost has
  // one of ghost's indexes.
  @ParameterizedTest(name = "{0}, {3}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          a INT, b INT; PRIMARY KEY (a, b); i % 7, i; DROP PRIMARY KEY, ADD PRIMARY KEY (b, a); false
          a INT, b INT; PRIMARY KEY (a, b); i, i % 7; DROP PRIMARY KEY, ADD PRIMARY KEY (a); false
          a INT, b INT; PRIMARY KEY (a, b); i % 7, i; DROP PRIMARY KEY, ADD PRIMARY KEY (b); false
          a VARCHAR(20), b INT; PRIMARY KEY (a, b); CONCAT('K', i % 7), i; DROP PRIMARY KEY, ADD PRIMARY KEY (b, a); false
          a INT; PRIMARY KEY (a); i; DROP PRIMARY KEY, ADD PRIMARY KEY (v, a); true
          a INT; PRIMARY KEY (a); i; DROP PRIMARY KEY, ADD PRIMARY KEY (v, a), ADD KEY (v), ADD KEY (n, v); true
          a VARCHAR(20); PRIMARY KEY (a); CONCAT(IF(i % 2, 'K', 'k'), i); DROP PRIMARY KEY, ADD PRIMARY KEY (v, a); true
          a VARCHAR(20); PRIMARY KEY (a); CONCAT(IF(i % 2, 'K', 'k'), i); DROP PRIMARY KEY, ADD PRIMARY KEY (a, v); true
          a INT; PRIMARY KEY (a); i; DROP PRIMARY KEY, ADD PRIMARY KEY (v, a) PARTITION BY HASH (v) PARTITIONS 3; true
          a INT; PRIMARY KEY (a); i; DROP PRIMARY KEY; true
          a INT; PRIMARY KEY (a); i - 3000; MODIFY a VARCHAR(20) NOT NULL; false
          a INT; PRIMARY KEY (a); i - 3000; MODIFY a CHAR(20) CHARACTER SET latin1 NOT NULL; false
          a INT; PRIMARY KEY (a); i - 3000; MODIFY a VARCHAR(20) CHARACTER SET ucs2 NOT NULL; false
          a BIGINT UNSIGNED; PRIMARY KEY (a); 18446744073709551615 - i; MODIFY a VARCHAR(30) COLLATE utf8mb4_bin NOT NULL; false
          a BIGINT; PRIMARY KEY (a); 9007199254740992 + i; MODIFY a VARCHAR(30) NOT NULL; false
          a INT, b INT; PRIMARY KEY (a, b); i % 7, i; MODIFY a VARCHAR(20) NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (b, a); false
          a INT; PRIMARY KEY (a); i; MODIFY a VARCHAR(20) NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (v, a); true
          a ENUM('z','y','x'), b INT; PRIMARY KEY (a, b); ELT(1 + i % 3, 'z', 'y', 'x'), i; MODIFY a ENUM('x','q','z','y') NOT NULL; false
          a ENUM('z','y','x'), b INT; PRIMARY KEY (b, a); ELT(1 + i % 3, 'z', 'y', 'x'), i; MODIFY a ENUM('x','q','z','y') NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (v, a, b); true
          """)
  void rowsAreFoundByTheOldKey(
      String columns, String key, String values, String change, boolean ours) throws Exception {
    changes(columns, key, values, change, ours);
  }

  /** As a chunk that is written again after a commit without an answer would leave it. */
  @Test
  void aRowThatIsThereTwiceIsFound() throws Exception {
    table(ROWS, "a INT", "PRIMARY KEY (a)", "i");
    PausingListener listener =
        new PausingListener()
            .at(
                Phase.VERIFY,
                () -> schema.execute("INSERT INTO t_gho SELECT * FROM t_gho WHERE n = 77"));
    assertThatThrownBy(() -> schema.ghost("t", "DROP PRIMARY KEY").listener(listener).build().run())
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("has a row twice");
    assertThat(schema.count("t")).isEqualTo(ROWS);
  }

  /** The order of their values is the server's. */
  @Needs(Ability.UUID_TYPE)
  @Test
  void rowsAreFoundByUuids() throws Exception {
    changes(
        "a UUID",
        "PRIMARY KEY (a)",
        "CONCAT('01890a5d-ac96-7', LPAD(HEX(i % 4096), 3, '0'), '-a0c0-', LPAD(HEX(i), 12, '0'))",
        "DROP PRIMARY KEY, ADD PRIMARY KEY (a, v)",
        true);
  }

  private void changes(String columns, String key, String values, String change, boolean ours)
      throws Exception {
    table(ROWS, columns, key, values);
    schema.execute("ALTER TABLE native " + change);
    String again = insert(columns, values, "");
    List<String> whileCopying = new ArrayList<>();
    MigrationResult result;
    try (Connection one = schema.connect();
        Connection two = schema.connect();
        BackgroundLoop odd = new BackgroundLoop(1, r -> write(one, r, 2, 0, again));
        BackgroundLoop even = new BackgroundLoop(2, r -> write(two, r, 2, 1, again))) {
      result =
          schema
              .ghost("t", change)
              .chunkTime(Duration.ofMillis(5))
              .listener(
                  new PausingListener()
                      .at(
                          Phase.COPY,
                          () -> whileCopying.addAll(schema.rows(INDEXES.formatted("t_gho")))))
              .build()
              .run();
    }
    assertThat(whileCopying.contains(OURS)).as("%s", whileCopying).isEqualTo(ours);
    assertThat(result.rowsVerified()).isGreaterThan(ROWS / 3);
    assertThat(result.keysApplied()).isPositive();
    assertThat(definition("t")).isEqualTo(definition("native"));
    assertAllIsThere();
    schema.execute("CREATE TABLE other LIKE t_old");
    schema.execute(insert(columns, values, "").replace("INTO t ", "INTO other "));
    String keys = "SELECT t.n, t.%s FROM %%s AS t JOIN t AS o ON o.n = t.n ORDER BY t.n";
    keys = keys.formatted(names(columns).replace(", ", ", t."));
    assertThat(schema.rows(keys.formatted("t"))).isEqualTo(schema.rows(keys.formatted("other")));
    assertThat(schema.tables()).containsExactly("native", "other", "t", "t_old");
  }

  /** As the server's own ALTER, which would find two rows of one key. */
  @Test
  void aKeyThatLosesAColumnMustKeepItsRowsApart() throws Exception {
    table(ROWS, "a INT, b INT", "PRIMARY KEY (a, b)", "i, 1");
    String change = "DROP PRIMARY KEY, ADD PRIMARY KEY (a)";
    schema.execute("INSERT INTO t VALUES (17, 2, 90000, 1)");
    assertThatThrownBy(() -> schema.ghost("t", change).build().run())
        .isInstanceOfAny(RowRejectedException.class, RefusedException.class);
    schema.execute("DELETE FROM t WHERE n = 90000");
    PausingListener later =
        new PausingListener()
            .at(Phase.VERIFY, () -> schema.execute("INSERT INTO t VALUES (18, 2, 90001, 1)"));
    assertThatThrownBy(() -> schema.ghost("t", change).listener(later).build().run())
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("18-1; 18-2");
    assertThat(schema.tables()).containsExactly("native", "t");
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          a VARCHAR(20) COLLATE utf8mb4_bin; CONCAT('k', i); MODIFY a VARCHAR(20) COLLATE utf8mb4_general_ci, DROP PRIMARY KEY, ADD PRIMARY KEY (v, a)
          a INT ZEROFILL; i; MODIFY a VARCHAR(20) NOT NULL
          a VARCHAR(20); i; MODIFY a INT NOT NULL
          """)
  void whatDoesNotKeepKeysApartIsRefused(String column, String values, String change)
      throws Exception {
    table(100, column, "PRIMARY KEY (a)", values);
    assertThatThrownBy(() -> schema.ghost("t", change).build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no key that can order the copy");
    assertThat(schema.tables()).containsExactly("native", "t");
  }

  /** The index is dropped under the lock; who dies there, or lets go, has it to build again. */
  @Test
  void aRunThatIsResumedBuildsItsIndexAgain() throws Exception {
    table(ROWS, "a VARCHAR(20)", "PRIMARY KEY (a)", "CONCAT('k', i)");
    String change = "DROP PRIMARY KEY, ADD PRIMARY KEY (v, a), ADD KEY (v)";
    schema.execute("ALTER TABLE native " + change);
    Migration[] first = new Migration[1];
    first[0] =
        schema
            .ghost("t", change)
            .postponeCutover(true)
            .listener(new PausingListener().at(Phase.CUTOVER, () -> first[0].stop()))
            .build();
    assertThatThrownBy(() -> first[0].run()).isInstanceOf(CancelledException.class);
    assertThat(schema.rows(INDEXES.formatted("t_gho"))).contains(OURS);
    schema.execute(
        "ALTER TABLE t_gho DROP KEY `" + OURS + "`",
        "UPDATE t SET v = 5 WHERE n <= 100",
        "DELETE FROM t WHERE n BETWEEN 101 AND 200");
    MigrationResult result = schema.ghost("t", change).build().run();
    assertThat(result.warnings()).anyMatch(w -> w.contains("continues where it was"));
    for (int n = 1; n <= 200; n++) {
      expected.compute(n, (i, v) -> i <= 100 ? Integer.valueOf(5) : null);
    }
    assertAllIsThere();
    assertThat(definition("t")).isEqualTo(definition("native"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP PRIMARY KEY, ADD PRIMARY KEY (v, a)",
        "MODIFY a VARCHAR(20) NOT NULL",
        "MODIFY a VARCHAR(20) NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (v, a)"
      })
  void whatIsDeletedBetweenTwoRunsStaysDeleted(String change) throws Exception {
    table(MANY, "a INT", "PRIMARY KEY (a)", "i");
    for (int kill = 0; kill < 2; kill++) {
      try (Launcher ghost = start(change, "--max-rows-per-second", "3000")) {
        ghost.awaitLine("\"phase\":\"copy\"");
        TimeUnit.MILLISECONDS.sleep(800);
        ghost.kill();
      }
      int from = 1 + 50 * kill;
      schema.execute(
          "DELETE FROM t WHERE n BETWEEN %d AND %d".formatted(from, from + 19),
          "UPDATE t SET v = 7 WHERE n BETWEEN %d AND %d".formatted(from + 20, from + 39));
      for (int n = from; n < from + 40; n++) {
        boolean deleted = n < from + 20;
        expected.compute(n, (i, v) -> deleted ? null : Integer.valueOf(7));
      }
    }
    try (Launcher last = start(change)) {
      assertThat(last.exitCode()).as(last.output()).isZero();
    }
    assertAllIsThere();
    assertThat(schema.rows(INDEXES.formatted("t"))).doesNotContain(OURS);
  }

  private Launcher start(String change, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("alter", "--url", schema.url(), "--table", "t", "--alter", change));
    arguments.addAll(List.of("--strategy", "ghost", "--output", "json", "--chunk-time", "20ms"));
    arguments.addAll(List.of(more));
    return Launcher.start(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ADD PRIMARY KEY (b, a)", "ADD PRIMARY KEY (b)", "ADD PRIMARY KEY (v, b, a)"})
  void andBackAgain(String key) throws Exception {
    table(ROWS, "a INT, b INT", "PRIMARY KEY (a, b)", "i % 7, i");
    String before = definition("t");
    schema.ghost("t", "DROP PRIMARY KEY, " + key).build().run();
    schema.execute("UPDATE t SET v = 9 WHERE n = 3", "DELETE FROM t WHERE n = 4");
    expected.put(3, 9);
    expected.remove(4);
    if (key.contains("(b)")) {
      assertThatThrownBy(() -> schema.revert("t").build().run())
          .as("the ghost would be the retired table, which is not to be altered")
          .isInstanceOf(RefusedException.class);
      return;
    }
    schema
        .revert("t")
        .listener(
            new PausingListener()
                .at(Phase.VERIFY, () -> schema.execute("UPDATE t SET v = 11 WHERE n IN (5, 6)")))
        .build()
        .run();
    expected.put(5, 11);
    expected.put(6, 11);
    assertAllIsThere();
    assertThat(definition("t")).isEqualTo(before);
  }
}
