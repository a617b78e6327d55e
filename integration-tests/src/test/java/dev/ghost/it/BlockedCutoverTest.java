package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.CutoverException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The cutover against sessions that hold metadata locks. */
@OnServers
class BlockedCutoverTest {

  @Provided private Db db;

  /** Lock timeout, and half a second for all the rest. */
  private static final long MOST_STALL_MILLIS = 1_500;

  /** Of the cutover, after its first try: with the second try's wait for its lock. */
  private static final long LONGER_THAN_THE_FIRST_REST = 2_500;

  /** Those that all writers of a test write to. */
  private static final int ROWS_OF_ALL = 12;

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

  @Test
  void aTransactionThatHasReadTheSource() throws Exception {
    cutsOverAfter("t");
  }

  @Test
  void aTransactionThatHasReadTheGhost() throws Exception {
    cutsOverAfter(db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho");
  }

  /** A reader stays in the way of the first tries, and then goes. */
  private void cutsOverAfter(String table) throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      PausingListener listener =
          new PausingListener() {
            @Override
            public void cutoverPostponed(int attempt, String reason) {
              super.cutoverPostponed(attempt, reason);
              if (attempt == 2) {
                letGo(reader);
              }
            }
          }.at(Phase.CUTOVER, () -> read(reader, table));
      MigrationResult result =
          schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
      ledger.stop();

      assertThat(result.cutoverAttempts()).isGreaterThanOrEqualTo(3);
      assertThat(listener.postponed)
          .as("the report names the session and what it said last")
          .hasSizeGreaterThanOrEqualTo(2)
          .first()
          .asString()
          .contains(
              schema.server().administrator(),
              "in a transaction for",
              // A stock MariaDB does not keep it.
              db == Db.MARIADB ? "Sleep" : "SELECT COUNT(*) FROM " + table);
      assertThat(ledger.differences()).isEmpty();
      assertThat(ledger.longestMillis()).isLessThan(MOST_STALL_MILLIS);
      assertThat(result.stall()).isLessThan(Duration.ofMillis(MOST_STALL_MILLIS));
    }
  }

  /**
   * One transaction can be held up by one try after the other, and would wait for the sum of them.
   * So the next try begins when those that the last one held up have ended.
   */
  @Test
  void whoWasHeldUpIsThroughBeforeTheNextTry() throws Exception {
    AtomicLong through = new AtomicLong();
    AtomicLong secondTry = new AtomicLong();
    try (Connection inTheWay = schema.connect();
        Connection heldUp = schema.connect()) {
      inTheWay.setAutoCommit(false);
      heldUp.setAutoCommit(false);
      // They take the table's lock, and no row's; nor that of a gap, which would keep the suite's
      // own writers waiting for as long as they last.
      inTheWay.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      heldUp.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      inTheWay.createStatement().executeUpdate("UPDATE t SET v = v WHERE id = -7");
      CompletableFuture<?>[] held = new CompletableFuture<?>[1];
      PausingListener listener =
          new PausingListener()
              .at(
                  Phase.CUTOVER,
                  () ->
                      held[0] = CompletableFuture.runAsync(() -> writeDuringATry(heldUp, through)))
              .whenPostponed(
                  attempt -> {
                    if (attempt == 2) {
                      secondTry.set(System.nanoTime());
                      letGo(inTheWay);
                    }
                  });
      MigrationResult result =
          schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
      held[0].get(60, TimeUnit.SECONDS);
      assertThat(secondTry.get() - through.get())
          .as("the second try ended after the transaction that the first one held up")
          .isPositive();
      assertThat(result.stall()).isLessThan(Duration.ofSeconds(2));
    }
  }

  /** Nobody has waited for longer than the result says, however many tries it took. */
  @Test
  void theLongestWaitOfAllTriesIsReported() throws Exception {
    Duration limit = Duration.ofMillis(500);
    AtomicLong longest = new AtomicLong();
    MigrationResult result;
    try (Connection inTheWay = schema.connect();
        Connection own = schema.connect();
        Statement write = own.createStatement();
        BackgroundLoop ignored =
            new BackgroundLoop(
                1,
                random -> {
                  long begun = System.nanoTime();
                  write.executeUpdate("UPDATE t SET v = v WHERE id = -9");
                  longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
                })) {
      inTheWay.setAutoCommit(false);
      // No gap is locked, which would keep the suite's own writers waiting for longer than any try.
      inTheWay.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      inTheWay.createStatement().executeUpdate("UPDATE t SET v = v WHERE id = -7");
      PausingListener listener =
          new PausingListener()
              .whenPostponed(
                  attempt -> {
                    if (attempt == 3) {
                      letGo(inTheWay);
                    }
                  });
      result =
          schema
              .ghost("t", "ADD COLUMN note INT")
              .lockTimeout(limit)
              .listener(listener)
              .build()
              .run();
    }
    assertThat(result.cutoverAttempts()).isGreaterThan(3);
    assertThat(Duration.ofNanos(longest.get()))
        .as("the writer's longest wait; %s is reported", result.stall())
        .isBetween(limit.dividedBy(2), result.stall().plusMillis(250));
    assertThat(result.stall()).isLessThan(limit.multipliedBy(2).plusMillis(250));
  }

  /**
   * Each try meets some of them between two statements; who has waited for one may meet the next.
   */
  @Test
  void transactionsThatLockRowsCrosswise() throws Exception {
    Duration limit = Duration.ofSeconds(1);
    Duration theirs = Duration.ofSeconds(1);
    AtomicLong longest = new AtomicLong();
    for (int i = 1; i <= ROWS_OF_ALL; i++) {
      schema.execute("INSERT INTO t (id, u, v) VALUES (%1$d, %1$d, 0)".formatted(-100 - i));
    }
    List<AutoCloseable> writers = new ArrayList<>();
    MigrationResult result;
    try {
      for (int seed = 1; seed <= 6; seed++) {
        Connection c = schema.connect();
        if (db == Db.POSTGRES) {
          // It looks for a deadlock of theirs after a second else.
          run(c, "SET deadlock_timeout = '20ms'");
        }
        c.setAutoCommit(false);
        writers.add(0, c);
        writers.add(0, new BackgroundLoop(seed, random -> writeCrosswise(c, random, longest)));
      }
      MigrationBuilder ghost = schema.ghost("t", "ADD COLUMN note INT");
      result = ghost.lockTimeout(limit).cutoverTries(60).build().run();
    } finally {
      for (AutoCloseable each : writers) {
        each.close();
      }
    }
    assertThat(Duration.ofNanos(longest.get()))
        .as("the longest transaction, of %d tries", result.cutoverAttempts())
        .isLessThan(limit.multipliedBy(2).plus(theirs));
    assertThat(result.stall()).isLessThan(limit.multipliedBy(2).plusMillis(250));
  }

  /** A transaction of some rows in whatever order; the server may end it for a deadlock. */
  private static void writeCrosswise(Connection c, Random random, AtomicLong longest)
      throws SQLException {
    long begun = System.nanoTime();
    try (Statement s = c.createStatement()) {
      for (int i = 0; i < 4; i++) {
        int row = -101 - random.nextInt(ROWS_OF_ALL);
        s.executeUpdate("UPDATE t SET v = v + 1 WHERE id = " + row);
      }
      c.commit();
    } catch (SQLException e) {
      c.rollback();
      if (!e.getSQLState().startsWith("40")) {
        throw e;
      }
    }
    longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
  }

  /** Waits for a try, is held up by it, and takes its time before it commits. */
  private void writeDuringATry(Connection heldUp, AtomicLong through) {
    String waiting =
        db == Db.POSTGRES
            ? "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = to_regclass('t')"
            : "SELECT 1 FROM information_schema.processlist WHERE state = 'Waiting for table"
                + " metadata lock' AND info LIKE 'LOCK TABLES%'";
    try (Connection watcher = schema.connect();
        var statement = heldUp.createStatement()) {
      if (db != Db.POSTGRES) {
        statement.execute("START TRANSACTION");
      }
      while (Server.rows(watcher, waiting).isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      statement.executeUpdate("UPDATE t SET v = v WHERE id = -8");
      TimeUnit.MILLISECONDS.sleep(LONGER_THAN_THE_FIRST_REST);
      through.set(System.nanoTime());
      heldUp.commit();
    } catch (SQLException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void run(Connection c, String sql) throws Exception {
    try (var statement = c.createStatement()) {
      statement.execute(sql);
    }
    TimeUnit.MILLISECONDS.sleep(2);
  }

  /** A stock MariaDB does not say who it is, and then nobody is ended. */
  @Test
  void whoeverIsInTheWayIsEndedWhereThatIsWanted() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      PausingListener listener = new PausingListener().at(Phase.CUTOVER, () -> read(reader, "t"));
      Migration ghost =
          schema
              .ghost("t", "ADD COLUMN note INT")
              .cutoverKillBlockersAfter(Duration.ofMillis(1_200))
              .lockTimeout(Duration.ofMillis(300))
              .cutoverTries(db == Db.MARIADB ? 2 : 8)
              .listener(listener)
              .build();
      if (db == Db.MARIADB) {
        assertThat(catchThrowableOfType(CutoverException.class, ghost::run)).isNotNull();
        assertThat(reader.isValid(5)).isTrue();
      } else {
        assertThat(ghost.run().cutoverAttempts()).isGreaterThan(1);
        assertThat(listener.warnings)
            .filteredOn(w -> w.startsWith("Ended"))
            .singleElement()
            .asString()
            .contains("SELECT COUNT(*) FROM t");
        assertThat(reader.isValid(5)).isFalse();
      }
    }
    ledger.stop();
    assertThat(ledger.differences()).isEmpty();
  }

  @Test
  void givesUpAfterTheAllowedTries() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      Migration ghost =
          schema
              .ghost("t", "ADD COLUMN note INT")
              .cutoverTries(2)
              .lockTimeout(Duration.ofMillis(300))
              .listener(new PausingListener().at(Phase.CUTOVER, () -> read(reader, "t")))
              .build();
      CutoverException e = catchThrowableOfType(CutoverException.class, ghost::run);
      assertThat(e)
          .hasMessageContaining("tried 2 times")
          .hasMessageContaining(schema.server().administrator());
      assertThat(schema.hasColumn("t", "note")).isFalse();
      assertThat(ledger.longestMillis()).isLessThan(MOST_STALL_MILLIS);
    }
    // What was copied is kept; only the cutover is left to do.
    MigrationResult result = schema.ghost("t", "ADD COLUMN note INT").build().run();
    assertThat(result.warnings()).anyMatch(w -> w.contains("continues where it was"));
    ledger.stop();
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }

  private static void read(Connection reader, String table) throws Exception {
    try (var s = reader.createStatement()) {
      s.executeQuery("SELECT COUNT(*) FROM " + table).close();
    }
  }

  private static void letGo(Connection reader) {
    try {
      reader.rollback();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
