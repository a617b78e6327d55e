package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** Somebody asked the migration to stop, or it came to a limit that it was given. */
public final class CancelledException extends GhostException {

  private static final long serialVersionUID = 1L;

  public CancelledException(String what, String remedy) {
    this(what, remedy, null);
  }

  public CancelledException(String what, String remedy, @Nullable Throwable cause) {
    super(ExitCode.STOPPED, what, remedy, cause, true);
  }
}
