package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.LiveSettings;
import dev.ghost.api.LoginException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A migration is watched and steered from outside, through its database. */
@OnServers
@Timeout(120)
class CommandLoopTest {

  @Provided private Db db;

  @TempDir private Path directory;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.ledgerTable(5_000);
  }

  @Test
  void aPostponedCutoverStaysInStepUntilItIsOrdered() throws Exception {
    Ledger ledger = new Ledger(schema, "t", 2, 5).gently().start();
    try (ledger) {
      CompletableFuture<MigrationResult> run =
          start(ghost().postponeCutover(true).verifyEvery(Duration.ofMillis(100)));
      MigrationStatus waiting = awaitStatus(s -> s.phase().equals("cutover"));
      assertThat(waiting.running()).isTrue();
      assertThat(waiting.postponed()).isTrue();
      assertThat(waiting.change()).contains("ADD COLUMN note");
      // Compared again, with writers there.
      awaitStatus(s -> s.comparedAt().isAfter(waiting.comparedAt()));
      long then = ledger.acknowledged();
      while (ledger.acknowledged() < then + 200) {
        Thread.onSpinWait();
      }
      if (db == Db.POSTGRES) {
        awaitForgetting();
        assertThat(restingInTransactions()).isEmpty();
      }
      assertThat(run).isNotDone();
      quickly(ControlCommand.cutover());
      assertThat(run.get().rowsVerified()).isPositive();
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isTrue();
    assertThat(status()).isEmpty();
  }

  @Test
  void itIsHeldAndGoesOnAsOrdered() throws Exception {
    Path hold = Files.createFile(directory.resolve("hold"));
    CompletableFuture<MigrationResult> run = start(ghost().throttleFile(hold));
    awaitStatus(s -> s.throttled().contains(hold.toString()));
    long working = working();
    schema.ghost().send("t", ControlCommand.set(LiveSettings.NONE.withThreads(5)));
    while (working() < working + 3) {
      Thread.onSpinWait();
    }
    quickly(ControlCommand.pause());
    MigrationStatus paused = awaitStatus(s -> s.throttled().startsWith("paused by "));
    assertThat(paused.lastOrder()).startsWith("pause by " + System.getProperty("user.name"));
    Files.delete(hold);
    assertThat(
            schema
                .ghost()
                .send(
                    "t",
                    ControlCommand.set(
                        LiveSettings.NONE
                            .withChunkTime(Duration.ofMillis(100))
                            .withMaxRowsPerSecond(50_000))))
        .contains("chunk-time");
    assertThatThrownBy(
            () ->
                schema
                    .ghost()
                    .send(
                        "t",
                        ControlCommand.set(
                            LiveSettings.NONE.withMaxRowsPerSecond(7).withThreads(65))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("from 1 to 64");
    quickly(ControlCommand.postpone());
    assertThat(run).isNotDone();
    quickly(ControlCommand.resume());
    awaitStatus(s -> s.phase().equals("cutover") && s.throttled().isEmpty());
    quickly(ControlCommand.cutover());
    run.get();
    assertThat(schema.hasColumn("t", "note")).isTrue();
  }

  @Test
  void stoppedItIsKeptAndCancelledItIsGone() throws Exception {
    assertThatThrownBy(() -> schema.ghost().send("t", ControlCommand.pause()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("No migration");

    CompletableFuture<MigrationResult> first = start(ghost().postponeCutover(true));
    awaitStatus(s -> s.phase().equals("cutover"));
    quickly(ControlCommand.stop());
    ended(first);
    MigrationStatus interrupted = awaitStatus(s -> true);
    assertThat(interrupted.running()).isFalse();
    assertThatThrownBy(() -> schema.ghost().send("t", ControlCommand.cutover()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("interrupted");
    assertThatThrownBy(() -> schema.ghost("t", "ADD COLUMN other INT").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("another change")
        .hasMessageContaining("ADD COLUMN note INT");

    CompletableFuture<MigrationResult> second = start(ghost().postponeCutover(true));
    // Until it has said something itself, a run shows what the one before has said.
    awaitStatus(s -> s.phase().equals("cutover") && !interrupted.startedAt().equals(s.startedAt()));
    try (Launcher status =
        Launcher.start("status", "--url", schema.url(), "--table", "t", "--output", "json")) {
      assertThat(status.exitCode()).as(status.output()).isZero();
      assertThat(status.output()).contains("\"running\":true", "\"phase\":\"cutover\"");
    }
    try (Launcher cancel = Launcher.start("cancel", "--url", schema.url(), "--table", "t")) {
      assertThat(cancel.exitCode()).as(cancel.output()).isZero();
    }
    ended(second);
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(status()).isEmpty();
  }

  /** Their snapshots would keep the server from removing dead rows, whatever table they are of. */
  private List<String> restingInTransactions() throws Exception {
    return schema.rows(
        "SELECT query FROM pg_stat_activity WHERE application_name = 'ghost' AND xact_start <"
            + " clock_timestamp() - interval '1 s'");
  }

  /** What is applied need not be kept in the server's log. */
  private void awaitForgetting() throws Exception {
    String sql =
        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE active AND slot_name LIKE"
            + " 'ghost%'";
    String then = schema.value(sql);
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (schema.value(sql).equals(then)) {
      assertThat(System.nanoTime()).as("the slot stays at %s", then).isLessThan(deadline);
    }
  }

  @Test
  void theLoginIsFoundWhereTheDatabasesOwnToolsLook() throws Exception {
    boolean postgres = db == Db.POSTGRES;
    Path file = directory.resolve(postgres ? ".pgpass" : ".my.cnf");
    Files.writeString(
        file,
        postgres
            ? "# ours\nelsewhere:*:*:*:wrong\n*:*:*:postgres:" + Server.PASSWORD + "\n"
            : "[mysqld]\npassword=wrong\n[client]\nuser = root\npassword = '%s'\n"
                .formatted(Server.PASSWORD));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    String url = postgres ? schema.url() : schema.url().replace("root@", "");
    Map<String, String> home = Map.of("HOME", directory.toString());
    try (Launcher status = Launcher.start(home, "status", "--url", url)) {
      assertThat(status.exitCode()).as(status.output()).isZero();
    }
    if (postgres) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      try (Launcher status = Launcher.start(home, "status", "--url", url)) {
        assertThat(status.exitCode()).as(status.output()).isEqualTo(2);
        assertThat(status.output()).contains("chmod 600");
      }
    }
  }

  @Test
  void aLoginThatIsRefusedIsNothingThatPasses() {
    assertThatThrownBy(
            () ->
                schema
                    .ghost(schema.ghost().password("wrong"), "t", "ADD COLUMN note INT")
                    .build()
                    .plan())
        .isInstanceOf(LoginException.class)
        .hasMessageContaining("refused the login");
  }

  private MigrationBuilder ghost() {
    return schema.ghost("t", "ADD COLUMN note INT");
  }

  private static CompletableFuture<MigrationResult> start(MigrationBuilder builder) {
    return Async.supply(() -> builder.build().run());
  }

  /** An order is answered within two seconds. */
  private static long working() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("ghost-worker"))
        .count();
  }

  private void quickly(ControlCommand command) {
    long begun = System.nanoTime();
    assertThat(schema.ghost().send("t", command)).isNotEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
  }

  private static void ended(CompletableFuture<MigrationResult> run) {
    assertThatThrownBy(run::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(CancelledException.class);
  }

  private Optional<MigrationStatus> status() {
    return schema.status("t");
  }

  private MigrationStatus awaitStatus(Predicate<MigrationStatus> wanted) {
    return schema.awaitStatus("t", wanted);
  }
}
