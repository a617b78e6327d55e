package dev.ghost.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.fakes.Stored;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** As in {@code StoredFormsTest}, of a retired table, whose comment lasts longest of all. */
class StoredRetirementTest {

  @Test
  void theCommentOfARetiredTable() {
    Retirement retirement =
        new Retirement(
            "orders",
            "DROP COLUMN b",
            "2026-12-01T08:00:00Z",
            "all orders",
            Map.of("a", "c"),
            List.of("b"),
            List.of("d"),
            List.of("ALTER TABLE x"),
            List.of("fk"));
    assertThat(retirement.text()).isEqualTo(Stored.text("retirement.txt"));
    assertThat(Retirement.of(Stored.text("retirement.txt"))).contains(retirement);
  }
}
