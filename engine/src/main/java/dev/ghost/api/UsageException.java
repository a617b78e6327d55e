package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** The request itself is wrong: an option, a URL, a statement that does not parse. */
public final class UsageException extends GhostException {

  private static final long serialVersionUID = 1L;

  public UsageException(String what, String remedy) {
    this(what, remedy, null);
  }

  public UsageException(String what, String remedy, @Nullable Throwable cause) {
    super(ExitCode.USAGE, what, remedy, cause, false);
  }
}
