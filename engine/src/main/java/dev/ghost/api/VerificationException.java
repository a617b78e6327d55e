package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** Source and ghost differ, and no change that was still to be applied explains it. */
public final class VerificationException extends GhostException {

  private static final long serialVersionUID = 1L;

  public VerificationException(String what, String remedy) {
    this(what, remedy, null);
  }

  public VerificationException(String what, String remedy, @Nullable Throwable cause) {
    super(ExitCode.TABLES_DIFFER, what, remedy, cause, false);
  }
}
