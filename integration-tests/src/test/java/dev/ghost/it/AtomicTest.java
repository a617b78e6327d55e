package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Script;
import dev.ghost.ScriptBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several tables that are swapped at the same moment. */
@OnServers
class AtomicTest {

  private static final List<String> TABLES = List.of("a", "b", "c");

  @Provided private Db db;

  private final AtomicLong next = new AtomicLong(1_000_000);
  private final Map<String, Set<Long>> acknowledged =
      TABLES.stream().collect(Collectors.toMap(t -> t, t -> ConcurrentHashMap.newKeySet()));

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    for (String table : TABLES) {
      schema.execute(
          "CREATE TABLE %s (id INT PRIMARY KEY, v INT NOT NULL)".formatted(table),
          "INSERT INTO %s SELECT i, i FROM n".formatted(table));
    }
  }

  private static String added(String table) {
    return "ALTER TABLE %s ADD COLUMN note INT".formatted(table);
  }

  private String retyped(String table, String column, String type) {
    return db == Db.POSTGRES
        ? "ALTER TABLE %s ALTER COLUMN %s TYPE %s".formatted(table, column, type)
        : "ALTER TABLE %s MODIFY %s %s NOT NULL".formatted(table, column, type);
  }

  private ScriptBuilder builder(MigrationListener listener, String... statements) {
    return schema
        .ghost()
        .script(String.join(";\n", statements))
        .atomic(true)
        .threads(1)
        .listener(listener);
  }

  private Script script(MigrationListener listener, String... statements) {
    return builder(listener, statements).build();
  }

  private void assertUntouched() throws Exception {
    for (String table : TABLES) {
      assertThat(schema.hasColumn(table, "note")).as(table).isFalse();
    }
  }

  private void assertAllSwapped() throws Exception {
    assertThat(schema.tables()).containsExactly("a", "a_old", "b", "b_old", "c", "c_old");
    assertThat(schema.leftovers()).isEmpty();
    for (String table : TABLES) {
      assertThat(schema.hasColumn(table, "note")).isTrue();
    }
  }

  /**
   * Writes go to all three tables in one transaction, or to one of them alone; each read sees all
   * three: at no moment may a reader find some of them new and some old, and at the end each table
   * has all that was acknowledged.
   */
  @Test
  void nobodySeesSomeOfThemSwapped() throws Exception {
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    List<MigrationResult> results;
    try (Connection one = schema.connect();
        Connection two = schema.connect();
        Connection three = schema.connect();
        Connection four = schema.connect();
        BackgroundLoop all = new BackgroundLoop(1, r -> write(one, TABLES));
        BackgroundLoop last = new BackgroundLoop(2, r -> write(two, List.of("c")));
        BackgroundLoop middle = new BackgroundLoop(3, r -> write(three, List.of("b")));
        BackgroundLoop reader = new BackgroundLoop(4, r -> seen.add(columnsOfAll(four)))) {
      results = script(new PausingListener(), added("c"), added("a"), added("b")).run();
      int after = acknowledged.get("a").size() + 20;
      Until.holds(() -> acknowledged.get("a").size() >= after);
    }
    assertThat(results).extracting(MigrationResult::way).containsOnly(Way.GHOST).hasSize(3);
    assertThat(results).extracting(MigrationResult::cutoverAttempts).allMatch(n -> n <= 10);
    assertThat(seen).as("columns of the three tables").containsExactlyInAnyOrder(6, 9);
    for (String table : TABLES) {
      assertThat(schema.rows("SELECT id FROM %s WHERE id > 1000000".formatted(table)))
          .containsExactlyInAnyOrderElementsOf(
              acknowledged.get(table).stream().map(String::valueOf).toList());
    }
    assertAllSwapped();
  }

  private void write(Connection c, List<String> tables) throws SQLException {
    long id = next.incrementAndGet();
    c.setAutoCommit(false);
    for (String table : tables) {
      try (PreparedStatement insert =
          c.prepareStatement("INSERT INTO %s (id, v) VALUES (?, 1)".formatted(table))) {
        insert.setLong(1, id);
        insert.executeUpdate();
      }
    }
    c.commit();
    tables.forEach(t -> acknowledged.get(t).add(id));
  }

  private static int columnsOfAll(Connection c) throws SQLException {
    try (var s = c.createStatement();
        ResultSet rs =
            s.executeQuery(
                "SELECT a.*, b.*, c.* FROM b, a, c WHERE a.id = 1 AND b.id = 1 AND c.id = 1")) {
      return rs.getMetaData().getColumnCount();
    }
  }

  @Test
  void whenOneCannotBeMadeNoneIs() throws Exception {
    PausingListener listener =
        new PausingListener() {
          @Override
          public void planned(MigrationPlan plan) {
            misfit(plan.table());
          }
        };
    assertThatThrownBy(
            () -> script(listener, added("a"), retyped("b", "v", "SMALLINT"), added("c")).run())
        .isInstanceOf(RowRejectedException.class);
    assertUntouched();
    assertThat(listener.warnings).anyMatch(w -> w.startsWith("None of the tables is swapped"));

    schema.execute("UPDATE b SET v = 3 WHERE id = 4700");
    PausingListener again = new PausingListener();
    script(again, added("a"), retyped("b", "v", "SMALLINT"), added("c")).run();
    assertThat(again.warnings).as("a is not copied again").anyMatch(w -> w.contains("continues"));
    assertThat(schema.tables()).containsExactly("a", "a_old", "b", "b_old", "c", "c_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  private void misfit(String table) {
    if (table.endsWith("b")) {
      try {
        schema.execute("UPDATE b SET v = 300000 WHERE id = 4700");
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void whatTheServerRefusesIsFoundBeforeAnythingIsCopied() throws Exception {
    PausingListener listener = new PausingListener();
    assertThatThrownBy(
            () -> script(listener, added("a"), "ALTER TABLE b ADD COLUMN v INT", added("c")).run())
        .isInstanceOf(GhostException.class);
    assertThat(listener.phases).isEmpty();
    assertThat(schema.tables()).containsExactly("a", "b", "c");
  }

  @Test
  void killedBehindTheSwapItCleansUp() throws Exception {
    MigrationListener dies =
        new PausingListener()
            .at(
                Phase.FINISH,
                () -> {
                  throw new StoppedException("killed", "");
                });
    String[] statements = {added("a"), added("b"), added("c")};
    assertThatThrownBy(() -> script(dies, statements).run()).isInstanceOf(GhostException.class);
    assertThat(schema.tables()).contains("a_old", "b_old", "c_old");
    schema.execute("INSERT INTO b (id, v, note) VALUES (90000, 1, 7)");

    // Of two, only the notes of the script say it then.
    schema.ghost().cleanUp("a");
    PausingListener listener = new PausingListener();
    script(listener, statements).run();
    assertThat(listener.warnings).contains("Statement 1 of 3 was made by an earlier run.");
    assertThat(schema.value("SELECT note FROM b WHERE id = 90000")).isEqualTo("7");
    assertAllSwapped();
  }

  @Test
  void stoppedInTheMiddleItGoesOn() throws Exception {
    Script[] self = new Script[1];
    List<String> copied = new ArrayList<>();
    PausingListener stops =
        new PausingListener() {
          private String statement;

          @Override
          public void statementStarted(int number, int of, String text) {
            statement = text;
          }

          @Override
          public void phaseStarted(Phase phase) {
            if (phase == Phase.VERIFY) {
              copied.add(statement);
              if (copied.size() == 2) {
                self[0].stop();
              }
            }
          }
        };
    self[0] = script(stops, added("a"), added("b"), added("c"));
    assertThatThrownBy(self[0]::run).isInstanceOf(CancelledException.class);
    assertThat(copied).containsExactly(added("a"), added("b"));
    assertUntouched();
    PausingListener listener = new PausingListener();
    script(listener, added("a"), added("b"), added("c")).run();
    assertThat(listener.warnings).filteredOn(w -> w.contains("continues where it was")).hasSize(2);
    assertAllSwapped();
  }

  @Test
  void cancelledItLeavesNothing() throws Exception {
    Script[] self = new Script[1];
    self[0] =
        script(
            new PausingListener() {
              @Override
              public void beforeCutover() {
                self[0].cancel();
              }
            },
            added("a"),
            added("b"));
    assertThatThrownBy(self[0]::run).isInstanceOf(CancelledException.class);
    assertUntouched();
    for (String table : TABLES) {
      assertThat(schema.tables()).doesNotContain(table + "_gho", table + "_ghc");
    }
  }

  /** Who reads one of them for long keeps all of them as they are, and lets the writers go on. */
  @Test
  void aReaderOfOneHoldsThemAll() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      PausingListener listener =
          new PausingListener() {
            @Override
            public void beforeCutover() {
              read(reader);
            }
          }.whenPostponed(
              attempt -> {
                assertUntouched();
                schema.execute("INSERT INTO a (id, v) VALUES (%d, 1)".formatted(7_000 + attempt));
                if (attempt == 2) {
                  reader.rollback();
                }
              });
      Script script =
          builder(listener, added("a"), added("b"), added("c"))
              .lockTimeout(Duration.ofMillis(300))
              .build();
      List<MigrationResult> results = script.run();
      assertThat(results).extracting(MigrationResult::cutoverAttempts).allMatch(n -> n >= 3);
    }
    assertThat(schema.count("a")).isGreaterThanOrEqualTo(5_002);
    assertAllSwapped();
  }

  private static void read(Connection c) {
    try (var s = c.createStatement()) {
      s.executeQuery("SELECT COUNT(*) FROM b").close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a key and what refers to it are made of can only be changed together. */
  @Test
  void bothSidesOfAForeignKey() throws Exception {
    schema.execute(
        "CREATE TABLE child (id INT PRIMARY KEY, parent INT NOT NULL)",
        "CREATE INDEX by_parent ON child (parent)",
        "INSERT INTO child SELECT i, i FROM n",
        "ALTER TABLE child ADD CONSTRAINT refers FOREIGN KEY (parent) REFERENCES a (id)");
    String[] statements = {retyped("a", "id", "BIGINT"), retyped("child", "parent", "BIGINT")};
    if (db == Db.MARIADB) {
      assertThatThrownBy(() -> script(new PausingListener(), statements).run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("refers");
      return;
    }
    AtomicLong next = new AtomicLong(100_000);
    try (Connection c = schema.connect();
        BackgroundLoop writer =
            new BackgroundLoop(
                1,
                r -> {
                  long id = next.incrementAndGet();
                  try (var s = c.createStatement()) {
                    s.execute("INSERT INTO a (id, v) VALUES (%d, 1)".formatted(id));
                    s.execute("INSERT INTO child VALUES (%d, %d)".formatted(id, id));
                  }
                })) {
      script(new PausingListener(), statements).run();
    }
    schema.execute("INSERT INTO a (id, v) VALUES (5000000000, 1)");
    schema.execute("INSERT INTO child VALUES (1000000, 5000000000)");
    assertThatThrownBy(() -> schema.execute("INSERT INTO child VALUES (1000001, 6000000000)"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("refers");
    assertThatThrownBy(() -> schema.execute("DELETE FROM a WHERE id = 5000000000"))
        .isInstanceOf(SQLException.class);
    assertThat(
            schema.value(
                "SELECT COUNT(*) FROM child LEFT JOIN a ON a.id = child.parent WHERE a.id IS NULL"))
        .isEqualTo("0");
    schema.execute("DROP TABLE child_old", "DROP TABLE a_old");
    assertThat(schema.tables()).containsExactly("a", "b", "c", "child");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void aTypeThatWouldNoLongerFitIsRefusedAtOnce() throws Exception {
    schema.execute(
        "CREATE TABLE child (id INT PRIMARY KEY, parent INT NOT NULL, note INT)",
        "CREATE INDEX by_parent ON child (parent)",
        "ALTER TABLE child ADD CONSTRAINT refers FOREIGN KEY (parent) REFERENCES a (id)");
    if (db != Db.POSTGRES) {
      PausingListener listener = new PausingListener();
      assertThatThrownBy(
              () ->
                  script(
                          listener,
                          retyped("a", "id", "BIGINT"),
                          "ALTER TABLE child ADD COLUMN more INT")
                      .run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("refers");
      assertThat(listener.phases).isEmpty();
      assertThat(schema.tables()).containsExactly("a", "b", "c", "child");
    }
  }

  /** The last changes of all are applied by one session, which has one time zone. */
  @Needs(Ability.OTHER_TIME_ZONES)
  @Test
  void tablesThatNeedOtherTimeZonesAreRefused() throws Exception {
    schema.execute("CREATE TABLE z (id INT PRIMARY KEY, at TIMESTAMP NOT NULL)");
    String local = retyped("z", "at", "DATETIME");
    PausingListener listener = new PausingListener();
    assertThatThrownBy(() -> script(listener, added("a"), local).run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("time zones");
    assertThat(listener.phases).isEmpty();
    assertThat(schema.tables()).containsExactly("a", "b", "c", "z");
  }

  @Test
  void postponedTheyWaitForTheWordForEach() throws Exception {
    Script script =
        builder(new PausingListener(), added("a"), added("b")).postponeCutover(true).build();
    CompletableFuture<List<MigrationResult>> run = Async.supply(script::run);
    for (String table : List.of("a", "b")) {
      schema.awaitStatus(table, s -> s.phase().equals("cutover") && s.postponed());
    }
    schema.ghost().send("a", ControlCommand.cutover());
    schema.awaitStatus("a", s -> !s.postponed());
    assertUntouched();
    schema.ghost().send("b", ControlCommand.cutover());
    assertThat(run.get(60, TimeUnit.SECONDS)).hasSize(2);
    assertThat(schema.hasColumn("a", "note") && schema.hasColumn("b", "note")).isTrue();
  }

  @Test
  void planned() throws Exception {
    List<MigrationPlan> plans = script(new PausingListener(), added("a"), added("b")).plan();
    assertThat(plans).extracting(MigrationPlan::way).containsExactly(Way.GHOST, Way.GHOST);
    assertThat(schema.tables()).containsExactly("a", "b", "c");
  }

  @Test
  void oneTableTwiceIsNamed() {
    assertThatThrownBy(
            () ->
                script(new PausingListener(), added("a"), "ALTER TABLE a ADD COLUMN more INT")
                    .run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Two statements alter");
  }
}
