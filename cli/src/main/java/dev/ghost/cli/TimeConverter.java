package dev.ghost.cli;

import dev.ghost.api.UsageException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code 500ms}, {@code 2s}, {@code 1m}, {@code 3h}, {@code 7d}; a bare number is seconds.
 */
final class TimeConverter implements ITypeConverter<Duration> {

  private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d|)");

  @Override
  public Duration convert(String text) {
    try {
      return read(text);
    } catch (UsageException e) {
      throw new TypeConversionException((e.what() + " " + e.remedy()).strip());
    }
  }

  /**
   * Reads a time.
   *
   * @throws UsageException if it is none
   */
  static Duration read(String text) {
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
}
