package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.RetiredTableDrop;
import dev.ghost.RevertBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A change is taken back with nothing lost that was written since. */
@OnServers
@Timeout(180)
class RevertTest {

  private static final int ROWS = 20_000;

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(ROWS);
    schema.execute(
        """
        CREATE TABLE t (
          id BIGINT NOT NULL PRIMARY KEY,
          u BIGINT NOT NULL,
          v BIGINT NOT NULL,
          old_name VARCHAR(40) DEFAULT 'nobody',
          gone VARCHAR(20) DEFAULT 'by default',
          CONSTRAINT by_u UNIQUE (u))
        """,
        "CREATE INDEX by_v ON t (v)",
        "INSERT INTO t SELECT i, i, i, CONCAT('name ', i), CONCAT('gone ', i) FROM n");
  }

  @Test
  void nothingIsLostAcrossBothSwaps() throws Exception {
    List<String> before = definition("t");
    Ledger ledger = new Ledger(schema, "t", 3, 11).gently().start();
    try (ledger) {
      schema.ghost("t", change()).build().run();
      await(ledger, 300);
      MigrationResult back = revert().build().run();
      assertThat(back.way()).isEqualTo(Way.REVERT);
      assertThat(back.rowsVerified()).isPositive();
      await(ledger, 200);
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(definition("t")).isEqualTo(before);
    assertThat(schema.tables()).containsExactly("t", "t_new");
    assertThat(schema.leftovers()).isEmpty();
    // What only the old table had is there still for rows that were written since.
    assertThat(
            schema.value("SELECT COUNT(*) FROM t WHERE id <= 20000 AND gone = CONCAT('gone ', id)"))
        .isNotEqualTo("0");
    assertThatThrownBy(() -> revert().build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no retired table");
  }

  @Test
  void columnsThatOnlyTheOldTableHasKeepTheirValues() throws Exception {
    schema.ghost("t", change()).build().run();
    schema.execute(
        "UPDATE t SET v = -v, %s = 'renamed' WHERE id = 5".formatted(newName()),
        "UPDATE t SET u = -1 WHERE id = 6",
        "UPDATE t SET u = 6 WHERE id = 7",
        "UPDATE t SET u = 7 WHERE id = 6",
        "DELETE FROM t WHERE id = 8",
        "INSERT INTO t (id, u, v, %s) VALUES (30000, 30000, 1, 'new')".formatted(newName()));
    MigrationPlan plan = revert().build().plan();
    assertThat(plan.way()).isEqualTo(Way.REVERT);
    assertThat(String.join("\n", plan.columns())).contains("gone").contains("kept as it is");
    assertThat(plan.warnings()).anyMatch(w -> w.contains("note"));
    assertThat(schema.tables()).containsExactly("t", "t_old");
    revert().build().run();
    assertThat(
            schema.rows(
                "SELECT id, u, v, old_name, gone FROM t WHERE id BETWEEN 4 AND 9 OR id > 20000"
                    + " ORDER BY id"))
        .containsExactly(
            "4|4|4|name 4|gone 4",
            "5|5|-5|renamed|gone 5",
            "6|7|6|name 6|gone 6",
            "7|6|7|name 7|gone 7",
            "9|9|9|name 9|gone 9",
            "30000|30000|1|new|by default");
  }

  @Test
  void aKeptTableSwapsBackWhenOrdered() throws Exception {
    Ledger ledger = new Ledger(schema, "t", 2, 12).gently().start();
    try (ledger) {
      CompletableFuture<MigrationResult> run =
          Async.supply(
              () -> schema.ghost("t", change()).keepInStep(Duration.ofHours(1)).build().run());
      awaitStatus("cutover", run);
      await(ledger, 300);
      assertThat(schema.hasColumn("t", "note")).isTrue();
      assertThatThrownBy(() -> schema.ghost().dropRetiredTables().table("t").run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("working on");
      assertThat(revert().build().run().way()).isEqualTo(Way.REVERT);
      assertThat(run.get().way()).isEqualTo(Way.REVERT);
      assertThat(schema.hasColumn("t", "note")).isFalse();
      await(ledger, 100);
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void itIsKeptForAsLongAsWantedAndThenDropped() throws Exception {
    MigrationResult made =
        schema.ghost("t", change()).keepInStep(Duration.ofMillis(1)).build().run();
    assertThat(made.way()).isEqualTo(Way.GHOST);
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    assertThatThrownBy(() -> schema.ghost("t", "ADD COLUMN other INT").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("t_old is there still")
        .satisfies(e -> assertThat(((GhostException) e).remedy()).contains("ghost drop --table t"));
    assertThat(schema.ghost().dropRetiredTables().table("t").olderThan(Duration.ofDays(1)).run())
        .isEmpty();
    try (Connection c = schema.connect()) {
      c.setAutoCommit(false);
      c.createStatement().executeQuery("SELECT COUNT(*) FROM t_old").close();
      assertThatThrownBy(() -> schema.ghost().dropRetiredTables().table("t").run())
          .isInstanceOf(StoppedException.class)
          .hasMessageContaining("somebody uses it");
    }
    try (Launcher all = Launcher.start("drop", "--url", schema.url())) {
      assertThat(all.exitCode()).isEqualTo(2);
      assertThat(all.output()).contains("--older-than");
    }
    assertThat(schema.ghost().dropRetiredTables().table("t").plan()).hasSize(1);
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.ghost().dropRetiredTables().table("t").run().get(0)).contains("t_old, ");
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void aRetiredTableIsDroppedInSlices() throws Exception {
    schema.ghost("t", change()).build().run();
    RetiredTableDrop drop = schema.ghost().dropRetiredTables().table("t").inSlices(true);
    if (db == Db.POSTGRES) {
      assertThatThrownBy(() -> drop.run()).isInstanceOf(UsageException.class);
      return;
    }
    long before = deletes();
    try (Connection c = schema.connect()) {
      c.setAutoCommit(false);
      c.createStatement().executeQuery("SELECT COUNT(*) FROM t_old").close();
      assertThatThrownBy(() -> drop.run())
          .isInstanceOf(StoppedException.class)
          .hasMessageContaining("somebody uses it");
    }
    assertThat(schema.count("t_old")).isEqualTo(ROWS);
    assertThat(drop.run()).hasSize(1);
    assertThat(deletes() - before).isGreaterThanOrEqualTo(ROWS / 1_000);
    assertThat(schema.tables()).containsExactly("t");
  }

  /** Statements that the server has got; not on PostgreSQL. */
  private long deletes() throws Exception {
    return Long.parseLong(
        schema.value("SHOW GLOBAL STATUS LIKE 'Com_delete'").replace("Com_delete|", ""));
  }

  @Test
  void whatTheOldSchemaCannotHoldIsRefused() throws Exception {
    schema.ghost("t", widened()).build().run();
    schema.execute("UPDATE t SET old_name = '" + "long ".repeat(20) + "' WHERE id = 77");
    assertThatThrownBy(() -> revert().build().run())
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("id = 77");
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    schema.execute("UPDATE t SET old_name = 'short' WHERE id = 77");
    revert().build().run();
    assertThat(schema.value("SELECT old_name FROM t WHERE id = 77")).isEqualTo("short");
  }

  @Test
  void whatWasComputedNeedsTheWayBack() throws Exception {
    schema
        .ghost("t", db == Db.POSTGRES ? "ALTER COLUMN v TYPE numeric(20)" : "MODIFY v DECIMAL(20)")
        .set("v", "v * 100")
        .build()
        .run();
    schema.execute("UPDATE t SET v = 12300 WHERE id = 1");
    assertThatThrownBy(() -> revert().build().run())
        .isInstanceOf(RefusedException.class)
        .satisfies(e -> assertThat(((GhostException) e).remedy()).contains("--set \"v=...\""));
    revert().set("v", db == Db.POSTGRES ? "(v / 100)::bigint" : "v DIV 100").build().run();
    assertThat(schema.rows("SELECT id, v FROM t WHERE id < 3 ORDER BY id"))
        .containsExactly("1|123", "2|2");
  }

  @Test
  void newRowsGetWhatTheyNeedFromAnExpression() throws Exception {
    schema.ghost("t", change()).build().run();
    schema.execute(
        "INSERT INTO t (id, u, v, %s) VALUES (30000, 30000, 1, 'new')".formatted(newName()),
        "UPDATE t SET v = 5 WHERE id = 3");
    revert()
        .set("gone", db == Db.POSTGRES ? "'id ' || id::text" : "CONCAT('id ', id)")
        .build()
        .run();
    assertThat(schema.rows("SELECT id, gone FROM t WHERE id = 3 OR id > 20000 ORDER BY id"))
        .containsExactly("3|gone 3", "30000|id 30000");
  }

  @Test
  void anOrderToStopLeavesBothTablesAsTheyAre() throws Exception {
    schema.ghost("t", change()).build().run();
    CompletableFuture<MigrationResult> run =
        Async.supply(() -> revert().postponeCutover(true).build().run());
    awaitStatus("cutover", run);
    schema.ghost().send("t", ControlCommand.cancel());
    assertThatThrownBy(run::get).hasMessageContaining("cancelled");
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    revert().build().run();
    assertThat(schema.hasColumn("t", "gone")).isTrue();
  }

  @Test
  void aRevertThatWasKilledIsRunAgain() throws Exception {
    List<String> before = definition("t");
    Ledger ledger = new Ledger(schema, "t", 2, 13).gently().start();
    try (ledger) {
      schema.ghost("t", change()).build().run();
      for (String phase : List.of("prepare", "copy", "cutover", "finish")) {
        try (Launcher killed = launch()) {
          killed.awaitLine("\"phase\":\"" + phase + "\"");
          killed.kill();
        }
      }
      await(ledger, 50);
      // The last one may have swapped before it was killed; then this one only cleans up.
      try (Launcher last = launch()) {
        int code = last.exitCode();
        assertThat(code == 0 || last.output().contains("no retired table"))
            .as(last.output())
            .isTrue();
      }
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(definition("t")).isEqualTo(before);
    assertThat(schema.tables()).containsExactly("t", "t_new");
    assertThat(schema.leftovers()).isEmpty();
  }

  /** The application has a table of the usual name. */
  @Test
  void aTableThatIsRetiredUnderAnotherNameIsFound() throws Exception {
    List<String> before = definition("t");
    schema.execute("CREATE TABLE t_old (mine INT)", "INSERT INTO t_old VALUES (42)");
    assertThatThrownBy(() -> schema.ghost("t", change()).build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("t_old is taken")
        .satisfies(e -> assertThat(((GhostException) e).remedy()).contains("--retired-table"));
    MigrationResult made = renamed().build().run();
    assertThat(made.retiredTable()).hasValue(schema.name() + ".t_before");
    assertThat(schema.tables()).containsExactly("t", "t_before", "t_old");
    assertThat(schema.ghost().dropRetiredTables().table("t").plan())
        .singleElement()
        .asString()
        .contains("t_before, ");
    schema.execute("UPDATE t SET v = -5 WHERE id = 5");
    assertThat(revert().build().run().way()).isEqualTo(Way.REVERT);
    assertThat(schema.value("SELECT v FROM t WHERE id = 5")).isEqualTo("-5");
    assertThat(definition("t")).isEqualTo(before);
    assertThat(schema.tables()).containsExactly("t", "t_new", "t_old");
    assertThat(schema.value("SELECT mine FROM t_old")).isEqualTo("42");
    assertThat(schema.leftovers()).isEmpty();

    assertThat(schema.ghost().dropRetiredTables().table("t").run()).hasSize(1);
    renamed().build().run();
    assertThat(schema.ghost().dropRetiredTables().table("t").run()).hasSize(1);
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }

  /** Each of these runs is another process's. */
  @Test
  void theNameOfTheRetiredTableIsKeptOverAStopAndACrash() throws Exception {
    schema.execute("CREATE TABLE t_old (mine INT)");
    Migration[] self = new Migration[1];
    self[0] =
        renamed().listener(new PausingListener().at(Phase.VERIFY, () -> self[0].stop())).build();
    assertThatThrownBy(self[0]::run).isInstanceOf(CancelledException.class);
    assertThat(schema.status("t").orElseThrow().change()).contains("t_before");
    assertThatThrownBy(() -> schema.ghost("t", change()).retiredTable("t_other").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("another change")
        .hasMessageContaining("t_before");
    MigrationListener dies =
        new PausingListener()
            .at(
                Phase.FINISH,
                () -> {
                  throw new IllegalStateException("killed");
                });
    assertThatThrownBy(() -> renamed().listener(dies).build().run())
        .isInstanceOf(MigrationException.class);
    assertThat(schema.hasColumn("t", "note")).isTrue();
    MigrationResult cleanedUp = renamed().build().run();
    assertThat(cleanedUp.retiredTable()).hasValue(schema.name() + ".t_before");
    assertThat(schema.tables()).containsExactly("t", "t_before", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    revert().build().run();
    assertThat(schema.tables()).containsExactly("t", "t_new", "t_old");
  }

  @Test
  void aKeptTableOfAnotherNameSwapsBackWhenOrdered() throws Exception {
    CompletableFuture<MigrationResult> run =
        Async.supply(() -> renamed().keepInStep(Duration.ofHours(1)).build().run());
    awaitStatus("cutover", run);
    assertThat(revert().build().run().way()).isEqualTo(Way.REVERT);
    assertThat(run.get().way()).isEqualTo(Way.REVERT);
    assertThat(schema.tables()).containsExactly("t", "t_new");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void aNameThatCannotBeIsUsage() {
    for (String name : List.of("t", "t_new", "t".repeat(65), "")) {
      assertThatThrownBy(() -> schema.ghost("t", change()).retiredTable(name).build().run())
          .isInstanceOf(UsageException.class);
    }
    if (db == Db.MARIADB) {
      assertThatThrownBy(() -> schema.ghost("t", change()).retiredTable("before_t").build().run())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("must sort behind t");
    }
  }

  private MigrationBuilder renamed() {
    return schema.ghost("t", change()).retiredTable("t_before");
  }

  /** Only PostgreSQL makes the journal and writes into it in one transaction. */
  @Needs(Ability.DDL_COMMITS)
  @Test
  void aRevertThatWasKilledBeforeItHadSaidWhatItIsIsRunAgain() throws Exception {
    schema.ghost("t", change()).build().run();
    try (Launcher killed = launch()) {
      killed.awaitLine("\"phase\":\"copy\"");
      killed.kill();
    }
    schema.execute("DELETE FROM t_ghc");
    revert().build().run();
    assertThat(schema.hasColumn("t", "gone")).isTrue();
    assertThat(schema.leftovers()).isEmpty();
  }

  private Launcher launch() throws Exception {
    return Launcher.start("revert", "--url", schema.url(), "--table", "t", "--output", "json");
  }

  private String change() {
    return db == Db.POSTGRES
        ? "ADD COLUMN note INT DEFAULT 7, ALTER COLUMN v TYPE numeric(30), DROP COLUMN gone"
        : "ADD COLUMN note INT DEFAULT 7, MODIFY v DECIMAL(30) NOT NULL, DROP COLUMN gone, RENAME"
            + " COLUMN old_name TO new_name";
  }

  /** PostgreSQL renames in a statement of its own only. */
  private String newName() {
    return db == Db.POSTGRES ? "old_name" : "new_name";
  }

  private String widened() {
    return db == Db.POSTGRES
        ? "ALTER COLUMN old_name TYPE varchar(400)"
        : "MODIFY old_name VARCHAR(400)";
  }

  private RevertBuilder revert() {
    return schema.ghost().revert("t");
  }

  private static void await(Ledger ledger, int more) {
    assertThat(ledger.awaitMore(more, Duration.ofMinutes(5))).as("writers get on").isTrue();
  }

  /** Throws what has ended the run, if it has ended instead. */
  private void awaitStatus(String phase, CompletableFuture<?> run) throws Exception {
    while (schema.ghost().status().stream()
        .noneMatch(
            s ->
                s.table().equals(schema.name() + ".t")
                    && back(s.change())
                    && s.phase().equals(phase))) {
      if (run.isDone()) {
        throw new AssertionError("the run has ended: " + run.get());
      }
      Thread.sleep(50);
    }
  }

  private static boolean back(String change) {
    return change.startsWith("REVERT");
  }

  private List<String> definition(String table) throws Exception {
    List<String> rows =
        schema.rows(
            (db == Db.POSTGRES
                    ? "SELECT attname, format_type(atttypid, atttypmod), attnotnull::text FROM"
                        + " pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 UNION ALL"
                        + " SELECT relname, pg_get_indexdef(indexrelid), '' FROM pg_index JOIN"
                        + " pg_class ON oid = indexrelid WHERE indrelid = 't'::regclass ORDER BY 1"
                    : "SELECT column_name, column_type, is_nullable FROM information_schema.columns"
                        + " WHERE table_schema = '%1$s' AND table_name = '%2$s' UNION ALL SELECT"
                        + " index_name, column_name, '' FROM information_schema.statistics WHERE"
                        + " table_schema = '%1$s' AND table_name = '%2$s' UNION ALL SELECT"
                        + " 'comment', table_comment, '' FROM information_schema.tables WHERE"
                        + " table_schema = '%1$s' AND table_name = '%2$s'")
                .formatted(schema.name(), table));
    return rows.stream().sorted().toList();
  }
}
