package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** The lock for the cutover was not to be had within the allowed tries. */
public final class CutoverException extends GhostException {

  private static final long serialVersionUID = 1L;

  public CutoverException(String what, String remedy) {
    this(what, remedy, null);
  }

  public CutoverException(String what, String remedy, @Nullable Throwable cause) {
    super(ExitCode.CUTOVER_BLOCKED, what, remedy, cause, true);
  }
}
