package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.GhostException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What goes wrong around a migration. After each fault the source is whole and can be written to,
 * and the migration is finished, or has ended with a word of what to do; then that does it.
 */
@OnServers
class FaultTest {

  private static final long SEED = Long.getLong("ghost.fault.seed", 1);
  private static final int ROUNDS = Integer.getInteger("ghost.fault.rounds", 1);
  private static final int CUTS = Integer.getInteger("ghost.fault.cuts", 5);
  private static final int ROWS = 60_000;
  private static final int SPAN = 8;
  private static final String CHANGE = "ADD COLUMN note INT";

  /** One for all tests on a kind of server; they end with the JVM. */
  private static final Map<Server, DedicatedServer> OWN = new ConcurrentHashMap<>();

  @Provided private Db db;

  @Provided private Server server;

  private DedicatedServer own;
  private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    own = OWN.computeIfAbsent(server, Server::another);
    schema = own.server().newSchema();
    fill(schema);
  }

  private static void fill(Schema schema) throws SQLException {
    schema.numbers(ROWS);
    schema.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, CONSTRAINT"
            + " by_u UNIQUE (u))",
        "INSERT INTO t SELECT i, i, 0 FROM n",
        "CREATE INDEX by_v ON t (v)");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.close();
    }
  }

  /** Slow enough for something to happen meanwhile. */
  private MigrationBuilder slow() {
    return slow(schema.url());
  }

  private MigrationBuilder slow(String url) {
    return schema.ghost(Schema.at(url), "t", CHANGE).maxRowsPerSecond(20_000);
  }

  /** Runs the same migration until it is through; what ends a run has to be known to pass. */
  private MigrationResult untilDone(String url) {
    List<String> ends = new ArrayList<>();
    while (ends.size() < 20) {
      try {
        MigrationResult made = slow(url).build().run();
        System.out.printf("faults on %s, seed %d: runs that ended before: %s%n", db, SEED, ends);
        return made;
      } catch (GhostException e) {
        assertThat(e).isInstanceOf(StoppedException.class);
        assertThat(e.remedy()).as(e.getMessage()).isNotEmpty();
        ends.add(e.getMessage());
      }
    }
    throw new AssertionError("not through after " + ends);
  }

  /** A run that may have ended by itself, of something that can pass; or because we stopped it. */
  private static String endsWithAWord(CompletableFuture<MigrationResult> run) throws Exception {
    try {
      run.get();
      throw new AssertionError("it has made its cutover");
    } catch (ExecutionException e) {
      assertThat(e.getCause())
          .isInstanceOfAny(
              StoppedException.class, CancelledException.class, InterferenceException.class);
      assertThat(((GhostException) e.getCause()).remedy()).isNotEmpty();
      return e.getCause().getMessage();
    }
  }

  private static MigrationListener whenStreaming(AtomicBoolean begun) {
    return new PausingListener().at(Phase.COPY, () -> begun.set(true));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Until.holds(condition::getAsBoolean);
  }

  private Optional<Instant> compared() {
    return schema.status("t").map(MigrationStatus::comparedAt);
  }

  private void assertDone() throws SQLException {
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isTrue();
  }

  private void assertUntouched() throws SQLException {
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isFalse();
    assertThat(schema.count("t")).isEqualTo(ROWS);
    schema.execute("UPDATE t SET v = v + 1 WHERE id = 1");
  }

  @Test
  void connectionsAreCut() throws Exception {
    Ledger ledger = new Ledger(schema, "t", 2, SEED).gently().start();
    try (ledger;
        Proxy proxy = new Proxy(own.server());
        BackgroundLoop ignored =
            new BackgroundLoop(
                SEED,
                random -> {
                  TimeUnit.MILLISECONDS.sleep(300 + random.nextInt(1_200));
                  // Not for ever: the stream on PostgreSQL takes seconds to begin again.
                  if (proxy.cuts() < CUTS) {
                    proxy.cutOne(random);
                  }
                })) {
      untilDone(proxy.url(schema.name()));
      assertThat(proxy.cuts()).isGreaterThan(2);
    }
    assertThat(ledger.differences()).isEmpty();
    assertDone();
  }

  @Test
  void theServerIsKilled() throws Exception {
    Counters counters = new Counters(own.server(), schema.name(), ROWS, SEED);
    try (counters) {
      Random random = new Random(SEED);
      for (int round = 0; round < ROUNDS; round++) {
        AtomicBoolean begun = new AtomicBoolean();
        Migration ghost = slow().postponeCutover(true).listener(whenStreaming(begun)).build();
        CompletableFuture<MigrationResult> run = Async.supply(ghost::run);
        await(() -> begun.get() || run.isDone());
        TimeUnit.MILLISECONDS.sleep(random.nextInt(5_000));
        own.kill();
        own.startAgain();
        schema.reconnect();
        schema.execute("UPDATE t SET u = -u WHERE id = 1");
        TimeUnit.MILLISECONDS.sleep(random.nextInt(3_000));
        ghost.stop();
        endsWithAWord(run);
      }
      schema.reconnect();
      untilDone(schema.url());
    }
    assertThat(counters.differences(schema)).isEmpty();
    assertDone();
  }

  @Test
  void noConnectionIsLeft() throws Exception {
    List<Connection> taken = new ArrayList<>();
    try {
      SQLException full =
          catchThrowableOfType(
              SQLException.class,
              () -> {
                while (true) {
                  taken.add(schema.connect());
                }
              });
      GhostException e =
          catchThrowableOfType(GhostException.class, () -> schema.ghost("t", CHANGE).build().run());
      assertThat(e)
          .isInstanceOf(StoppedException.class)
          .hasMessageContaining(full.getMessage().split(":")[0]);
      assertUntouched();
    } finally {
      for (Connection c : taken) {
        c.close();
      }
    }
    schema.ghost("t", CHANGE).build().run();
    assertDone();
  }

  /** The application's limits are not ours. */
  @Test
  void shortTimeoutsOfTheServer() throws Exception {
    own.server().shortTimeouts(true);
    try {
      Migration ghost = slow().postponeCutover(true).verifyEvery(Duration.ofSeconds(1)).build();
      CompletableFuture<MigrationResult> run = Async.supply(ghost::run);
      await(() -> run.isDone() || compared().isPresent());
      Instant first = compared().orElse(Instant.MAX);
      await(() -> run.isDone() || compared().filter(first::isBefore).isPresent());
      assertThat(run).isNotCompletedExceptionally();
      schema.ghost().send("t", ControlCommand.cutover());
      run.get();
    } finally {
      own.server().shortTimeouts(false);
    }
    assertDone();
  }

  /** Nothing of ours stays on a disk that it has filled. */
  @Test
  void theDiskIsFull() throws Exception {
    schema.close();
    schema = own.server().newSchema();
    own.server().onSmallDisk(own, schema);
    fill(schema);
    schema.execute("CREATE TABLE spare AS SELECT * FROM n");
    fillTheDisk();
    // Room for the journal, and for the first chunks.
    schema.execute("DROP TABLE spare");
    GhostException e =
        catchThrowableOfType(GhostException.class, () -> schema.ghost("t", CHANGE).build().run());
    assertThat(e)
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining(db == Db.POSTGRES ? "No space left" : "The table 't_gho' is full");
    assertThat(e.remedy()).contains("disk");
    // With what we had made, the room that it took is gone too.
    schema.execute("CREATE TABLE spare AS SELECT * FROM n", "DROP TABLE spare, ballast, n");
    assertUntouched();
    own.server().makeRoom();
    schema.ghost("t", CHANGE).build().run();
    assertDone();
    schema.close();
    schema = null;
    own.server().withoutSmallDisk();
  }

  private void fillTheDisk() throws SQLException {
    schema.execute("CREATE TABLE ballast (i INT, filler CHAR(200))");
    boolean full = false;
    for (int i = 0; i < 200 && !full; i++) {
      try {
        schema.execute("INSERT INTO ballast SELECT i, 'x' FROM n WHERE i <= 4000");
      } catch (SQLException e) {
        assertThat(e.getMessage()).containsAnyOf("No space left", "is full");
        full = true;
      }
    }
    assertThat(full).isTrue();
  }

  /** What was changed meanwhile is lost to the stream, which must not go on as if it were not. */
  @Test
  void theLogIsForgotten() throws Exception {
    Ledger ledger = new Ledger(schema, "t", 2, SEED).gently().start();
    try (ledger;
        Proxy proxy = new Proxy(own.server())) {
      PausingListener listener = new PausingListener();
      Migration ghost = slow(proxy.url(schema.name())).listener(listener).build();
      CompletableFuture<MigrationResult> run = Async.supply(ghost::run);
      // A run that has copied nothing leaves nothing that the next one could refuse to go on with.
      await(() -> run.isDone() || listener.progress.stream().anyMatch(p -> p.rowsDone() > 0));
      proxy.shut(true);
      long then = ledger.acknowledged();
      await(() -> ledger.acknowledged() > then + 20);
      own.server().forgetLog(schema);
      proxy.shut(false);
      // A binary log that is cut in the middle of an event ends the run before it can come back.
      String word = endsWithAWord(run);
      assertThat(word).containsAnyOf("is gone", "Connection reset");
      assertThat(schema.hasColumn("t", "note")).isFalse();
      // A run that has seen it leaves nothing to go on with.
      boolean seen = word.contains("is gone");
      if (!seen) {
        assertThatThrownBy(() -> schema.ghost("t", CHANGE).build().run())
            .isInstanceOf(RefusedException.class);
      }
      schema.ghost("t", CHANGE).startOver(!seen).build().run();
    }
    assertThat(ledger.differences()).isEmpty();
    assertDone();
  }

  @Test
  void somebodyDropsTheGhost() throws Exception {
    GhostException e =
        endsWhere(
            slow().postponeCutover(true),
            new PausingListener()
                .at(
                    Phase.CUTOVER,
                    () ->
                        schema.execute(
                            "DROP TABLE " + ghost(), "UPDATE t SET v = v + 1 WHERE id = 2")));
    assertThat(e).isInstanceOf(InterferenceException.class);
    assertThat(e.remedy()).isNotEmpty();
    assertUntouched();
    schema.ghost("t", CHANGE).build().run();
    assertDone();
  }

  private String ghost() {
    return db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho";
  }

  private static GhostException endsWhere(MigrationBuilder migration, MigrationListener listener) {
    return catchThrowableOfType(
        GhostException.class, () -> migration.listener(listener).build().run());
  }

  /** What others do to the ghost would be in the table that the application gets. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE %s ADD COLUMN theirs INT",
        "ALTER TABLE %s ALTER COLUMN v SET DEFAULT 7",
        "CREATE INDEX theirs ON %s (v, u)",
        "ALTER TABLE %s ADD CONSTRAINT theirs CHECK (v >= 0)"
      })
  void somebodyAltersTheGhost(String how) throws Exception {
    for (Phase phase : List.of(Phase.COPY, Phase.CUTOVER)) {
      GhostException e =
          endsWhere(
              schema.ghost("t", CHANGE),
              new PausingListener().at(phase, () -> schema.execute(how.formatted(ghost()))));
      assertThat(e).as("%s", phase).hasMessageStartingWith("Somebody altered ");
      assertThat(e).isInstanceOf(InterferenceException.class);
      assertUntouched();
    }
    schema.ghost("t", CHANGE).build().run();
    assertDone();
  }

  /**
   * Who locks rows of the ghost in another order than the replay is in its way, and it in his. On
   * PostgreSQL the replay lets go before the server looks for deadlocks.
   */
  @Test
  void deadlocksWithSomebodyOnTheGhost() throws Exception {
    try (Connection theirs = schema.connect()) {
      theirs.setAutoCommit(false);
      CompletableFuture<MigrationResult> run =
          Async.supply(slow().postponeCutover(true).build()::run);
      await(() -> run.isDone() || compared().isPresent());
      Random random = new Random(SEED);
      for (int i = 0; !run.isDone() && (db == Db.POSTGRES ? i < ROUNDS : deadlocks() < 2); i++) {
        // Some of the keys in between belong to one worker.
        int id = 1 + random.nextInt(ROWS - SPAN);
        lockAcross(theirs, id, id + SPAN);
        lockAcross(theirs, id + SPAN, id);
      }
      schema.ghost().send("t", ControlCommand.cutover());
      run.get();
    }
    assertThat(schema.rows("SELECT id, u, v FROM t WHERE v <> 0 ORDER BY id"))
        .isNotEmpty()
        .isEqualTo(schema.rows("SELECT id, u, v FROM t_old WHERE v <> 0 ORDER BY id"));
    assertDone();
  }

  private long deadlocks() {
    return schema.status("t").orElseThrow().footprint().deadlocks();
  }

  /** Locks two rows of the ghost; meanwhile, they and those between are changed in the source. */
  private void lockAcross(Connection theirs, int first, int second) throws Exception {
    try (Statement s = theirs.createStatement()) {
      s.executeUpdate("UPDATE %s SET v = v WHERE id = %d".formatted(ghost(), first));
      schema.execute(
          "UPDATE t SET v = v + 1 WHERE id BETWEEN %d AND %d"
              .formatted(Math.min(first, second), Math.max(first, second)));
      // For the replay to have come as far as the first of them.
      TimeUnit.MILLISECONDS.sleep(100);
      s.executeUpdate("UPDATE %s SET v = v WHERE id = %d".formatted(ghost(), second));
      theirs.commit();
    } catch (SQLException e) {
      if (db == Db.POSTGRES || !own.server().rolledBack().contains("" + e.getErrorCode())) {
        throw e;
      }
      theirs.rollback();
    }
  }
}
