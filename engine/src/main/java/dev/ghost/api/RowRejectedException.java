package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** Rows of the source do not fit the new schema; the message names them. */
public final class RowRejectedException extends GhostException {

  private static final long serialVersionUID = 1L;

  public RowRejectedException(String what, String remedy) {
    this(what, remedy, null);
  }

  public RowRejectedException(String what, String remedy, @Nullable Throwable cause) {
    this(what, remedy, cause, false);
  }

  /**
   * Creates one that says itself what becomes of the copy.
   *
   * @param resumable as {@link #resumable()} answers
   */
  public RowRejectedException(
      String what, String remedy, @Nullable Throwable cause, boolean resumable) {
    super(ExitCode.ROWS_DO_NOT_FIT, what, remedy, cause, resumable);
  }
}
