package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** The migration cannot be done safely here; nothing has been touched. */
public final class RefusedException extends GhostException {

  private static final long serialVersionUID = 1L;

  public RefusedException(String what, String remedy) {
    this(what, remedy, null);
  }

  public RefusedException(String what, String remedy, @Nullable Throwable cause) {
    super(ExitCode.REFUSED, what, remedy, cause, true);
  }
}
