package dev.ghost.internal.dialect.postgres.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import dev.ghost.internal.request.TableName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

  private static final TableName ORDERS = new TableName("public", "orders");

  @Test
  void theRetiredTableCanHaveAnotherName() {
    Names names = Names.of(ORDERS, "shop").retiring("Orders before \"42\"");
    assertThat(names.tables().retired()).isEqualTo(ORDERS.sibling("Orders before \"42\""));
    assertThat(names.workSchema()).isEqualTo(Names.of(ORDERS, "shop").workSchema());
    assertThat(names.slot()).isEqualTo(Names.of(ORDERS, "shop").slot());
    assertThat(names.back().tables().ghost()).isEqualTo(names.tables().retired());
    assertThat(names.back().tables().retired()).isEqualTo(ORDERS.sibling("orders_new"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "orders_new", "", "x "})
  void aNameThatIsTakenOrIsNoneIsUsage(String name) {
    assertThatThrownBy(() -> Names.of(ORDERS, "shop").retiring(name))
        .isInstanceOf(UsageException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "public, orders, public_orders_gho",
    "public, order_items, public_order_items_gho",
    "Sales, Order Items, Sales_Order Items_gho",
    "app_prod, orders, app_prod~orders_gho",
    "app, 'b~c', 'app_b~c~3_gho'",
  })
  void theWorkSchemaIsNamedAfterSchemaAndTable(String schema, String table, String work) {
    assertThat(work(schema, table)).isEqualTo(work);
  }

  /** A second run would take the first one's schema for what it has left itself. */
  @Test
  void noTwoTablesShareAWorkSchema() {
    List<String> parts =
        List.of("a", "b", "c", "a_b", "b_c", "a_b_c", "_", "_a", "a_", "b~c", "a~b", "~", "b~c~1");
    String end = "d".repeat(60);
    List<String> names = new ArrayList<>();
    for (String schema : parts) {
      for (String table : parts) {
        names.add(work(schema, table));
        names.add(work(schema, table + end));
      }
    }
    assertThat(names).doesNotHaveDuplicates();
    assertThat(names).allMatch(name -> name.getBytes(UTF_8).length <= 63);
  }

  private static String work(String schema, String table) {
    return Names.of(new TableName(schema, table), "shop").workSchema();
  }

  /** The server would cut it, and so call the table otherwise. */
  @Test
  void aNameMustNotHaveMoreBytesThanTheServerAllows() {
    String name = "\u00e4".repeat(31) + "b";
    assertThat(name.getBytes(UTF_8)).hasSize(63);
    assertThat(Names.of(ORDERS, "shop").retiring(name).tables().retired().table()).isEqualTo(name);
    assertThatThrownBy(() -> Names.of(ORDERS, "shop").retiring(name + "c"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("longer");
  }
}
