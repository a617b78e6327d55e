package dev.ghost.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AlterRequestTest {

  private static final TableName ORDERS = new TableName("shop", "orders");

  /** A run continues only with what an earlier one was asked for. */
  @Test
  void theTextSaysAllThatWasAskedFor() {
    AlterRequest plain = new AlterRequest(ORDERS, "ADD x INT");
    AlterRequest named = plain.withRetired(Optional.of("orders_before"));
    assertThat(plain.text()).isEqualTo("ADD x INT");
    assertThat(named.text()).isEqualTo("ADD x INT\nRETIRED AS orders_before");
    assertThat(named.withExpressions(Map.of("x", "1")).withCompanions(Set.of(ORDERS)).text())
        .isEqualTo("ADD x INT\nSET x = 1\nRETIRED AS orders_before");
    assertThat(named.withRetired(Optional.empty()).text()).isEqualTo(plain.text());
  }
}
