package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.Script;
import dev.ghost.ScriptBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables that are swapped together have one change stream, from before the first one's copy. */
@OnServers
@Timeout(120)
class OneStreamTest {

  private static final String A = "ALTER TABLE a ADD COLUMN note INT";
  private static final String B = "ALTER TABLE b ADD COLUMN note INT";

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    schema.execute(
        "CREATE TABLE a (id INT PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO a SELECT i, i FROM n",
        // Whether a key is beyond what is copied, nobody can say here.
        "CREATE TABLE b (id VARCHAR(20) PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO b SELECT CONCAT('k', i), i FROM n");
  }

  private MigrationBuilder statement(MigrationListener listener, String sql) {
    return schema.ghost().statement(sql).threads(1).listener(listener);
  }

  private ScriptBuilder builder(MigrationListener listener, String... statements) {
    return schema
        .ghost()
        .script(String.join(";\n", statements))
        .atomic(true)
        .threads(1)
        .listener(listener);
  }

  private Script script(MigrationListener listener, String... statements) {
    return builder(listener, statements).build();
  }

  /** Does something when a phase begins for the first time, or for the second. */
  private static PausingListener at(Phase phase, int time, PausingListener.Step step) {
    List<Phase> begun = new ArrayList<>();
    return new PausingListener()
        .at(
            phase,
            () -> {
              begun.add(phase);
              if (begun.size() == time) {
                step.run();
              }
            });
  }

  /** Ends when both tables are copied. */
  private void stopBoth() {
    Script[] both = new Script[1];
    both[0] = script(at(Phase.VERIFY, 2, () -> both[0].stop()), A, B);
    assertThatThrownBy(both[0]::run).isInstanceOf(CancelledException.class);
  }

  /** Beside those of before: a server keeps one for a while whose reader is gone. */
  private void awaitStreams(List<String> before, int count) throws Exception {
    List<String> found = List.of();
    for (long end = System.nanoTime() + 20_000_000_000L; System.nanoTime() < end; ) {
      found = schema.rows(schema.server().streams());
      found.removeAll(before);
      if (found.size() == count) {
        return;
      }
    }
    throw new AssertionError("streams: " + found + ", not " + count);
  }

  private void assertSame(String table, String retired) throws Exception {
    assertThat(schema.rows("SELECT id, v FROM %s ORDER BY id".formatted(table)))
        .isEqualTo(schema.rows("SELECT id, v FROM %s ORDER BY id".formatted(retired)));
  }

  @Test
  void itBringsAlsoWhatIsChangedBeforeATableHasItsTurn() throws Exception {
    List<String> before = schema.rows(schema.server().streams());
    PausingListener listener =
        at(
            Phase.COPY,
            1,
            () -> {
              awaitStreams(before, 1);
              schema.execute(
                  "UPDATE b SET v = -1 WHERE id IN ('k7', 'k1999')",
                  "DELETE FROM b WHERE id = 'k8'",
                  "INSERT INTO b VALUES ('new', 1)",
                  "UPDATE a SET v = -1 WHERE id = 7");
            });
    script(listener, A, B).run();
    awaitStreams(before, 0);
    assertThat(schema.value("SELECT COUNT(*) FROM b WHERE v = -1")).isEqualTo("2");
    assertThat(schema.value("SELECT COUNT(*) FROM b WHERE id IN ('k8', 'new')")).isEqualTo("1");
    assertSame("a", "a_old");
    assertSame("b", "b_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  /** Stops a run of both, and then one of the first alone, which is further in the log then. */
  private void stopBothAndThenOne() throws Exception {
    stopBoth();
    schema.execute("UPDATE b SET v = -1 WHERE id IN ('k7', 'k1999')");
    Migration[] one = new Migration[1];
    one[0] = statement(new PausingListener().at(Phase.CUTOVER, () -> one[0].stop()), A).build();
    one[0].run();
  }

  /** From where the one was that is the least far: else the other's changes would be lost. */
  @Test
  void oneThatWentOnAloneTakesNothingFromTheOther() throws Exception {
    if (db == Db.POSTGRES) {
      // What one has read, the server would forget for both.
      assertThatThrownBy(this::stopBothAndThenOne)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(
              "is that of an unfinished run of %s.b as well".formatted(schema.name()));
    } else {
      assertThatThrownBy(this::stopBothAndThenOne).isInstanceOf(CancelledException.class);
    }
    PausingListener listener = new PausingListener();
    script(listener, A, B).run();
    assertThat(listener.warnings).filteredOn(w -> w.contains("continues where it was")).hasSize(2);
    assertThat(schema.value("SELECT COUNT(*) FROM b WHERE v = -1")).isEqualTo("2");
    assertSame("a", "a_old");
    assertSame("b", "b_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  /** Anyone who is cleaned up last takes away what they had together. */
  @Test
  void nothingIsLeftWhateverIsCleanedUpFirst() throws Exception {
    for (List<String> order : List.of(List.of("a", "b"), List.of("b", "a"))) {
      stopBoth();
      schema.ghost().cleanUp(order.get(0));
      schema.ghost().cleanUp(order.get(1));
      assertThat(schema.leftovers()).isEmpty();
      assertThat(schema.tables()).containsExactly("a", "b");
    }
  }

  @Test
  void oneIsCleanedUpAndTheOtherGoesOn() throws Exception {
    stopBoth();
    schema.ghost().cleanUp("a");
    schema.execute("UPDATE a SET v = -1 WHERE id = 7", "UPDATE b SET v = -1 WHERE id = 'k7'");
    PausingListener listener = new PausingListener();
    script(listener, A, B).run();
    assertThat(listener.warnings).filteredOn(w -> w.contains("continues where it was")).hasSize(1);
    assertSame("a", "a_old");
    assertSame("b", "b_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  /** What one of them has begun with the slot of both, the other would miss. */
  @Test
  void oneThatBeginsAnewAloneWaitsUntilTheOtherIsGivenUp() throws Exception {
    stopBoth();
    schema.ghost().cleanUp("a");
    Migration alone = statement(new PausingListener(), A).strategy(Strategy.GHOST).build();
    if (db == Db.POSTGRES) {
      assertThatThrownBy(alone::run)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(schema.name() + ".b")
          .satisfies(e -> assertThat(((RefusedException) e).remedy()).contains("--table b"));
      assertThat(schema.tables()).containsExactly("a", "b");
      schema.ghost().cleanUp("b");
    }
    statement(new PausingListener(), A).strategy(Strategy.GHOST).build().run();
    assertThat(schema.hasColumn("a", "note")).isTrue();
    schema.ghost().cleanUp("b");
    assertThat(schema.leftovers()).isEmpty();
  }

  /** A statement that is taken out of the script does not take the others' work with it. */
  @Test
  void oneThatIsGivenUpLeavesTheOtherItsWork() throws Exception {
    stopBoth();
    schema.ghost().cleanUp("a");
    schema.execute("UPDATE b SET v = -1 WHERE id = 'k7'");
    PausingListener listener = new PausingListener();
    script(listener, B).run();
    assertThat(listener.warnings).anyMatch(w -> w.contains("continues where it was"));
    assertSame("b", "b_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void startedOverTheyBeginAnew() throws Exception {
    stopBoth();
    PausingListener listener = new PausingListener();
    builder(listener, A, B).startOver(true).build().run();
    assertThat(listener.warnings).filteredOn(w -> w.contains("the copy begins again")).hasSize(2);
    assertSame("a", "a_old");
    assertSame("b", "b_old");
    assertThat(schema.leftovers()).isEmpty();
  }
}
