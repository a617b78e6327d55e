package dev.ghost.cli;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.UsageException;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 500ms}, {@code 2s}, {@code 1m}; a bare number is seconds. */
final class TimeConverter implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String text) {
    try {
      return ControlCommand.time(text);
    } catch (UsageException e) {
      throw new TypeConversionException(e.getMessage().replace(System.lineSeparator(), " "));
    }
  }
}
