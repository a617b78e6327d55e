package dev.ghost.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.dialect.RowDifference.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of a row in which source and ghost differ. */
class RowDifferenceTest {

  @Test
  void columnValuesAndTypesAreNamed() {
    RowDifference difference =
        new RowDifference(
            true,
            true,
            List.of(
                new Value("amount", "int", "12", "bigint", "13"),
                new Value("note", "text", null, "varchar(20)", "x")));
    assertThat(difference.text())
        .contains("amount: '12' (int) in the source, '13' (bigint) in the ghost")
        .contains("note: NULL (text) in the source, 'x' (varchar(20)) in the ghost");
  }

  @Test
  void aRowOnOneSideIsSaidToBeThere() {
    assertThat(new RowDifference(true, false, List.of()).text()).isEqualTo(": only in the source");
    assertThat(new RowDifference(false, true, List.of()).text()).isEqualTo(": only in the ghost");
    assertThat(new RowDifference(true, true, List.of()).text()).isEqualTo(": equal by now");
  }

  @Test
  void longValuesAreCut() {
    String longer = "a".repeat(RowDifference.SHOWN + 1);
    assertThat(
            new RowDifference(
                    true, true, List.of(new Value("note", "text", longer, "text", longer)))
                .text())
        .contains("'" + "a".repeat(RowDifference.SHOWN) + "'... (text)")
        .contains("they differ beyond what is shown")
        .doesNotContain(longer);
  }
}
