package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.ResourceUsage;
import dev.ghost.api.StoppedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a run costs, and who is in its way, is shown; and past a limit ends it. */
@OnServers
class ServerWatchTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(20_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)", "INSERT INTO t SELECT i, i FROM n");
  }

  private MigrationBuilder ghost() {
    return schema.ghost("t", "ADD COLUMN note INT");
  }

  @Test
  void aRunThatTakesTooLongStopsAndIsResumed() throws Exception {
    CancelledException e =
        catchThrowableOfType(
            CancelledException.class,
            () -> ghost().maxDuration(Duration.ofSeconds(4)).postponeCutover(true).build().run());
    assertThat(e).hasMessageContaining("longer than");
    MigrationResult result = ghost().build().run();
    assertThat(result.warnings()).anyMatch(w -> w.contains("continues where it was"));
  }

  @Test
  void aGhostThatTakesTooMuchStopsTheRun() throws Exception {
    CancelledException e =
        catchThrowableOfType(
            CancelledException.class,
            () -> ghost().maxDisk(1_000).postponeCutover(true).build().run());
    assertThat(e).hasMessageContaining("are allowed");
    schema.ghost().cleanUp("t");
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void aLongTransactionOnTheTableIsShown() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      reader.createStatement().executeQuery("SELECT COUNT(*) FROM t").close();
      PausingListener listener = new PausingListener();
      CompletableFuture<MigrationResult> run =
          start(
              ghost()
                  .longTransaction(Duration.ofSeconds(1))
                  .postponeCutover(true)
                  .listener(listener));
      ResourceUsage seen =
          schema.awaitStatus("t", s -> !s.footprint().inTheWay().isEmpty()).footprint();
      assertThat(seen.inTheWay()).singleElement().asString().contains("session");
      assertThat(seen.ghostBytes()).isPositive();
      assertThat(listener.warnings).anyMatch(w -> w.startsWith("The cutover would have to wait"));
      reader.rollback();
      schema.ghost().send("t", ControlCommand.cutover());
      run.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void deadlocksAndTheGrowthOfTheLogAreShown() throws Exception {
    CompletableFuture<MigrationResult> run = start(ghost().postponeCutover(true));
    ResourceUsage before = schema.awaitStatus("t", s -> s.footprint().logBytes() > 0).footprint();
    schema.execute("INSERT INTO t SELECT i + 1000000, i FROM n");
    deadlock();
    ResourceUsage after =
        schema.awaitStatus("t", s -> s.footprint().deadlocks() > before.deadlocks()).footprint();
    assertThat(after.logBytes() - after.logGrowthBytes())
        .isEqualTo(before.logBytes() - before.logGrowthBytes());
    if (db != Db.POSTGRES) {
      // There, files are used again.
      assertThat(after.logGrowthBytes()).isGreaterThan(before.logGrowthBytes());
    }
    schema.ghost().send("t", ControlCommand.cutover());
    run.get(60, TimeUnit.SECONDS);
  }

  /** Two sessions that wait for each other, one of which the server ends. */
  private void deadlock() throws Exception {
    try (Connection one = schema.connect();
        Connection other = schema.connect()) {
      one.setAutoCommit(false);
      other.setAutoCommit(false);
      update(one, 1);
      update(other, 2);
      CompletableFuture<Void> crossing = Async.run(() -> update(one, 2));
      CompletableFuture<Void> back = Async.run(() -> update(other, 1));
      assertThat(CompletableFuture.allOf(crossing, back)).failsWithin(Duration.ofSeconds(30));
      for (Connection c : List.of(one, other)) {
        c.rollback();
      }
    }
  }

  private static void update(Connection c, int id) {
    try (var s = c.createStatement()) {
      s.executeUpdate("UPDATE t SET v = v + 1 WHERE id = " + id);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Behind our wait for the table's lock; the others tell of row locks only. */
  @Needs(Ability.TABLE_LOCK_MODES)
  @Test
  void whoWaitsForUsIsShown() throws Exception {
    try (Connection writer = schema.connect();
        Connection behind = schema.connect()) {
      writer.setAutoCommit(false);
      PausingListener listener = new PausingListener().at(Phase.CUTOVER, () -> update(writer, 1));
      CompletableFuture<MigrationResult> run =
          start(ghost().lockTimeout(Duration.ofSeconds(30)).listener(listener));
      schema.awaitStatus("t", s -> waitsForTable());
      CompletableFuture<Void> waiting = Async.run(() -> update(behind, 2));
      ResourceUsage seen =
          schema.awaitStatus("t", s -> !s.footprint().waiting().isEmpty()).footprint();
      assertThat(seen.waiting()).singleElement().asString().contains("UPDATE t SET v");
      writer.commit();
      run.get(60, TimeUnit.SECONDS);
      waiting.get(60, TimeUnit.SECONDS);
    }
    assertThat(schema.value("SELECT v FROM t WHERE id = 2")).isEqualTo("3");
  }

  /** A chunk that has to wait itself keeps its locks on what it has written for as long. */
  @Needs(Ability.WAITS_FOR_ROWS)
  @Test
  void whoWaitsForARowOfOursIsShown() throws Exception {
    try (Connection first = schema.connect();
        Connection behind = schema.connect();
        Statement inTheWay = first.createStatement();
        Statement touch = behind.createStatement()) {
      first.setAutoCommit(false);
      PausingListener listener =
          new PausingListener()
              .at(
                  Phase.COPY,
                  () -> inTheWay.executeUpdate("INSERT INTO t_gho (id, v) VALUES (20, 0)"));
      CompletableFuture<MigrationResult> run = start(ghost().listener(listener));
      AtomicBoolean seen = new AtomicBoolean();
      CompletableFuture<Void> waiting =
          Async.run(
              () -> {
                while (!seen.get() && !run.isDone()) {
                  touchTheGhost(touch);
                }
              });
      assertThat(
              schema
                  .awaitStatus("t", s -> !s.footprint().waiting().isEmpty())
                  .footprint()
                  .waiting())
          .singleElement()
          .asString()
          .contains("UPDATE t_gho");
      seen.set(true);
      first.rollback();
      waiting.get(60, TimeUnit.SECONDS);
      run.get(60, TimeUnit.SECONDS);
    }
    assertThat(schema.count("t")).isEqualTo(20_000);
  }

  /** The ghost may not be there yet. */
  private static void touchTheGhost(Statement s) {
    try {
      s.executeUpdate("UPDATE t_gho SET v = v WHERE id = 10");
    } catch (SQLException e) {
      if (e.getErrorCode() != 1146) {
        throw new IllegalStateException(e);
      }
    }
  }

  private boolean waitsForTable() {
    try {
      return !schema
          .rows(
              "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'ExclusiveLock' AND relation ="
                  + " to_regclass('t')")
          .isEmpty();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static CompletableFuture<MigrationResult> start(MigrationBuilder ghost) {
    return Async.supply(() -> ghost.build().run());
  }

  @Needs(Ability.SLOTS)
  @Test
  void tooMuchLogStopsTheRun() throws Exception {
    StoppedException e =
        catchThrowableOfType(
            StoppedException.class,
            () ->
                ghost()
                    // So small a table is through before the log is looked at with a slot there.
                    .postponeCutover(true)
                    .maxDuration(Duration.ofMinutes(1))
                    .maxLog(1)
                    .build()
                    .run());
    assertThat(e).as("it did not fail").isNotNull();
    assertThat(e).hasMessageContaining("of log for the change stream");
    assertThat(e.resumable()).as("what was copied is kept").isFalse();
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.tables()).contains("t").doesNotContain("t_old");
  }
}
