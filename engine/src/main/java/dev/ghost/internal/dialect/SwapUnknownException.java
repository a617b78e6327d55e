package dev.ghost.internal.dialect;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The server does not say whether it has swapped the names, or cannot be asked. Nothing may be
 * concluded from that: the next run finds out.
 */
public final class SwapUnknownException extends SQLException {

  private static final long serialVersionUID = 1L;

  public SwapUnknownException(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }
}
