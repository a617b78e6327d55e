package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Sizes and times as they are read, and as they are told. */
class SizesAndTimesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "4096B, 4096",
    "1K, 1024",
    "1KB, 1024",
    "500MB, 524288000",
    "500m, 524288000",
    "32GB, 34359738368",
    "2tb, 2199023255552",
    "' 1G ', 1073741824",
    "8388607TB, 9223370937343148032",
  })
  void aSizeHasAUnit(String text, long bytes) {
    assertThat(new CutoverOptions.SizeConverter().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "MB", "1.5GB", "5 MB", "5X", "5MK", "K5", "-5MB", "+5MB", "-1", "0x10", "5BB"})
  void whatIsNoSizeIsRefused(String text) {
    assertThatThrownBy(() -> new CutoverOptions.SizeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "' is not a size; write 500MB or 32GB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"8388608TB", "99999999999999999999"})
  void aSizeThatDoesNotFitIsNotTakenForAnother(String text) {
    assertThatThrownBy(() -> new CutoverOptions.SizeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "' is more than any disk has");
  }

  @ParameterizedTest
  @CsvSource({
    "500ms, PT0.5S",
    "2s, PT2S",
    "2, PT2S",
    "1m, PT1M",
    "3H, PT3H",
    "7d, PT168H",
    "' 1s ', PT1S",
    "0, PT0S",
  })
  void aTimeHasAUnit(String text, Duration time) {
    assertThat(new TimeConverter().convert(text)).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "1.5s", "-1s", "2 s", "1y", "10000000000s"})
  void whatIsNoTimeIsRefusedInOneLine(String text) {
    assertThatThrownBy(() -> new TimeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "' is not a time.")
        .hasMessageContaining("Write 500ms, 2s or 1m.")
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 KB",
    "1023, 0 KB",
    "1048575, 1023 KB",
    "1048576, 1 MB",
    "1073741823, 1023 MB",
    "1073741824, 1.0 GB",
    "1610612736, 1.5 GB",
  })
  void bytesAreToldInAUnitThatFits(long bytes, String text) {
    assertThat(Format.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.999S, 999 ms",
    "PT1S, 1.0 s",
    "PT59.9S, 59.9 s",
    "PT1M, 1 m 0 s",
    "PT59M59S, 59 m 59 s",
    "PT1H, 1 h 0 m",
    "PT25H30M, 25 h 30 m",
  })
  void timesAreToldInAUnitThatFits(Duration time, String text) {
    assertThat(Format.time(time)).isEqualTo(text);
  }

  @Test
  void thePaceIsToldOnlyWhereRowsAreRead() {
    assertThat(Format.pace("copy", 1_000, 61_000, 1_000)).isEqualTo("1,000 rows/s, 1 m 0 s left; ");
    assertThat(Format.pace("VERIFY", 0, 10, 0)).isEqualTo("0 rows/s, - left; ");
    assertThat(Format.pace("copy", 12, 10, 5)).as("an estimate").isEqualTo("5 rows/s, - left; ");
    assertThat(Format.pace("cutover", 0, 10, 5)).isEmpty();
  }
}
