package dev.ghost.internal.throttle;

import dev.ghost.api.UsageException;
import java.time.DateTimeException;
import java.time.LocalTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * A time of each day, by the clock of this machine; over midnight where it ends before it begins.
 */
public record TimeWindow(LocalTime from, LocalTime until) {

  /**
   * Reads {@code 22:00-04:30}.
   *
   * @throws UsageException if it is none
   */
  public static TimeWindow parse(String text) {
    String[] ends = text.strip().split("-", -1);
    try {
      if (ends.length == 2) {
        return new TimeWindow(LocalTime.parse(ends[0]), LocalTime.parse(ends[1]));
      }
    } catch (DateTimeException e) {
      throw unreadable(text, e);
    }
    throw unreadable(text, null);
  }

  private static UsageException unreadable(String text, @Nullable Throwable cause) {
    return new UsageException(
        "'%s' is no time of the day.".formatted(text), "Write it as 22:00-04:30.", cause);
  }

  /** True while it is the time. */
  public boolean open() {
    return contains(LocalTime.now(ZoneId.systemDefault()));
  }

  boolean contains(LocalTime time) {
    return from.isBefore(until)
        ? !time.isBefore(from) && time.isBefore(until)
        : !time.isBefore(from) || time.isBefore(until);
  }

  @Override
  public String toString() {
    return from + "-" + until;
  }
}
