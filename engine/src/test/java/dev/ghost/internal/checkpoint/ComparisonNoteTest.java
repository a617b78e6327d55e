package dev.ghost.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A run that continues knows what the run before it has compared, whatever is in the values. */
class ComparisonNoteTest {

  @Test
  void whatIsWrittenIsReadAgain() {
    ServerComparison found =
        ServerComparison.of(7, List.of("id", "a \"b\""), List.of("v is 'x\n\u0000\uD83D\uDC7B'"));
    assertThat(ComparisonNote.of(ComparisonNote.of(found).text()).comparison()).isEqualTo(found);
  }

  @Test
  void itsWarningsAreForTheRunThatHasCompared() {
    ServerComparison found = ServerComparison.of(7, List.of("id"), List.of());
    assertThat(ComparisonNote.of(found.warned("logged")).comparison()).isEqualTo(found);
  }

  @Test
  void whatAnotherVersionHasWritten() {
    assertThat(
            ComparisonNote.of("{\"rows\": 7, \"columns\": [], \"differences\": [], \"x\": 1}")
                .rows())
        .isEqualTo(7);
    assertThatThrownBy(() -> ComparisonNote.of("7 rows")).isInstanceOf(RefusedException.class);
  }
}
