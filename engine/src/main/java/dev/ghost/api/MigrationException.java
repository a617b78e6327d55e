package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** A bug in ghost stopped the migration: a state, or an error of the server, that none foresaw. */
public final class MigrationException extends GhostException {

  private static final long serialVersionUID = 1L;

  public MigrationException(String what, String remedy) {
    this(what, remedy, null);
  }

  public MigrationException(String what, String remedy, @Nullable Throwable cause) {
    this(what, remedy, cause, false);
  }

  /**
   * Creates one that says itself what becomes of the copy.
   *
   * @param resumable as {@link #resumable()} answers
   */
  public MigrationException(
      String what, String remedy, @Nullable Throwable cause, boolean resumable) {
    super(ExitCode.BUG, what, remedy, cause, resumable);
  }
}
