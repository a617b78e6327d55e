package dev.ghost.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.log.CapturedLog;
import java.time.Duration;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

class ClockStepTest {

  private long wallMillis = 1_700_000_000_000L;
  private long nanos;

  private final ClockStep clock = new ClockStep(() -> wallMillis, () -> nanos);

  private void pass(Duration real, Duration shown) {
    nanos += real.toNanos();
    wallMillis += shown.toMillis();
    clock.check();
  }

  @Test
  void eachStepBackIsWorthOneWarning() {
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      clock.check();
      pass(Duration.ofHours(1), Duration.ofHours(1));
      pass(Duration.ofSeconds(1), Duration.ofDays(2));
      assertThat(log.lines()).isEmpty();
      pass(Duration.ofSeconds(1), Duration.ofMinutes(-10));
      pass(Duration.ofSeconds(1), Duration.ofSeconds(1));
      assertThat(log.lines()).singleElement().asString().startsWith("WARN").contains("by 601 s");
      pass(Duration.ofSeconds(1), Duration.ofMinutes(-5));
      assertThat(log.lines()).hasSize(2);
    }
  }

  @Test
  void aShortStepIsNot() {
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      clock.check();
      pass(Duration.ofSeconds(1), Duration.ofSeconds(-50));
      assertThat(log.lines()).isEmpty();
    }
  }
}
