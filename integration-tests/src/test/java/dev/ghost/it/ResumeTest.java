package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * The command is killed again and again, at moments that a seed chooses, while writers go on. Each
 * run continues where the one before was; at the end nothing is lost.
 */
@OnServers
class ResumeTest {

  private static final int KILLS = Integer.getInteger("ghost.resume.kills", 3);
  private static final long SEED = Long.getLong("ghost.resume.seed", 1);
  private static final int ROWS = 20_000;

  /** So many that a run is killed before it is through. */
  private static final int MANY = 100_000;

  /** Each run of those that are killed comes at least as far as the one before. */
  private static final List<String> PHASES = List.of("stream", "copy", "verify", "cutover");

  private static final String CHANGE = "ADD COLUMN note INT";

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare(TestInfo test) throws Exception {
    schema.ledgerTable(test.getDisplayName().startsWith("killed") ? MANY : ROWS);
    schema.execute("CREATE INDEX by_v ON t (v)");
  }

  @Test
  void killedAgainAndAgain() throws Exception {
    Random random = new Random(SEED);
    List<String> phases = new ArrayList<>();
    Ledger ledger = new Ledger(schema, "t", 2, SEED).gently().start();
    try (ledger) {
      for (int kill = 0; kill < KILLS; kill++) {
        try (Launcher ghost =
            start(
                "--max-rows-per-second", "5000", "--postpone-cutover", "--verify-every", "500ms")) {
          String phase = PHASES.get((kill * PHASES.size() + 2) / KILLS);
          ghost.awaitLine("\"phase\":\"%s\"".formatted(phase));
          TimeUnit.MILLISECONDS.sleep(random.nextInt(2_000));
          ghost.kill();
          phases.add(ghost.phase());
        }
      }
      try (Launcher last = start()) {
        assertThat(last.exitCode()).as(last.output()).isZero();
        assertThat(last.output()).contains("continues where");
      }
    }
    System.out.printf("resume on %s, seed %d: killed in %s%n", db, SEED, phases);
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isTrue();
  }

  @Test
  void whereThePositionIsGoneItIsForTheUserToBeginAnew() throws Exception {
    MigrationBuilder builder = schema.ghost("t", CHANGE);
    assertThatThrownBy(() -> stoppedAtTheCutover(builder).run())
        .isInstanceOf(CancelledException.class);
    schema.server().forgetLog(schema);
    schema.execute("UPDATE t SET v = -1 WHERE id = 1");

    assertThatThrownBy(() -> schema.ghost("t", CHANGE).build().run())
        .isInstanceOf(RefusedException.class)
        .satisfies(e -> assertThat(((GhostException) e).remedy()).contains("--start-over"));
    assertThat(schema.hasColumn("t", "note")).isFalse();
    schema.ghost("t", CHANGE).startOver(true).build().run();
    assertThat(schema.value("SELECT v FROM t WHERE id = 1")).isEqualTo("-1");
    assertThat(schema.hasColumn("t", "note")).isTrue();
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void whereTheSourceWasAlteredMeanwhileItIsRefused() throws Exception {
    assertThatThrownBy(() -> stoppedAtTheCutover(schema.ghost("t", CHANGE)).run())
        .isInstanceOf(CancelledException.class);
    schema.execute("ALTER TABLE t ADD COLUMN mine INT");
    assertThatThrownBy(() -> schema.ghost("t", CHANGE).build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("altered");
    assertThat(schema.hasColumn("t", "mine")).isTrue();
    assertThat(schema.ghost().cleanUp("t")).isNotEmpty();
    assertThat(schema.leftovers()).isEmpty();
  }

  /** Writes of the time between two runs, on rows that were copied and compared before. */
  @Test
  void whatIsWrittenBetweenTwoRunsIsNotLost() throws Exception {
    assertThatThrownBy(() -> stoppedAtTheCutover(schema.ghost("t", CHANGE)).run())
        .isInstanceOf(CancelledException.class);
    schema.execute(
        "UPDATE t SET v = -1 WHERE id <= 100",
        "DELETE FROM t WHERE id BETWEEN 101 AND 200",
        "INSERT INTO t VALUES (-5, -5, -5)");
    MigrationResult result = schema.ghost("t", CHANGE).build().run();
    assertThat(result.warnings()).anyMatch(w -> w.contains("continues where it was"));
    assertThat(result.keysApplied()).isGreaterThanOrEqualTo(201);
    assertThat(
            schema.value(
                "SELECT COUNT(*) FROM t WHERE v = -1 OR id BETWEEN 101 AND 200 OR id = -5"))
        .isEqualTo("101");
    assertThat(schema.count("t")).isEqualTo(ROWS - 100 + 1);
  }

  /**
   * The change has arrived, and cannot be applied because somebody has locked the ghost's row; then
   * the process dies. Everything was compared before, so nothing but the stream can bring it again.
   */
  @Test
  void whatHadArrivedButWasNotAppliedIsNotLost() throws Exception {
    String ghost = db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho";
    try (Launcher killed = start("--postpone-cutover");
        Connection lock = schema.connect()) {
      killed.awaitLine("The cutover waits");
      lock.setAutoCommit(false);
      lock.createStatement().executeQuery("SELECT * FROM " + ghost + " WHERE id = 5 FOR UPDATE");
      schema.execute("UPDATE t SET v = -5 WHERE id = 5");
      MigrationStatus then = schema.awaitStatus("t", s -> s.pendingKeys() > 0);
      schema.awaitStatus("t", s -> s.updatedAt().isAfter(then.updatedAt().plusSeconds(6)));
      killed.kill();
    }
    try (Launcher last = start()) {
      assertThat(last.exitCode()).as(last.output()).isZero();
      assertThat(last.output()).contains("continues where");
    }
    assertThat(schema.value("SELECT v FROM t WHERE id = 5")).isEqualTo("-5");
  }

  private static Migration stoppedAtTheCutover(MigrationBuilder builder) {
    AtomicReference<Migration> ghost = new AtomicReference<>();
    ghost.set(
        builder
            .postponeCutover(true)
            .listener(new PausingListener().at(Phase.CUTOVER, () -> ghost.get().stop()))
            .build());
    return ghost.get();
  }

  private Launcher start(String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--chunk-time", "20ms"));
    arguments.addAll(List.of(more));
    return Launcher.alter(schema, CHANGE, arguments.toArray(String[]::new));
  }

  /** Pages that a run has copied hold other rows after a rewrite. */
  @Needs(Ability.COPY_BY_PAGES)
  @Test
  void aRewriteBetweenTwoRunsIsNoticed() throws Exception {
    try (Schema schema = this.schema.server().newSchema()) {
      schema.numbers(60_000);
      schema.execute(
          "CREATE TABLE t (id uuid PRIMARY KEY, filler text)",
          "INSERT INTO t SELECT gen_random_uuid(), repeat('x', 200) FROM n",
          "ANALYZE t");
      AtomicReference<Migration> ghost = new AtomicReference<>();
      ghost.set(
          schema
              .ghost("t", "ADD COLUMN note int")
              .listener(new PausingListener().at(Phase.VERIFY, () -> ghost.get().stop()))
              .build());
      assertThatThrownBy(() -> ghost.get().run()).isInstanceOf(CancelledException.class);
      schema.execute("VACUUM FULL t");
      assertThatThrownBy(() -> schema.ghost("t", "ADD COLUMN note int").build().run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("rewritten");
      schema.ghost("t", "ADD COLUMN note int").startOver(true).build().run();
      assertThat(schema.count("t")).isEqualTo(60_000);
    }
  }
}
