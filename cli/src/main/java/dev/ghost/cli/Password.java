package dev.ghost.cli;

import dev.ghost.api.UsageException;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the password without ever having it on the command line. */
final class Password {

  private Password() {}

  @SuppressWarnings(
      "SystemConsoleNull") // since Java 22 a console can be there without a terminal: both are
  // handled
  static Optional<String> find(@Nullable Path file, boolean ask) {
    if (file != null) {
      try {
        return Optional.of(Files.readString(file).stripTrailing());
      } catch (IOException e) {
        throw new UsageException(
            "The password file " + file + " cannot be read: " + e.getMessage(),
            "Check the name that --password-file gives.",
            e);
      }
    }
    if (ask) {
      Console console = System.console();
      char[] typed = console == null ? null : console.readPassword("Password: ");
      if (typed == null) {
        throw new UsageException(
            "There is no terminal to ask for the password on.",
            "Set GHOST_PASSWORD, or give --password-file.");
      }
      return Optional.of(new String(typed));
    }
    return Optional.ofNullable(System.getenv("GHOST_PASSWORD"));
  }
}
