package dev.ghost;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import org.junit.jupiter.api.Test;

/** What is refused before anybody connects. */
class BuilderTest {

  @Test
  void aRetiredTableIsNamedForOneChangeOnly() {
    assertThatCode(() -> named().table("orders").alter("ADD x INT").build())
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> named().table("orders").revert().build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--retired-table");
    assertThatThrownBy(() -> named().script("ALTER TABLE orders ADD x INT"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--retired-table");
  }

  private static Ghost.Builder named() {
    return Ghost.migration().url("mysql://app@localhost/shop").retiredTable("orders_before");
  }
}
