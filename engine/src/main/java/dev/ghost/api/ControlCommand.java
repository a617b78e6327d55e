package dev.ghost.api;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a running migration can be told, from any machine that reaches the database.
 *
 * @param kind what to do
 * @param settings for {@link Kind#SET} only: names and new values, as the command line writes them
 */
public record ControlCommand(Kind kind, Map<String, String> settings) {

  /** What to do. */
  public enum Kind {
    /** Hold copy, comparison and cutover; the replay continues. */
    PAUSE,
    /** Go on after a pause. */
    RESUME,
    /**
     * Run with other settings from now on: {@code chunk-time}, {@code nice}, {@code threads},
     * {@code max-rows-per-second}, {@code max-load}, {@code critical-load}; all of them or none.
     */
    SET,
    /** Do not cut over until told to. */
    POSTPONE,
    /** Cut over as soon as everything is copied and verified. */
    CUTOVER,
    /** End, and keep what is done for a later run. */
    STOP,
    /** End, and remove everything that ghost made. */
    CANCEL
  }

  private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d|)");

  public ControlCommand {
    settings = Map.copyOf(settings);
  }

  public ControlCommand(Kind kind) {
    this(kind, Map.of());
  }

  /**
   * Reads {@code 500ms}, {@code 2s}, {@code 1m}, {@code 3h}, {@code 7d}; a bare number is seconds.
   *
   * @throws UsageException if it is no time
   */
  public static Duration time(String text) {
    Matcher matcher = TIME.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new UsageException("'" + text + "' is not a time.", "Write 500ms, 2s or 1m.");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      case "d" -> Duration.ofDays(number);
      default -> Duration.ofSeconds(number);
    };
  }

  /**
   * Reads limits of the server's load: {@code Threads_running=50,Threads_connected=400}.
   *
   * @throws UsageException if it is no such list
   */
  public static Map<String, Double> limits(String text) {
    Map<String, Double> limits = new TreeMap<>();
    for (String limit : text.isBlank() ? new String[0] : text.split(",")) {
      String[] parts = limit.split("=", -1);
      try {
        limits.put(parts[0].strip(), Double.valueOf(parts[parts.length - 1].strip()));
      } catch (NumberFormatException e) {
        throw new UsageException("'" + limit + "' is no limit.", "Write NAME=NUMBER.", e);
      }
    }
    return limits;
  }
}
