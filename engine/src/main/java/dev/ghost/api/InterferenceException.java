package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/**
 * Somebody altered what the run depends on while it ran: the table, the ghost or another object of
 * ghost's, the replication slot or publication, or a setting of the server. The source is
 * untouched.
 */
public final class InterferenceException extends GhostException {

  private static final long serialVersionUID = 1L;

  public InterferenceException(String what, String remedy) {
    this(what, remedy, null);
  }

  public InterferenceException(String what, String remedy, @Nullable Throwable cause) {
    this(what, remedy, cause, false);
  }

  /**
   * Creates one that says itself what becomes of the copy.
   *
   * @param resumable as {@link #resumable()} answers
   */
  public InterferenceException(
      String what, String remedy, @Nullable Throwable cause, boolean resumable) {
    super(ExitCode.INTERFERENCE, what, remedy, cause, resumable);
  }
}
