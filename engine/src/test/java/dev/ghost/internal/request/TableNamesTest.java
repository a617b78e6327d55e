package dev.ghost.internal.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    everyNameOfOursSortsAfterTheSource(table, 64);
    everyNameOfOursSortsAfterTheSource(table, 54);
  }

  private static void everyNameOfOursSortsAfterTheSource(String table, int limit) {
    TableNames names = TableNames.of(new TableName("s", table), limit);
    List<TableName> ours = List.of(names.ghost(), names.retired(), names.control());
    assertThat(ours).doesNotHaveDuplicates();
    for (TableName name : ours) {
      assertThat(name.schema()).isEqualTo("s");
      assertThat(name.table().length()).isLessThanOrEqualTo(limit);
      assertThat(Arrays.compareUnsigned(name.table().getBytes(UTF_8), table.getBytes(UTF_8)))
          .isPositive();
    }
  }

  @Test
  void theRetiredTableCanHaveAnotherName() {
    TableNames usual = TableNames.of(ORDERS, 64);
    TableNames names = chosen("orders_before_42");
    assertThat(names.retired()).isEqualTo(ORDERS.sibling("orders_before_42"));
    assertThat(names.retiring(usual.retired())).isEqualTo(usual);
    assertThat(names.back(64).ghost()).isEqualTo(names.retired());
    assertThat(names.back(64).retired()).isEqualTo(ORDERS.sibling("orders_new"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "orders",
        "Orders",
        "orders_gho",
        "orders_ghc",
        "ORDERS_NEW",
        "",
        "  ",
        " x",
        "x ",
        "a\0b"
      })
  void aNameThatIsTakenOrIsNoneIsUsage(String name) {
    assertThatThrownBy(() -> chosen(name))
        .isInstanceOf(UsageException.class)
        .satisfies(e -> assertThat(((UsageException) e).remedy()).contains("--retired-table"));
  }

  @Test
  void aNameMustNotBeLongerThanTheServerAllows() {
    assertThat(chosen("o".repeat(64)).retired().table()).hasSize(64);
    assertThatThrownBy(() -> chosen("o".repeat(65)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("longer");
  }

  @ParameterizedTest
  @CsvSource({
    "orders, orders_before, true",
    "orders, zz, true",
    "orders, archived, false",
    "orders, Zz, false",
    "Zebra, apple, false",
    "Orders, orders_old, true",
  })
  void whatSortsBehindTheSourceDoesSoInEitherCase(String source, String retired, boolean sorted) {
    TableName table = new TableName("s", source);
    assertThat(TableNames.of(table, 64).retiring(table.sibling(retired)).sorted())
        .isEqualTo(sorted);
  }

  private static final TableName ORDERS = new TableName("s", "orders");

  private static TableNames chosen(String name) {
    TableNames usual = TableNames.of(ORDERS, 64);
    return usual.retiring(name, name.length(), 64, usual.back(64).retired());
  }
}
