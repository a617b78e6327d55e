package dev.ghost;

import dev.ghost.internal.log.Masked;
import org.jspecify.annotations.Nullable;

/**
 * Masks what a log should not have: values of rows and of statements. The engine masks its own
 * lines; this is for those who log its exceptions, or what the libraries below it say.
 *
 * @since 0.1
 */
public final class LogMask {

  private LogMask() {}

  /** Returns a message of a server, or of a library that may pass one on, with values masked. */
  public static String message(@Nullable String text) {
    return Masked.message(text);
  }

  /** Returns an error with the same stack traces and causes, and with masked messages. */
  public static Throwable failure(Throwable error) {
    return Masked.failure(error);
  }
}
