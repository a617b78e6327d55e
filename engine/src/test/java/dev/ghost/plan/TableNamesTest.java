package dev.ghost.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableNamesTest {

  /** Servers lock in order of name: a cutover is safe only when the source comes first. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "t",
        "orders",
        "~~~",
        "name_with_exactly_sixty_four_characters_which_is_the_most_there_",
        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
        "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
        "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"
            + "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"
            + "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"
            + "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"
      })
  void everyNameOfOursSortsAfterTheSource(String table) {
    TableNames names = TableNames.of(new TableName("s", table), 64);
    List<TableName> ours = List.of(names.ghost(), names.retired(), names.control());
    assertThat(ours).doesNotHaveDuplicates();
    for (TableName name : ours) {
      assertThat(name.schema()).isEqualTo("s");
      assertThat(name.table().length()).isLessThanOrEqualTo(64);
      assertThat(Arrays.compareUnsigned(name.table().getBytes(UTF_8), table.getBytes(UTF_8)))
          .isPositive();
    }
  }
}
