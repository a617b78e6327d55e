package dev.ghost.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.dialect.Blocker;
import dev.ghost.dialect.LockQueue;
import dev.ghost.dialect.Swap;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CutoverTest {

  private static String notGranted(LockQueue queue) {
    return Cutover.notGranted(Duration.ofMillis(500), new Swap.Lock(false, queue));
  }

  @Test
  void whoIsInTheWayIsNamed() {
    LockQueue queue = new LockQueue(List.of(new Blocker("7", "session 7, a report")), Set.of());
    assertThat(notGranted(queue))
        .contains("within 500 ms", "In the way:\n  session 7, a report")
        .doesNotContain("let go");
  }

  @Test
  void whoHasLetGoIsToldOnlyWhereItWasSeen() {
    assertThat(notGranted(new LockQueue(List.of(), Set.of()))).contains("has let go since");
    assertThat(notGranted(LockQueue.NOT_SEEN))
        .contains("before it could be seen")
        .doesNotContain("let go");
  }
}
