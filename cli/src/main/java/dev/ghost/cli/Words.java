package dev.ghost.cli;

import java.time.Duration;
import java.util.Locale;

/** Figures as people read them. */
final class Words {

  private Words() {}

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

  /** How long so many rows take; a dash where nobody can say. */
  static String timeLeft(long rows, long perSecond) {
    return perSecond == 0 || rows <= 0 ? "-" : time(Duration.ofSeconds(rows / perSecond));
  }
}
