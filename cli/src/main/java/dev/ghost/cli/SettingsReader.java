package dev.ghost.cli;

import dev.ghost.api.LiveSettings;
import dev.ghost.api.UsageException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Reads what {@code ghost set} is given: {@code chunk-time=200ms}, {@code max-load=a=1,b=2}. */
final class SettingsReader {

  private SettingsReader() {}

  /**
   * Reads settings by their names.
   *
   * @throws UsageException if a name is unknown, or a value cannot be read
   */
  static LiveSettings read(Map<String, String> texts) {
    LiveSettings settings = LiveSettings.NONE;
    for (Map.Entry<String, String> text : texts.entrySet()) {
      settings = with(settings, text.getKey().toLowerCase(Locale.ROOT), text.getValue());
    }
    return settings;
  }

  private static LiveSettings with(LiveSettings settings, String name, String value) {
    return switch (name) {
      case "chunk-time" -> settings.withChunkTime(TimeConverter.read(value));
      case "threads" -> settings.withThreads((int) number(name, value));
      case "max-rows-per-second" -> settings.withMaxRowsPerSecond(number(name, value));
      case "full-speed" -> settings.withFullSpeed(yesOrNo(name, value));
      case "max-load" -> settings.withMaxLoad(limits(name, value));
      case "critical-load" -> settings.withCriticalLoad(limits(name, value));
      default ->
          throw new UsageException(
              name + " cannot be set while it runs.",
              "Known are chunk-time, max-rows-per-second, threads, full-speed, max-load,"
                  + " critical-load.");
    };
  }

  private static boolean yesOrNo(String name, String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new UsageException(
              "%s is neither true nor false.".formatted(name),
              "Write %s=true or %s=false.".formatted(name, name));
    };
  }

  private static double number(String name, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new UsageException(
          "%s needs a number, not '%s'.".formatted(name, value), "Write %s=2.".formatted(name), e);
    }
  }

  private static Map<String, Double> limits(String name, String text) {
    Map<String, Double> limits = new TreeMap<>();
    for (String limit : text.isBlank() ? new String[0] : text.split(",")) {
      String[] parts = limit.split("=", 2);
      if (parts.length < 2) {
        throw new UsageException(
            "'%s' is no limit of %s.".formatted(limit, name), "Write NAME=NUMBER.");
      }
      limits.put(parts[0].strip(), number(parts[0].strip(), parts[1].strip()));
    }
    return limits;
  }
}
