package dev.ghost.cli;

import dev.ghost.api.Phase;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;

/** Figures as people read them. */
final class Format {

  private Format() {}

  static String number(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  static String bytes(long n) {
    if (n < 1 << 20) {
      return (n >> 10) + " KB";
    }
    return n < 1L << 30
        ? (n >> 20) + " MB"
        : String.format(Locale.ROOT, "%.1f GB", n / (double) (1L << 30));
  }

  static String time(Duration d) {
    long millis = d.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
    long minutes = d.toMinutes();
    return minutes < 60
        ? "%d m %d s".formatted(minutes, d.toSecondsPart())
        : "%d h %d m".formatted(d.toHours(), d.toMinutesPart());
  }

  /** How fast rows are read, and for how long still; nothing in a phase that reads none. */
  static String pace(String phase, long rows, long of, long perSecond) {
    if (Stream.of(Phase.COPY, Phase.VERIFY).noneMatch(p -> p.name().equalsIgnoreCase(phase))) {
      return "";
    }
    String left =
        perSecond == 0 || rows >= of ? "-" : time(Duration.ofSeconds((of - rows) / perSecond));
    return "%s rows/s, %s left; ".formatted(number(perSecond), left);
  }
}
