package dev.ghost.internal.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.dialect.RowDifference.Column;
import dev.ghost.internal.dialect.RowDifference.Value;
import java.util.Arrays;
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

  /** Of each column, the first text tells whether values are the same, the second shows them. */
  @Test
  void onlyColumnsThatDifferAreTold() {
    List<Column> columns = List.of(new Column("a", "int", "bigint"), new Column("b", "x", "y"));
    List<String> source = Arrays.asList("h1", "1", null, null);
    assertThat(RowDifference.of(columns, source, List.of("h1", "one", "h2", "2")))
        .isEqualTo(new RowDifference(true, true, List.of(new Value("b", "x", null, "y", "2"))));
    assertThat(RowDifference.of(columns, source, source).values()).isEmpty();
    assertThat(RowDifference.of(columns, source, List.of()))
        .isEqualTo(new RowDifference(true, false, List.of()));
    assertThat(RowDifference.of(columns, List.of(), List.of()))
        .isEqualTo(new RowDifference(false, false, List.of()));
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
