package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Ghost;
import dev.ghost.Script;
import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several statements, one after the other; none of them is made twice. */
@OnServers
class ScriptTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    for (String table : List.of("a", "b", "c")) {
      schema.execute(
          "CREATE TABLE %s (id BIGINT PRIMARY KEY, v BIGINT NOT NULL)".formatted(table),
          "INSERT INTO %s SELECT i, i FROM n".formatted(table));
    }
  }

  /** Made again, it would be there twice: it has no name. */
  private String unnamed(String table) {
    return db == Db.POSTGRES
        ? "ALTER TABLE %s ADD CHECK (v > 0)".formatted(table)
        : "ALTER TABLE %s ADD INDEX (v)".formatted(table);
  }

  private String unnamedOnes(String table) throws Exception {
    return schema.value(
        db == Db.POSTGRES
            ? "SELECT COUNT(*) FROM pg_constraint WHERE contype = 'c' AND conrelid = '%s'::regclass"
                .formatted(table)
            : "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '%s' AND column_name = 'v'"
                .formatted(table));
  }

  /** Needs a copy on all servers. */
  private String copied(String table, String type) {
    return (db == Db.POSTGRES
            ? "ALTER TABLE %s ALTER COLUMN v TYPE %s"
            : "ALTER TABLE %s MODIFY v %s NOT NULL")
        .formatted(table, type);
  }

  private Script script(MigrationListener listener, String... statements) {
    return script(Strategy.AUTO, listener, statements);
  }

  private Script script(Strategy strategy, MigrationListener listener, String... statements) {
    return schema
        .ghost()
        .script("-- a script; of statements\n" + String.join(";\n", statements) + ";\n")
        .strategy(strategy)
        .listener(listener)
        .build();
  }

  private void assertClean(String... tables) throws Exception {
    assertThat(schema.tables()).containsExactly(tables);
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void eachIsMadeInItsOwnWayAndInItsTurn() throws Exception {
    List<String> told = new ArrayList<>();
    MigrationListener listener =
        new MigrationListener() {
          @Override
          public void statementStarted(int number, int of, String statement) {
            told.add("%d/%d %s".formatted(number, of, statement));
          }

          @Override
          public void statementDone(int number, int of, MigrationResult result) {
            told.add("%d/%d done %s".formatted(number, of, result.way()));
          }
        };
    String added = "ALTER TABLE a ADD COLUMN note VARCHAR(20) DEFAULT 'it''s; so'";
    String dropped = "ALTER TABLE a DROP COLUMN note";
    List<MigrationResult> results =
        script(listener, added, copied("b", "VARCHAR(30)"), dropped).run();
    assertThat(results).hasSize(3);
    assertThat(told)
        .containsExactly(
            "1/3 " + added,
            "1/3 done METADATA",
            "2/3 " + copied("b", "VARCHAR(30)"),
            "2/3 done GHOST",
            "3/3 " + dropped,
            "3/3 done METADATA");
    assertThat(schema.hasColumn("a", "note")).isFalse();
    assertThat(schema.count("b")).isEqualTo(2_000);
    assertClean("a", "b", "b_old", "c");
  }

  @Test
  void aMendedScriptGoesOnWhereItHasFailed() throws Exception {
    PausingListener listener = new PausingListener();
    schema.execute("UPDATE b SET v = 300000 WHERE id = 1700");
    assertThatThrownBy(
            () -> script(listener, unnamed("a"), copied("b", "SMALLINT"), unnamed("c")).run())
        .isInstanceOfAny(RowRejectedException.class, RefusedException.class);
    assertThat(listener.warnings).anyMatch(w -> w.startsWith("Statement 2 of 3 is not made"));
    assertThat(unnamedOnes("c")).isEqualTo("0");

    List<MigrationResult> results =
        script(listener, unnamed("a"), copied("b", "VARCHAR(9)"), unnamed("c")).run();
    assertThat(results).extracting(MigrationResult::table).allMatch(t -> !t.endsWith(".a"));
    assertThat(listener.warnings).contains("Statement 1 of 3 was made by an earlier run.");
    assertThat(List.of(unnamedOnes("a"), unnamedOnes("c"))).containsExactly("1", "1");
    assertClean("a", "b", "b_old", "c");
  }

  @Test
  void aStatementThatWasSwappedInIsNotMadeAgain() throws Exception {
    MigrationListener dies = diesBehindTheSwap();
    String[] statements = {copied("a", "VARCHAR(30)"), unnamed("b")};
    assertThatThrownBy(() -> script(dies, statements).run()).isInstanceOf(GhostException.class);
    assertThat(schema.tables()).contains("a_old");
    schema.execute("INSERT INTO a VALUES (90000, 'new')");

    script(new PausingListener(), statements).run();
    assertThat(schema.value("SELECT v FROM a WHERE id = 90000")).isEqualTo("new");
    assertThat(unnamedOnes("b")).isEqualTo("1");
    assertClean("a", "a_old", "b", "c");
  }

  /** As if it were killed before what it has left could be cleaned up. */
  private static MigrationListener diesBehindTheSwap() {
    return new PausingListener()
        .at(
            Phase.FINISH,
            () -> {
              throw new StoppedException("killed", "");
            });
  }

  /** That the column is gone is what the first run has done, and it has noted that. */
  @Test
  void norIsADropThatWasMadeTakenForATypo() throws Exception {
    String[] statements = {
      "ALTER TABLE a ADD COLUMN note INT", "ALTER TABLE a DROP COLUMN v", unnamed("b")
    };
    assertThatThrownBy(
            () -> script(Strategy.GHOST, diesBehindTheSwap(), statements[1], statements[2]).run())
        .isInstanceOf(GhostException.class);
    assertThat(schema.hasColumn("a", "v")).isFalse();
    script(Strategy.AUTO, new PausingListener(), statements[1], statements[2]).run();
    assertThat(unnamedOnes("b")).isEqualTo("1");
    assertThatThrownBy(() -> script(new PausingListener(), statements[0], statements[1]).run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("has no column v");
    assertThat(schema.hasColumn("a", "note")).as("the first is made, and noted").isTrue();
    cleanUp("ghost_statements_" + recorded());
    assertClean("a", "a_old", "b", "c");
  }

  @Test
  void norOneThatWasCleanedUpBehind() throws Exception {
    String[] statements = {unnamed("a"), unnamed("b")};
    assertThatThrownBy(() -> script(Strategy.GHOST, diesBehindTheSwap(), statements).run())
        .isInstanceOf(GhostException.class);
    cleanUp("a");
    PausingListener listener = new PausingListener();
    assertThat(script(Strategy.AUTO, listener, statements).run()).hasSize(1);
    assertThat(listener.warnings).contains("Statement 1 of 2 was made by an earlier run.");
    assertThat(List.of(unnamedOnes("a"), unnamedOnes("b"))).containsExactly("1", "1");
    assertClean("a", "a_old", "b", "c");
  }

  private List<String> cleanUp(String table) {
    return Ghost.connect(schema.url()).password(Server.PASSWORD).cleanUp(table);
  }

  @Test
  void whereItIsNotCertainNothingIsMade() throws Exception {
    MigrationListener dies =
        new MigrationListener() {
          @Override
          public void beforeCutover() {
            throw new StoppedException("killed", "");
          }
        };
    String[] statements = {unnamed("a"), unnamed("b")};
    assertThatThrownBy(() -> script(dies, statements).run()).isInstanceOf(StoppedException.class);
    // The server's own change has no trace of ours: this is what a kill behind it would leave.
    schema.execute(statements[0]);
    assertThatThrownBy(() -> script(new PausingListener(), statements).run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("may be made already");
    assertThat(unnamedOnes("a")).isEqualTo("1");

    assertThat(cleanUp("ghost_statements_" + recorded())).isNotEmpty();
    script(new PausingListener(), statements[1]).run();
    assertClean("a", "b", "c");
  }

  /** Of the name under which a script is noted, what tells it from others. */
  private String recorded() throws Exception {
    String all = String.join(" ", schema.tables()) + " " + String.join(" ", schema.leftovers());
    return all.replaceFirst("(?s).*?ghost_statements_([0-9a-f]{12}).*", "$1");
  }

  @Test
  void anotherScriptThatBeginsAlikeIsRefused() throws Exception {
    schema.execute("UPDATE c SET v = 300000 WHERE id = 1700");
    assertThatThrownBy(
            () ->
                script(new PausingListener(), unnamed("a"), unnamed("b"), copied("c", "SMALLINT"))
                    .run())
        .isInstanceOfAny(RowRejectedException.class, RefusedException.class);
    assertThatThrownBy(() -> script(new PausingListener(), unnamed("a"), unnamed("c")).run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("statement 2 of this one is another");
    script(new PausingListener(), unnamed("a"), unnamed("b"), unnamed("c")).run();
    assertThat(List.of(unnamedOnes("a"), unnamedOnes("b"), unnamedOnes("c")))
        .containsExactly("1", "1", "1");
    assertClean("a", "b", "c");
  }

  @Test
  void stoppedInTheMiddleItGoesOnThere() throws Exception {
    String[] statements = {unnamed("a"), copied("b", "VARCHAR(30)"), unnamed("c")};
    Script[] self = new Script[1];
    self[0] = script(new PausingListener().at(Phase.VERIFY, () -> self[0].stop()), statements);
    assertThatThrownBy(self[0]::run).isInstanceOf(CancelledException.class);
    assertThat(unnamedOnes("c")).isEqualTo("0");
    PausingListener listener = new PausingListener();
    script(listener, statements).run();
    assertThat(listener.warnings)
        .contains("Statement 1 of 3 was made by an earlier run.")
        .anyMatch(w -> w.contains("this one continues where it was"));
    assertThat(unnamedOnes("c")).isEqualTo("1");
    assertClean("a", "b", "b_old", "c");
  }

  @Test
  void planned() throws Exception {
    List<MigrationPlan> plans =
        script(
                new PausingListener(),
                copied("a", "VARCHAR(30)"),
                unnamed("b"),
                "ALTER TABLE a DROP COLUMN v")
            .plan();
    assertThat(plans).extracting(MigrationPlan::way).first().isEqualTo(Way.GHOST);
    assertThat(plans).hasSize(2);
    assertThat(plans.get(0).comparison()).isPresent();
    assertThat(plans.get(0).warnings())
        .anyMatch(
            w ->
                w.startsWith("Statement 3 of 3 alters ")
                    && w.endsWith("compared with the server's own ALTER, just before it runs."));
    assertThat(plans.get(1).warnings()).noneMatch(w -> w.startsWith("Statement "));
    assertClean("a", "b", "c");
  }

  @Test
  void whatIsNoAlterTableIsNamed() throws Exception {
    assertThatThrownBy(() -> script(new PausingListener(), unnamed("a"), "DROP TABLE b").run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Statement 2 of 2");
    assertThatThrownBy(() -> script(new PausingListener(), " /* nothing */ ").run())
        .isInstanceOf(UsageException.class);
    assertThat(unnamedOnes("a")).isEqualTo("0");
    assertClean("a", "b", "c");
  }
}
