package dev.ghost.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClockStepTest {

  private long wallMillis = 1_700_000_000_000L;
  private long nanos = -5_000_000_000L;

  private final ClockStep setBack = new ClockStep(() -> wallMillis, () -> nanos);

  private void pass(Duration time) {
    wallMillis += time.toMillis();
    nanos += time.toNanos();
  }

  @Test
  void timeThatPassesIsNoSetting() {
    for (int i = 0; i < 100; i++) {
      assertThat(setBack.now()).isZero();
      pass(Duration.ofMinutes(90));
    }
  }

  @Test
  void countsFromTheFurthestThatItWas() {
    setBack.now();
    wallMillis += Duration.ofDays(2).toMillis();
    assertThat(setBack.now()).isZero();
    pass(Duration.ofHours(1));
    wallMillis -= Duration.ofMinutes(3).toMillis();
    assertThat(setBack.now()).isEqualTo(Duration.ofMinutes(3));
    wallMillis -= Duration.ofDays(2).toMillis();
    pass(Duration.ofHours(1));
    assertThat(setBack.now()).isEqualTo(Duration.ofDays(2).plusMinutes(3));
  }
}
