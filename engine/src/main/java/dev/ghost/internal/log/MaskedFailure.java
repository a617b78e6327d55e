package dev.ghost.internal.log;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A copy of a failure, and of all its causes, whose messages are masked. For the log only. */
final class MaskedFailure extends Throwable {

  private static final long serialVersionUID = 1L;

  /** A chain that is longer than this goes in a circle. */
  private static final int DEEPEST = 20;

  MaskedFailure(Throwable original) {
    this(original, 0);
  }

  private MaskedFailure(Throwable original, int depth) {
    super(said(original), cause(original, depth));
    setStackTrace(original.getStackTrace());
    if (depth < DEEPEST) {
      for (Throwable suppressed : original.getSuppressed()) {
        addSuppressed(new MaskedFailure(suppressed, depth + 1));
      }
    }
  }

  private static String said(Throwable original) {
    String name = original.getClass().getName();
    if (original instanceof SQLException e) {
      return name + ": " + Masked.of(e);
    }
    return original.getMessage() == null
        ? name
        : name + ": " + Masked.firstLine(original.getMessage());
  }

  private static @Nullable Throwable cause(Throwable original, int depth) {
    return original.getCause() == null || depth == DEEPEST
        ? null
        : new MaskedFailure(original.getCause(), depth + 1);
  }

  /** The class that the message names is the one that was thrown. */
  @Override
  @SuppressWarnings("OverrideThrowableToString")
  public String toString() {
    return String.valueOf(getMessage());
  }
}
