package dev.ghost.internal.dialect.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A comparison takes 2,000 rows, 16 MB and a second at the most. */
class SampleLimitsTest {

  private static final long MB = 1 << 20;

  private long now = 17;
  private final SampleLimits limits = SampleLimits.begin(() -> now);

  private void isTransient(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, false",
    "1999, 15, 400, false",
    "2000, 0, 0, true",
    "1, 16, 0, true",
    "0, 0, 401, true"
  })
  void lookingForRows(int rows, long megabytes, long millis, boolean reached) {
    isTransient(millis);
    assertThat(limits.reached(rows, megabytes * MB)).isEqualTo(reached);
  }

  @ParameterizedTest
  @CsvSource({
    "2000, 500, 2000",
    "2000, 501, 1000",
    "2000, 1001, 500",
    "2000, 5000, 125",
    "2000, 600000, 100",
    "150, 600, 100",
    "100, 600000, 100",
    "7, 600000, 7",
    "0, 600000, 0"
  })
  void rowsThatTheServerAlters(int rows, long millis, int altered) {
    isTransient(millis);
    assertThat(limits.forServer(rows)).isEqualTo(altered);
  }

  @ParameterizedTest
  @CsvSource({"2000, 1000, 2000", "2000, 1001, 1000", "1000, 4000, 250", "100, 600000, 100"})
  void rowsThatGhostCopies(int rows, long millis, int copied) {
    isTransient(millis);
    assertThat(limits.forGhost(rows)).isEqualTo(copied);
  }

  @Test
  void theRowThatReachesTheBytesIsTheLast() {
    Map<String, Long> rows = new LinkedHashMap<>();
    rows.put("a", 9 * MB);
    rows.put("b", 0L);
    rows.put("c", 6 * MB);
    rows.put("d", 100 * MB);
    rows.put("e", 1L);
    assertThat(SampleLimits.within(rows)).containsExactly("a", "b", "c", "d");
    assertThat(SampleLimits.within(Map.of("one", 17 * MB))).isEqualTo(List.of("one"));
    assertThat(SampleLimits.within(Map.of())).isEmpty();
  }

  @Test
  void noMoreRowsThanThat() {
    Map<Integer, Long> rows = new LinkedHashMap<>();
    for (int i = 0; i < 3_000; i++) {
      rows.put(i, 1L);
    }
    assertThat(SampleLimits.within(rows)).hasSize(2_000).startsWith(0, 1).endsWith(1_999);
  }
}
