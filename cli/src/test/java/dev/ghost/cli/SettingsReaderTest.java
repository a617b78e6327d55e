package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.LiveSettings;
import dev.ghost.api.UsageException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code ghost set} understands. */
class SettingsReaderTest {

  @Test
  void eachSettingIsReadByItsName() {
    assertThat(
            SettingsReader.read(
                Map.of(
                    "chunk-time", "200ms",
                    "THREADS", "3",
                    "max-rows-per-second", "0.5",
                    "full-speed", "true",
                    "max-load", "Threads_running=50, Threads_connected=400",
                    "critical-load", "")))
        .isEqualTo(
            LiveSettings.NONE
                .withChunkTime(Duration.ofMillis(200))
                .withThreads(3)
                .withMaxRowsPerSecond(0.5)
                .withFullSpeed(true)
                .withMaxLoad(Map.of("Threads_running", 50.0, "Threads_connected", 400.0))
                .withCriticalLoad(Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "chunk-time, soon, is not a time",
    "threads, many, needs a number",
    "full-speed, maybe, neither true nor false",
    "max-load, 50, is no limit",
    "max-load, a=b, needs a number",
    "nice, 2, cannot be set"
  })
  void whatCannotBeReadIsUsage(String name, String value, String message) {
    assertThatThrownBy(() -> SettingsReader.read(Map.of(name, value)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }
}
