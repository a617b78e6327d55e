package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.Migration;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * The cutover, again and again, with writers, with readers of the source and of the ghost that hold
 * metadata locks, and with its sessions killed at each step: no acknowledged write is only in the
 * retired table, there is always a table under the name, and a foreign key and a trigger follow.
 */
@OnServers(whichHave = Ability.DDL_COMMITS)
class CutoverRoundsTest {

  private static final int ROUNDS = Integer.getInteger("ghost.cutover.rounds", 16);
  private static final String ENGINE = "cutover_engine";

  private static final String ATTACHED =
      """
      SELECT trigger_name, event_object_table
        FROM information_schema.triggers
       WHERE trigger_schema = DATABASE()
       UNION ALL
      SELECT constraint_name, table_name
        FROM information_schema.referential_constraints
       WHERE constraint_schema = DATABASE()
       ORDER BY 1
      """;

  @Provided private Db db;

  @Provided private Server server;

  /** What goes wrong in a round. */
  private enum Trouble {
    NONE,
    LOCK_KILLED_WHILE_IT_WAITS,
    LOCK_KILLED_AFTER_IT_IS_GRANTED,
    LOCK_KILLED_WHEN_RENAME_WAITS,
    RENAME_KILLED_WHEN_IT_WAITS,
    RENAME_CANCELLED_WHEN_IT_WAITS,
    RENAME_KILLED_A_LITTLE_LATER,
    GHOST_IS_BEING_READ
  }

  @Test
  void nothingIsLost() throws Exception {
    Map<Trouble, String> outcomes = new EnumMap<>(Trouble.class);
    long longestStall = 0;
    try (Schema schema = server.newSchema()) {
      schema.numbers(300);
      schema.execute(
          "CREATE TABLE p (id INT PRIMARY KEY)",
          "INSERT INTO p VALUES (1)",
          "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, UNIQUE KEY"
              + " by_u (u), p_id INT DEFAULT 1, CONSTRAINT to_p FOREIGN KEY (p_id) REFERENCES p"
              + " (id))",
          "INSERT INTO t (id, u, v) SELECT i, i, i FROM n",
          "CREATE USER IF NOT EXISTS '%s'@'%%' IDENTIFIED BY '%s'"
              .formatted(ENGINE, Server.PASSWORD),
          "GRANT ALL PRIVILEGES ON *.* TO '%s'@'%%'".formatted(ENGINE));
      if (db == Db.MYSQL) {
        // A RENAME that is killed can make MariaDB lose a trigger, anyone who has sent it.
        schema.execute(
            "CREATE TRIGGER counts AFTER UPDATE ON t FOR EACH ROW SET @updates = @updates + 1");
      }
      AtomicReference<Throwable> watcherFailed = new AtomicReference<>();
      AtomicBoolean over = new AtomicBoolean();
      Thread watcher = new Thread(() -> watchTheName(schema, over, watcherFailed));
      watcher.start();
      try {
        for (int round = 0; round < ROUNDS; round++) {
          Trouble trouble = Trouble.values()[round % Trouble.values().length];
          long stall = round(schema, round, trouble, outcomes);
          if (trouble == Trouble.NONE) {
            longestStall = Math.max(longestStall, stall);
          }
        }
      } finally {
        over.set(true);
        watcher.join();
        schema.execute("DROP USER '%s'@'%%'".formatted(ENGINE));
      }
      assertThat(watcherFailed).hasNullValue();
    }
    System.out.printf(
        "%d cutovers on %s: %s; longest stall without trouble %d ms%n",
        ROUNDS, db, outcomes, longestStall);
  }

  /** One migration; whatever comes of it, the book and the table agree. */
  private long round(Schema schema, int round, Trouble trouble, Map<Trouble, String> outcomes)
      throws Exception {
    Random random = new Random(round);
    String comment = "round " + round;
    boolean made = false;
    long stall = 0;
    Ledger ledger = new Ledger(schema, "t", 3, round).gently().start();
    AtomicBoolean over = new AtomicBoolean();
    AtomicReference<Throwable> failed = new AtomicReference<>();
    Thread readers = new Thread(() -> readForAWhile(schema, random.nextLong(), over, failed));
    Thread troubleMaker = new Thread(() -> makeTrouble(schema, trouble, random, over, failed));
    try (ledger) {
      Migration ghost =
          schema
              .ghost(
                  Schema.at(schema.url().replace("root@", ENGINE + "@")),
                  "t",
                  "COMMENT = '%s'".formatted(comment))
              .lockTimeout(Duration.ofMillis(400))
              .cutoverTries(20)
              .listener(
                  new PausingListener()
                      .at(
                          Phase.CUTOVER,
                          () -> {
                            readers.start();
                            troubleMaker.start();
                          }))
              .build();
      try {
        MigrationResult result = ghost.run();
        made = true;
        stall = result.stall().toMillis();
        outcomes.merge(trouble, "" + result.cutoverAttempts(), (a, b) -> a + " " + b);
      } catch (CutoverException e) {
        outcomes.merge(trouble, "gave up", (a, b) -> a + " " + b);
      } catch (GhostException e) {
        throw new AssertionError("round %d, %s".formatted(round, trouble), e);
      }
      over.set(true);
      readers.join();
      troubleMaker.join();
    }
    assertThat(failed).as("round %d, %s", round, trouble).hasNullValue();
    assertThat(ledger.differences()).as("round %d, %s", round, trouble).isEmpty();
    assertThat(schema.value("SHOW CREATE TABLE t").contains(comment))
        .as("round %d, %s: what the engine says is so", round, trouble)
        .isEqualTo(made);
    assertThat(schema.tables())
        .containsExactly(made ? new String[] {"p", "t", "t_old"} : new String[] {"p", "t"});
    assertThat(schema.rows(ATTACHED))
        .as("round %d, %s, made: %s", round, trouble, made)
        .containsExactlyElementsOf(
            db == Db.MYSQL ? List.of("counts|t", "to_p|t") : List.of("to_p|t"));
    schema.execute("DROP TABLE IF EXISTS t_old");
    return stall;
  }

