package dev.ghost.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.copy.Frontier;
import dev.ghost.plan.KeyOrder;
import dev.ghost.plan.KeyOrder.Part;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangeStreamTest {

  private final PendingKeys pending =
      new PendingKeys(new Frontier(new KeyOrder(List.of(Part.NATURAL))), 1 << 20);
  private final ChangeStream stream =
      new ChangeStream(null, pending, new PreparedChanges(pending, null, 1 << 20), null);

  /** One of several can end while another has their feed started. */
  @Test
  void whatIsClosedBeforeIsNotFed() throws Exception {
    assertThat(stream.fedBy(null)).isTrue();
    stream.close();
    assertThat(stream.fedBy(null)).isFalse();
  }
}
