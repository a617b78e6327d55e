package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Strategy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cutover where a table is locked in several modes, and waited for in a queue. */
@OnServers(whichHave = Ability.TABLE_LOCK_MODES)
class LockModesTest {

  /** Lock timeout, and half a second for all the rest. */
  private static final long MOST_STALL_MILLIS = 1_500;

  @Provided private Schema schema;
  private Ledger ledger;

  @BeforeEach
  void prepare() throws Exception {
    schema.ledgerTable(5_000);
    // On PostgreSQL a transaction that is left open keeps dead rows from being removed: writers
    // that
    // never rest make so many that the replay does not get near enough for a cutover to be tried.
    ledger = new Ledger(schema, "t", 3, 5).gently().start();
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      ledger.close();
    }
  }

  /**
   * It could deadlock with us, and must not be the one that is chosen. (MySQL finds such a deadlock
   * at once, and always chooses the session that is no DDL.)
   */
  @Needs(Ability.DEADLOCKS_FOUND_LATE)
  @Test
  void aTransactionThatHasReadAndThenWrites() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      Thread[] writing = new Thread[1];
      AtomicReference<SQLException> failed = new AtomicReference<>();
      PausingListener listener =
          new PausingListener()
              .at(
                  Phase.CUTOVER,
                  () -> {
                    read(reader, "t");
                    writing[0] = new Thread(() -> writeWhenWeWait(reader, failed));
                    writing[0].start();
                  });
      MigrationResult result =
          schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
      ledger.stop();
      writing[0].join();
      assertThat(failed).hasNullValue();
      assertThat(result.cutoverAttempts()).isGreaterThan(1);
      assertThat(ledger.longestMillis()).isLessThan(MOST_STALL_MILLIS);
      assertThat(schema.value("SELECT v FROM t WHERE id = -5")).isEqualTo("1");
    }
  }

  private void writeWhenWeWait(Connection reader, AtomicReference<SQLException> failed) {
    try (var s = reader.createStatement()) {
      awaitLock("ExclusiveLock", true);
      s.executeUpdate("INSERT INTO t (id, u, v) VALUES (-5, -5, 1)");
      reader.commit();
    } catch (SQLException e) {
      failed.set(e);
    }
  }

  /** Who uses the table by a view has locked that before, and the swap makes it again. */
  @Needs(Ability.DEPENDENTS_BY_NUMBER)
  @Test
  void trafficThroughViews() throws Exception {
    schema.execute(
        "CREATE TABLE o (id bigint PRIMARY KEY, v bigint)",
        "INSERT INTO o VALUES (-9, 0)",
        "CREATE VIEW w AS SELECT id, u, v FROM t",
        "CREATE VIEW above AS SELECT w.id, t.v FROM w JOIN t USING (id)",
        "CREATE VIEW ruled AS SELECT id, v FROM o",
        "CREATE RULE r AS ON UPDATE TO ruled DO INSTEAD UPDATE t SET v = t.v WHERE t.id = NEW.id");
    String update = "UPDATE w SET v = v WHERE id = -9";
    assertThat(
            attemptsBeside(
                update,
                update,
                "UPDATE ruled SET v = v WHERE id = -9",
                "SELECT count(*) FROM above WHERE id < 100"))
        .isLessThan(6);
    ledger.stop();
    assertThat(ledger.longestMillis()).isLessThan(MOST_STALL_MILLIS);
    assertThat(ledger.differences()).isEmpty();
    schema.execute("INSERT INTO w VALUES (-9, -9, 1)", "UPDATE ruled SET v = 1");
    assertThat(schema.rows("SELECT v FROM t WHERE id = -9")).containsExactly("1");
    schema.execute("DROP TABLE t_old");
  }

  /** Who writes to a table that is bound to this one by a key may come from there, or go there. */
  @Test
  void trafficOnTablesWithForeignKeys() throws Exception {
    schema.execute(
        "CREATE TABLE p (id bigint PRIMARY KEY, n int)",
        "INSERT INTO p VALUES (-9, 0), (-8, 0)",
        "ALTER TABLE t ADD COLUMN p bigint REFERENCES p",
        "INSERT INTO t VALUES (-9, -9, 0, -9)",
        "CREATE TABLE child (t bigint REFERENCES t)");
    assertThat(
            attemptsBeside(
                "INSERT INTO child VALUES (-9)",
                "WITH first AS (UPDATE p SET n = 1 WHERE id = -8 RETURNING id) INSERT INTO child"
                    + " SELECT id - 1 FROM first",
                "BEGIN; UPDATE p SET n = 2 WHERE id = -9; UPDATE t SET v = v WHERE id = -7; COMMIT",
                "BEGIN; UPDATE t SET v = v WHERE id = -7; INSERT INTO child VALUES (-9); COMMIT"))
        .isLessThan(15);
    ledger.stop();
    assertThat(ledger.longestMillis()).isLessThan(MOST_STALL_MILLIS);
    schema.execute("DELETE FROM child", "DELETE FROM t WHERE id = -9");
    assertThat(ledger.differences()).isEmpty();
  }

  /** How many tries it takes while each of some statements is run again and again. */
  private int attemptsBeside(String first, String second, String third, String fourth)
      throws Exception {
    try (Connection a = schema.connect();
        Connection b = schema.connect();
        Connection c = schema.connect();
        Connection d = schema.connect();
        BackgroundLoop one = new BackgroundLoop(1, r -> run(a, first));
        BackgroundLoop two = new BackgroundLoop(2, r -> run(b, second));
        BackgroundLoop three = new BackgroundLoop(3, r -> run(c, third));
        BackgroundLoop four = new BackgroundLoop(4, r -> run(d, fourth))) {
      return schema.ghost("t", "ADD COLUMN note INT").build().run().cutoverAttempts();
    }
  }

  private static void run(Connection c, String sql) throws Exception {
    try (var statement = c.createStatement()) {
      statement.execute(sql);
    }
    TimeUnit.MILLISECONDS.sleep(2);
  }

  /** What depends on the table has been read by then; who makes a view does not stop that. */
  @Needs(Ability.DEPENDENTS_BY_NUMBER)
  @Test
  void aViewThatIsMadeUntilTheTablesAreSwapped() throws Exception {
    alterAside("AccessExclusiveLock", "CREATE VIEW w AS SELECT id, v FROM t");
    ledger.stop();
    schema.execute("INSERT INTO t (id, u, v) VALUES (-5, -5, 1)");
    assertThat(schema.rows("SELECT v FROM w WHERE id = -5")).containsExactly("1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "ALTER TABLE t ALTER v SET STATISTICS 50"
      })
  void whatIsAlteredUntilTheTableIsLocked(String ddl) throws Exception {
    schema.execute(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
    InterferenceException e =
        catchThrowableOfType(
            InterferenceException.class, () -> alterAside("ShareUpdateExclusiveLock", ddl));
    assertThat(e).hasMessageContaining("Somebody altered");
    assertThat(schema.hasColumn("t", "note")).isFalse();
    ledger.stop();
    assertThat(ledger.differences()).isEmpty();
  }

  /**
   * Somebody alters the table when everything is ready, and commits that when we wait for a lock.
   */
  private void alterAside(String lock, String ddl) throws Exception {
    try (Connection maker = schema.connect()) {
      maker.setAutoCommit(false);
      AtomicReference<CompletableFuture<Void>> made = new AtomicReference<>();
      PausingListener listener =
          new PausingListener()
              .at(
                  Phase.CUTOVER,
                  () -> {
                    maker.createStatement().execute(ddl);
                    made.set(Async.run(() -> commitWhenWeWait(maker, lock)));
                  });
      schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
      made.get().get();
    }
  }

  private void commitWhenWeWait(Connection maker, String lock) {
    try {
      awaitLock(lock, false);
      maker.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitLock(String mode, boolean granted) throws SQLException {
    String asked =
        "SELECT 1 FROM pg_locks WHERE locktype = 'relation' AND relation = to_regclass('t') AND mode = '%s' AND granted = %s"
            .formatted(mode, granted);
    try (Connection watcher = schema.connect()) {
      Until.holds(() -> !Server.rows(watcher, asked).isEmpty());
    }
  }

  /** It lets go for nobody who waits for as short a time as the application may be made to. */
  @Needs(Ability.AUTOVACUUM)
  @ParameterizedTest
  @EnumSource(names = {"GHOST", "DIRECT"})
  @Timeout(120)
  void anAutovacuum(Strategy strategy) throws Exception {
    schema.execute(
        "ALTER TABLE t SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,"
            + " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1)");
    Server server = schema.server();
    try {
      server.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'", "SELECT pg_reload_conf()");
      PausingListener listener = new PausingListener().at(Phase.CUTOVER, this::awaitVacuum);
      MigrationResult result =
          schema
              .ghost("t", "ADD COLUMN note INT")
              .strategy(strategy)
              .listener(listener)
              .build()
              .run();
      ledger.stop();
      assertThat(result.cutoverAttempts()).isLessThan(4);
      assertThat(ledger.longestMillis()).isLessThan(MOST_STALL_MILLIS);
      assertThat(ledger.differences()).isEmpty();
    } finally {
      server.execute("ALTER SYSTEM RESET autovacuum_naptime", "SELECT pg_reload_conf()");
    }
  }

  /** Of the table, on which it will be at work for minutes. */
  private void awaitVacuum() throws SQLException {
    String vacuum = "SELECT 1 FROM pg_stat_progress_vacuum WHERE relid = to_regclass('t')";
    Until.holds(() -> !schema.rows(vacuum).isEmpty());
  }

  private static void read(Connection reader, String table) throws Exception {
    try (var s = reader.createStatement()) {
      s.executeQuery("SELECT COUNT(*) FROM " + table).close();
    }
  }
}