  /** There is a table under the name, at every moment. */
  private static void watchTheName(
      Schema schema, AtomicBoolean over, AtomicReference<Throwable> failed) {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      while (!over.get()) {
        s.executeQuery("SELECT 1 FROM t LIMIT 1").close();
        LockSupport.parkNanos(1_000_000);
      }
    } catch (Throwable e) {
      failed.set(e);
    }
  }

  /** Transactions that read the source and keep its metadata lock for some milliseconds. */
  private static void readForAWhile(
      Schema schema, long seed, AtomicBoolean over, AtomicReference<Throwable> failed) {
    Random random = new Random(seed);
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      c.setAutoCommit(false);
      while (!over.get()) {
        s.executeQuery("SELECT 1 FROM t LIMIT 1").close();
        s.executeQuery("SELECT SLEEP(%f)".formatted(random.nextInt(30) / 1000.0)).close();
        c.rollback();
      }
    } catch (Throwable e) {
      failed.set(e);
    }
  }

  private void makeTrouble(
      Schema schema,
      Trouble trouble,
      Random random,
      AtomicBoolean over,
      AtomicReference<Throwable> failed) {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      switch (trouble) {
        case NONE -> {}
        case GHOST_IS_BEING_READ -> readTheGhost(c, s, over);
        case LOCK_KILLED_WHILE_IT_WAITS -> kill(s, "", await(s, "LOCK TABLES%", over));
        case LOCK_KILLED_AFTER_IT_IS_GRANTED -> {
          long id = await(s, "LOCK TABLES%", over);
          pause(s, random.nextInt(60));
          kill(s, "", id);
        }
        case LOCK_KILLED_WHEN_RENAME_WAITS -> {
          long id = await(s, "LOCK TABLES%", over);
          await(s, "RENAME TABLE%", over);
          kill(s, "", id);
        }
        case RENAME_KILLED_WHEN_IT_WAITS -> kill(s, "", await(s, "RENAME TABLE%", over));
        case RENAME_CANCELLED_WHEN_IT_WAITS -> kill(s, "QUERY", await(s, "RENAME TABLE%", over));
        case RENAME_KILLED_A_LITTLE_LATER -> {
          long id = await(s, "RENAME TABLE%", over);
          pause(s, random.nextInt(4));
          kill(s, "", id);
        }
      }
    } catch (Throwable e) {
      failed.set(e);
    }
  }

  /** Readers of the ghost hold its metadata lock, now shorter, now longer than we wait. */
  private void readTheGhost(Connection c, Statement s, AtomicBoolean over) throws SQLException {
    c.setAutoCommit(false);
    for (int i = 0; i < 6 && !over.get(); i++) {
      try {
        s.executeQuery("SELECT 1 FROM t_gho LIMIT 1").close();
      } catch (SQLException e) {
        if (e.getErrorCode() != 1146) {
          throw e;
        }
        return;
      }
      pause(s, i % 2 == 0 ? 600 : 30);
      c.rollback();
    }
  }

  /** The session of the engine that runs a statement; 0 when all is over before. */
  private static long await(Statement s, String info, AtomicBoolean over) throws SQLException {
    String sql =
        "SELECT id FROM information_schema.processlist WHERE user = '%s' AND info LIKE '%s'"
            .formatted(ENGINE, info);
    while (!over.get()) {
      try (ResultSet rs = s.executeQuery(sql)) {
        if (rs.next()) {
          return rs.getLong(1);
        }
      }
    }
    return 0;
  }

  private static void pause(Statement s, int millis) throws SQLException {
    s.executeQuery("SELECT SLEEP(%f)".formatted(millis / 1000.0)).close();
  }

  private static void kill(Statement s, String what, long id) throws SQLException {
    if (id == 0) {
      return;
    }
    try {
      s.execute("KILL %s %d".formatted(what, id));
    } catch (SQLException e) {
      if (e.getErrorCode() != 1094) {
        throw e;
      }
    }
  }
}
