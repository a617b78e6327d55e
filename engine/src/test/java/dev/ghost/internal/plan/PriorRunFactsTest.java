package dev.ghost.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriorRunFactsTest {

  private static final TableName TABLE = new TableName("s", "t");
  private static final String REVERT = AlterRequest.revert(TABLE, Map.of()).text();

  private static String text(String change) {
    return change.equals("back") ? REVERT : change;
  }

  private static String decided(PriorRunFacts facts, String asked) {
    try {
      return facts.decide(TABLE, asked).map(PriorRun::name).orElse("remove");
    } catch (RefusedException e) {
      return e.what();
    }
  }

  /** A journal that is there, by all that it can tell, and what the next run is asked for. */
  @ParameterizedTest(name = "{0}, then {4}: {5}")
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          # earlier; swapped; checkpoint; conflict; next;   becomes
            ADD c;   false;   true;       false;    ADD c;  RESUMABLE
            ADD c;   false;   false;      false;    ADD c;  UNFINISHED
            ADD c;   false;   true;       true;     ADD c;  taken
            ADD c;   false;   false;      true;     ADD c;  taken
            ADD c;   true;    false;      false;    ADD c;  SWAPPED
            -;       false;   false;      false;    ADD c;  UNFINISHED
            -;       false;   false;      true;     ADD c;  taken
            -;       true;    false;      false;    ADD c;  remove
            DROP d;  false;   true;       false;    ADD c;  RESUMABLE
            DROP d;  false;   false;      false;    ADD c;  UNFINISHED
            DROP d;  false;   true;       true;     ADD c;  taken
            DROP d;  true;    false;      false;    ADD c;  remove
            back;    false;   true;       false;    ADD c;  another
            back;    false;   false;      true;     ADD c;  another
            back;    true;    false;      false;    ADD c;  remove
            back;    false;   true;       false;    back;   UNFINISHED
            back;    false;   false;      false;    back;   UNFINISHED
            back;    true;    false;      false;    back;   SWAPPED
            -;       false;   false;      false;    back;   UNFINISHED
            ADD c;   false;   true;       false;    back;   another
            ADD c;   true;    false;      false;    back;   remove
          """)
  void whereARunHasLeftItsJournal(
      String earlier,
      boolean swapped,
      boolean checkpoint,
      boolean conflict,
      String next,
      String becomes) {
    PriorRunFacts facts =
        new PriorRunFacts(
            true,
            Optional.of(earlier).filter(e -> !e.equals("-")).map(PriorRunFactsTest::text),
            swapped,
            checkpoint,
            conflict ? Optional.of(new RefusedException("taken", "")) : Optional.empty());
    String wanted =
        becomes.equals("another") ? "A run of another change of s.t has left something." : becomes;
    assertThat(decided(facts, text(next))).isEqualTo(wanted);
  }

  @Test
  void withoutAJournalOnlyTheNamesMatter() {
    assertThat(decided(PriorRunFacts.none(Optional.empty()), "ADD c")).isEqualTo("NONE");
    assertThat(decided(PriorRunFacts.none(Optional.empty()), REVERT)).isEqualTo("NONE");
    PriorRunFacts taken = PriorRunFacts.none(Optional.of(new RefusedException("taken", "")));
    assertThat(decided(taken, "ADD c")).isEqualTo("taken");
    assertThat(decided(taken, REVERT)).isEqualTo("taken");
  }

  @Test
  void theRefusalNamesTheTableInItsRemedy() {
    PriorRunFacts facts = PriorRunFacts.unfinished(Optional.of(REVERT), false, Optional.empty());
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> facts.decide(TABLE, "ADD c"));
    assertThat(refusal.remedy()).endsWith("ghost cleanup --table t.");
  }
}
