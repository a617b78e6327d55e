package dev.ghost.internal.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import java.time.LocalTime;
import org.junit.jupiter.api.Test;

class TimeWindowTest {

  @Test
  void withinADay() {
    TimeWindow window = TimeWindow.parse("02:00-04:30");
    assertThat(window.contains(LocalTime.of(2, 0))).isTrue();
    assertThat(window.contains(LocalTime.of(4, 29))).isTrue();
    assertThat(window.contains(LocalTime.of(4, 30))).isFalse();
    assertThat(window.contains(LocalTime.of(1, 59))).isFalse();
  }

  @Test
  void overMidnight() {
    TimeWindow window = TimeWindow.parse("22:00-04:30");
    assertThat(window.contains(LocalTime.of(23, 0))).isTrue();
    assertThat(window.contains(LocalTime.of(0, 0))).isTrue();
    assertThat(window.contains(LocalTime.of(12, 0))).isFalse();
  }

  @Test
  void whatIsNoTimeIsRefused() {
    assertThatThrownBy(() -> TimeWindow.parse("2-4")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> TimeWindow.parse("02:00")).isInstanceOf(UsageException.class);
  }
}
