package dev.ghost.internal.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ChunkSizeTest {

  private long most = Long.MAX_VALUE;
  private final ChunkSize size = new ChunkSize(() -> Duration.ofMillis(500), () -> most);

  @Test
  void growsByHalfAtTheMost() {
    size.took(1_000, Duration.ofMillis(1));
    assertThat(size.rows()).isEqualTo(1_500);
  }

  @Test
  void shrinksAtOnce() {
    size.took(1_000, Duration.ofSeconds(5));
    assertThat(size.rows()).isEqualTo(100);
  }

  @Test
  void learnsNothingFromTheEndOfTheTable() {
    size.took(10, Duration.ofMillis(1));
    assertThat(size.rows()).isEqualTo(1_000);
  }

  @Test
  void growsWithChunksOfSomewhatFewerRowsThanWereAskedFor() {
    size.took(990, Duration.ofMillis(1));
    assertThat(size.rows()).isEqualTo(1_500);
  }

  @Test
  void isNeverLargerThanWhatIsAllowed() {
    most = 70;
    assertThat(size.rows()).isEqualTo(70);
    most = Long.MAX_VALUE;
    assertThat(size.rows()).isEqualTo(1_000);
  }

  @Test
  void staysWithinBounds() {
    for (int i = 0; i < 50; i++) {
      size.took(size.rows(), Duration.ofNanos(1));
    }
    assertThat(size.rows()).isEqualTo(200_000);
  }
}
