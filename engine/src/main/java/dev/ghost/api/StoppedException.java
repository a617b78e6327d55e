package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/**
 * The migration has stopped because of something that can pass by itself: a lost connection, a
 * server beyond its critical load, a full disk. The same migration can be run again; where it is
 * {@link #resumable()}, it continues with the rows that this one had copied.
 */
public final class StoppedException extends GhostException {

  private static final long serialVersionUID = 1L;

  public StoppedException(String what, String remedy) {
    this(what, remedy, null);
  }

  public StoppedException(String what, String remedy, @Nullable Throwable cause) {
    this(what, remedy, cause, true);
  }

  /**
   * Creates one that says itself what becomes of the copy.
   *
   * @param resumable as {@link #resumable()} answers
   */
  public StoppedException(
      String what, String remedy, @Nullable Throwable cause, boolean resumable) {
    super(ExitCode.INTERRUPTED, what, remedy, cause, resumable);
  }
}
