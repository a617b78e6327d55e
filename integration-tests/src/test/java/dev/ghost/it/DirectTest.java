package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Ghost;
import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.Effect;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where the server can make a change by itself, it does, under the same guard. */
@OnServers(otherVersions = {Db.MARIADB, Db.POSTGRES})
class DirectTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(20_000);
    schema.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, c"
            + " VARCHAR(10), CONSTRAINT by_u UNIQUE (u))",
        "INSERT INTO t SELECT i, i, i, 'x' FROM n");
  }

  /** The server's own check would lock writers out; here ghost checks. */
  @Needs(Ability.KEY_CHECKS_THAT_LOCK)
  @Test
  void foreignKeysOnMySqlAndMariaDb() throws Exception {
    schema.execute(
        "CREATE TABLE p (id BIGINT PRIMARY KEY)",
        "INSERT INTO p SELECT i FROM n WHERE i < 20000",
        "CREATE TABLE native LIKE t");
    String change =
        "ADD CONSTRAINT `to p` FOREIGN KEY (v) REFERENCES p (id) ON DELETE CASCADE,"
            + " ADD FOREIGN KEY (`u`) REFERENCES t (id)";
    MigrationPlan plan = ghost(change).build().plan();
    assertThat(plan.way()).isEqualTo(Way.IN_PLACE);
    assertThat(plan.effects()).extracting(Effect::kind).containsOnly(Effect.Kind.CONTRACT);
    assertThatThrownBy(() -> ghost(change).build().run())
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("1 rows of %s.t refer, by (v)".formatted(schema.name()));
    assertThat(schema.rows(AttachmentsTest.KEYS)).isEmpty();

    // As a run would leave it that was killed before its second check.
    schema.execute(
        "SET SESSION foreign_key_checks = 0",
        "ALTER TABLE t ADD INDEX `to p` (v), ADD CONSTRAINT `to p_gho` FOREIGN KEY (v) REFERENCES p"
            + " (id) ON DELETE CASCADE, ADD CONSTRAINT t_ibfk_1_gho FOREIGN KEY (u) REFERENCES t"
            + " (id)",
        "SET SESSION foreign_key_checks = 1");
    assertThatThrownBy(() -> ghost(change).build().run()).isInstanceOf(RowRejectedException.class);
    assertThat(schema.rows(AttachmentsTest.KEYS)).isEmpty();
    schema.execute(
        "INSERT INTO p VALUES (20000)",
        "ALTER TABLE t ADD CONSTRAINT t_ibfk_1_gho FOREIGN KEY (u) REFERENCES t (id)");
    MigrationResult made = ghost(change).build().run();
    assertThat(made.way()).isEqualTo(Way.IN_PLACE);
    assertThat(ghost(change).build().run().way()).isEqualTo(Way.NOTHING);

    assertThatThrownBy(
            () -> ghost("ADD CONSTRAINT `to p` FOREIGN KEY (v) REFERENCES p (id)").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("There is a foreign key to p already, of t");

    // Just what the server itself would have made of it.
    schema.execute(
        "INSERT INTO native SELECT * FROM t",
        "ALTER TABLE native ADD CONSTRAINT `natively` FOREIGN KEY (v) REFERENCES p (id) ON DELETE"
            + " CASCADE, ADD FOREIGN KEY (`u`) REFERENCES native (id)");
    assertThat(keysOf("t")).isEqualTo(keysOf("native").stream().map(this::ofT).toList());
    assertThatThrownBy(() -> schema.execute("INSERT INTO t VALUES (-1, -1, -1, '')"))
        .hasMessageContaining("foreign key constraint");
    schema.execute("DROP TABLE native");
    assertThat(schema.leftovers()).isEmpty();
  }

  private List<String> keysOf(String table) throws Exception {
    return schema.rows(
        """
        SELECT IF(k.constraint_name LIKE '%%ibfk%%', k.constraint_name, ''), k.column_name,
               k.referenced_table_name, r.delete_rule, s.index_name LIKE '%%gho%%'
          FROM information_schema.key_column_usage AS k
          JOIN information_schema.referential_constraints AS r USING (constraint_schema, table_name, constraint_name)
          JOIN information_schema.statistics AS s USING (table_schema, table_name, column_name)
         WHERE k.table_schema = DATABASE() AND k.table_name = '%s'
           AND k.referenced_table_name IS NOT NULL
         ORDER BY k.column_name
        """
            .formatted(table));
  }

  private String ofT(String row) {
    return row.replace("native", "t");
  }

  @Test
  void theCatalogOnlyAndThenNothing() throws Exception {
    // The percent sign means nothing in a change.
    String change =
        db == Db.POSTGRES
            ? "ADD COLUMN note INT DEFAULT 107 % 100"
            : "ADD COLUMN note INT DEFAULT 7 COMMENT '100 % note %s'";
    MigrationPlan plan = ghost(change).build().plan();
    assertThat(plan.way()).isEqualTo(Way.METADATA);
    assertThat(plan.statements()).hasSize(1);
    assertThat(schema.hasColumn("t", "note")).isFalse();

    Ledger ledger = new Ledger(schema, "t", 2, 1).start();
    try (ledger) {
      MigrationResult result = ghost(change).build().run();
      assertThat(result.way()).isEqualTo(Way.METADATA);
      assertThat(result.retiredTable()).isEmpty();
      assertThat(result.stall()).isPositive();
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.value("SELECT COUNT(*) FROM t WHERE note <> 7")).isEqualTo("0");
    assertThat(ghost(change).build().run().way()).isEqualTo(Way.NOTHING);
    assertClean();
  }

  /** Such as a default, which is read in the session's time zone, or what || is. */
  @Test
  void inTheSettingsOfAUsersSession() throws Exception {
    boolean postgres = db == Db.POSTGRES;
    String change =
        postgres
            ? "ADD COLUMN at timestamptz DEFAULT '2024-07-01 12:00'"
            : "ADD COLUMN at TIMESTAMP NOT NULL DEFAULT '2024-07-01 12:00:00'";
    String shown = "SELECT DISTINCT at FROM t";
    if (postgres) {
      schema.execute("ALTER ROLE CURRENT_USER SET TimeZone = 'Asia/Tokyo'");
    }
    try {
      Ghost user =
          postgres
              ? schema.ghost()
              : Schema.at(
                  schema.url()
                      + "?sessionVariables=time_zone='%2B09:00',sql_mode='PIPES_AS_CONCAT,STRICT_ALL_TABLES'");
      MigrationBuilder there = user.migration("t").alter(change).fullSpeed(true);
      assertThat(there.build().run().way()).isEqualTo(Way.METADATA);
      assertThat(there.build().run().way()).isEqualTo(Way.NOTHING);
      schema.execute(postgres ? "SET TimeZone = 'UTC'" : "SET time_zone = '+00:00'");
      assertThat(schema.value(shown)).startsWith("2024-07-01 03:00:00");
      if (!postgres) {
        there.alter("ADD COLUMN both_of_them VARCHAR(40) AS (c || u) VIRTUAL");
        assertThat(there.build().run().way()).isEqualTo(Way.METADATA);
        assertThat(there.build().run().way()).isEqualTo(Way.NOTHING);
        assertThat(schema.value("SELECT both_of_them FROM t WHERE u = 7")).isEqualTo("x7");
      }
    } finally {
      if (postgres) {
        schema.execute("ALTER ROLE CURRENT_USER RESET TimeZone");
      }
    }
    assertClean();
  }

  /** It is no unfinished run, which would go on with its copy. */
  @Needs(Ability.DDL_COMMITS)
  @Test
  void afterAProbeThatWasKilled() throws Exception {
    schema.execute(
        "CREATE TABLE t_ghc (slot INT PRIMARY KEY, seq BIGINT NOT NULL, content LONGTEXT) COMMENT"
            + " 'ghost control table'",
        "INSERT INTO t_ghc VALUES (-6, 0, 't')",
        "CREATE TABLE t_gho LIKE t",
        "ALTER TABLE t_gho ADD COLUMN note INT");
    MigrationResult made = ghost("ADD COLUMN note INT DEFAULT 7").build().run();
    assertThat(made.way()).isEqualTo(Way.METADATA);
    assertClean();
  }

  /** It counts what was changed instantly before; an empty copy has a count of its own. */
  @Needs(Ability.INSTANT_LIMIT)
  @Test
  void whatTheServerRefusesForTheTableItselfIsTriedInPlace() throws Exception {
    alterInstantlyUntilRefused();
    String change = "ADD COLUMN note INT DEFAULT 7";
    assertThat(ghost(change).build().plan().way()).isEqualTo(Way.METADATA);
    MigrationResult made = ghost(change).strategy(Strategy.DIRECT).build().run();
    assertThat(made.way()).isEqualTo(Way.IN_PLACE);
    assertThat(made.warnings())
        .anyMatch(w -> w.contains("so it is tried in place: Maximum row versions reached"));
    assertThat(schema.value("SELECT COUNT(*) FROM t WHERE note <> 7")).isEqualTo("0");
    assertThat(ghost("ADD COLUMN other INT").build().run().way()).isEqualTo(Way.METADATA);
    assertClean();
  }

  /** In place, every replica would wait for as long as it takes. */
  @Needs(Ability.INSTANT_LIMIT)
  @Test
  void whatTheServerRefusesForTheTableItselfIsMadeInAnyWay() throws Exception {
    alterInstantlyUntilRefused();
    MigrationResult made = ghost("ADD COLUMN note INT DEFAULT 7").build().run();
    assertThat(made.way()).isIn(Way.IN_PLACE, Way.GHOST);
    assertThat(made.warnings()).anyMatch(w -> w.contains("Maximum row versions reached"));
    assertThat(schema.value("SELECT COUNT(*) FROM t WHERE note <> 7")).isEqualTo("0");
  }

  private void alterInstantlyUntilRefused() throws SQLException {
    for (int i = 0; i < 300; i++) {
      try {
        schema.execute(
            "ALTER TABLE t %s, ALGORITHM=INSTANT"
                .formatted(i % 2 == 0 ? "ADD COLUMN passing INT" : "DROP COLUMN passing"));
      } catch (SQLException e) {
        assertThat(e.getErrorCode()).isEqualTo(4092);
        return;
      }
    }
    throw new AssertionError("the server has no limit");
  }

  /** Without a line feed, it would go on in what is written behind the change. */
  @Test
  void aCommentAtTheEndOfAChange() throws Exception {
    assertThat(ghost("ADD COLUMN note INT -- one").build().run().way()).isEqualTo(Way.METADATA);
    assertThat(schema.ghost("t", "ADD COLUMN other INT; -- two").build().run().way())
        .isEqualTo(Way.GHOST);
    assertThat(schema.hasColumn("t", "note")).isTrue();
    assertThat(schema.hasColumn("t", "other")).isTrue();
  }

  @Test
  void theApplicationIsNotKeptWaiting() throws Exception {
    Ledger ledger = new Ledger(schema, "t", 2, 2).start();
    try (ledger;
        Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      reader.createStatement().executeQuery("SELECT COUNT(*) FROM t").close();
      assertThatThrownBy(
              () ->
                  ghost("ADD COLUMN note INT")
                      .lockTimeout(Duration.ofMillis(300))
                      .cutoverTries(2)
                      .build()
                      .run())
          .isInstanceOf(CutoverException.class)
          .hasMessageContaining("tried 2 times")
          .hasMessageContaining(schema.server().administrator());
    }
    assertThat(ledger.longestMillis()).isLessThan(2_000);
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isFalse();
    assertClean();
  }

  @Test
  void inPlaceWhileWritersGoOn() throws Exception {
    String change =
        db == Db.POSTGRES ? "ADD CONSTRAINT positive CHECK (v > 0)" : "ADD INDEX by_v (v)";
    Ledger ledger = new Ledger(schema, "t", 2, 3).start();
    try (ledger) {
      MigrationResult result = ghost(change).build().run();
      assertThat(result.way()).isEqualTo(Way.IN_PLACE);
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(ledger.longestMillis()).isLessThan(2_000);
    assertThat(ghost(change).build().run().way()).isEqualTo(Way.NOTHING);
    if (db == Db.POSTGRES) {
      schema.execute("UPDATE t SET c = 'x' WHERE c IS NULL");
      assertThat(ghost("ALTER COLUMN c SET NOT NULL").build().run().way()).isEqualTo(Way.IN_PLACE);
      assertThat(
              schema.rows(
                  "SELECT conname, convalidated FROM pg_constraint"
                      + " WHERE conrelid = 't'::regclass AND contype = 'c'"))
          .containsExactly("positive|t");
      assertThat(
              schema.value(
                  "SELECT attnotnull FROM pg_attribute"
                      + " WHERE attrelid = 't'::regclass AND attname = 'c'"))
          .isEqualTo("t");
    }
    assertClean();
  }

  @Test
  void whatTakesLongCanBeStopped() throws Exception {
    boolean postgres = db == Db.POSTGRES;
    if (!postgres) {
      schema.execute(
          "INSERT INTO t SELECT a.i + 20000 * b.i, a.i + 20000 * b.i, a.i, 'x' FROM n AS a JOIN n"
              + " AS b WHERE b.i <= 20");
    }
    String change =
        postgres
            ? "ADD CONSTRAINT pair UNIQUE (u, v)"
            : "ADD INDEX a (v, u, c), ADD INDEX b (u, v, c), ADD INDEX d (c, v, u)";
    String running =
        postgres
            ? "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE"
                + " 'CREATE UNIQUE INDEX CONCURRENTLY%'"
            : "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'ALTER TABLE"
                + " %`t` ALGORITHM=INPLACE%'";
    try (Connection old = schema.connect()) {
      // The server waits for snapshots as old as this one before it lets an index be used.
      old.setAutoCommit(false);
      old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      old.createStatement().executeQuery("SELECT COUNT(*) FROM n").close();
      Migration ghost = ghost(change).build();
      CompletableFuture<MigrationResult> run = Async.supply(ghost::run);
      Until.holds(
          () -> {
            assertThat(run).isNotDone();
            return !schema.value(running).equals("0");
          });
      ghost.stop();
      assertThat(run)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(CancelledException.class);
      assertThat(schema.value(running)).isEqualTo("0");
      old.rollback();
    }
    assertThat(ghost(change).build().plan().way()).isEqualTo(Way.IN_PLACE);
    assertClean();
  }

  @Test
  void whereARowStandsAgainstItTheTableIsAsItWas() throws Exception {
    schema.execute("UPDATE t SET v = 2 WHERE id = 1");
    String change =
        db == Db.POSTGRES ? "ADD CONSTRAINT other CHECK (v <> 2)" : "ADD UNIQUE INDEX only_v (v)";
    assertThatThrownBy(() -> ghost(change).build().run())
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining(db == Db.POSTGRES ? "other" : "only_v");
    schema.execute("INSERT INTO t VALUES (-1, -1, 2, NULL)");
    assertClean();
  }

  @Test
  void whatNeedsACopyIsMadeByAGhost() throws Exception {
    String change = db == Db.POSTGRES ? "ALTER COLUMN v TYPE int" : "MODIFY v INT NOT NULL";
    assertThat(ghost(change).build().plan().way()).isEqualTo(Way.GHOST);
    assertThatThrownBy(() -> ghost(change).strategy(Strategy.DIRECT).build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("without copying");
    assertThat(ghost(change).build().run().way()).isEqualTo(Way.GHOST);
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }

  @Test
  void aPlanCopiesSomeRowsToTellTheTime() throws Exception {
    String type = db == Db.POSTGRES ? "ALTER COLUMN v TYPE " : "MODIFY v ";
    schema.execute(db == Db.POSTGRES ? "ANALYZE t" : "ANALYZE TABLE t");
    MigrationPlan plan = ghost(type + "INT").build().plan();
    assertThat(plan.way()).isEqualTo(Way.GHOST);
    assertThat(plan.estimatedTime()).isPositive().isLessThan(Duration.ofMinutes(1));
    assertClean();
    schema.execute("UPDATE t SET v = 100000 WHERE id = 7");
    assertThatThrownBy(() -> ghost(type + "SMALLINT").build().plan())
        .isInstanceOfAny(RowRejectedException.class, RefusedException.class);
    assertClean();
  }

  @Test
  void theApplicationsSideOfIt() throws Exception {
    assertThat(kinds("ADD COLUMN a INT, ADD COLUMN b INT NOT NULL DEFAULT 1"))
        .containsExactly(Effect.Kind.EXPAND, Effect.Kind.EXPAND);
    assertThat(kinds("DROP COLUMN c")).containsExactly(Effect.Kind.CONTRACT);
    assertThat(kinds("ADD CONSTRAINT only_v UNIQUE (v)")).containsExactly(Effect.Kind.CONTRACT);
    assertThat(kinds("RENAME COLUMN c TO d")).containsExactly(Effect.Kind.BREAKING);
    if (db == Db.POSTGRES) {
      assertThat(kinds("ALTER COLUMN c TYPE varchar(20)")).containsExactly(Effect.Kind.EXPAND);
      assertThat(kinds("ALTER COLUMN c TYPE varchar(5)")).containsExactly(Effect.Kind.BREAKING);
      assertThat(kinds("ALTER COLUMN c SET NOT NULL")).containsExactly(Effect.Kind.CONTRACT);
    } else {
      assertThat(kinds("MODIFY c VARCHAR(20)")).containsExactly(Effect.Kind.EXPAND);
      assertThat(kinds("MODIFY c VARCHAR(5)")).containsExactly(Effect.Kind.BREAKING);
      assertThat(kinds("MODIFY c VARCHAR(10) NOT NULL")).containsExactly(Effect.Kind.CONTRACT);
      assertThat(kinds("ADD COLUMN e INT NOT NULL")).containsExactly(Effect.Kind.BREAKING);
    }
    try (Launcher gate = plan("DROP COLUMN c", "--fail-on", "contract")) {
      assertThat(gate.exitCode()).as(gate.output()).isEqualTo(8);
      assertThat(gate.output()).contains("contract:", "drops the column c", "Nothing was changed.");
    }
    try (Launcher gate = plan("DROP COLUMN c", "--fail-on", "breaking")) {
      assertThat(gate.exitCode()).as(gate.output()).isZero();
    }
    assertThat(schema.hasColumn("t", "c")).isTrue();
    assertClean();
  }

  private Launcher plan(String change, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("plan", "--url", schema.url(), "--table", "t", "--alter", change));
    arguments.addAll(List.of(more));
    return Launcher.start(arguments.toArray(String[]::new));
  }

  private List<Effect.Kind> kinds(String change) {
    return ghost(change).build().plan().effects().stream().map(Effect::kind).toList();
  }

  private MigrationBuilder ghost(String change) {
    return schema.ghost("t", change).strategy(Strategy.AUTO);
  }

  private void assertClean() throws Exception {
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
  }
}
