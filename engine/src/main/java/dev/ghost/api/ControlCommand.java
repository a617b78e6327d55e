package dev.ghost.api;

/**
 * What a running migration can be told, from any machine that reaches the database.
 *
 * @param kind what to do
 * @param settings for {@link Kind#SET} only; {@link LiveSettings#NONE} otherwise
 * @since 0.1
 */
public record ControlCommand(Kind kind, LiveSettings settings) {

  /** What to do. */
  public enum Kind {
    /** Hold copy, comparison and cutover; the replay continues. */
    PAUSE,
    /** Continue after a pause. */
    RESUME,
    /** Run with other settings from now on: all of them, or none where one is not accepted. */
    SET,
    /** Do not cut over until told to. */
    POSTPONE,
    /** Cut over as soon as everything is copied and verified. */
    CUTOVER,
    /** End, and keep what is done for a later run. */
    STOP,
    /** End, and remove everything that ghost made. */
    CANCEL
  }

  /**
   * Takes a kind and its settings.
   *
   * @throws IllegalArgumentException if there are settings and the kind is another one, or none
   */
  public ControlCommand {
    if (settings.isEmpty() == (kind == Kind.SET)) {
      throw new IllegalArgumentException(kind + " with " + settings);
    }
  }

  /** Returns the command to hold copy, comparison and cutover. */
  public static ControlCommand pause() {
    return of(Kind.PAUSE);
  }

  /** Returns the command to continue after a pause. */
  public static ControlCommand resume() {
    return of(Kind.RESUME);
  }

  /** Returns the command to run with other settings. */
  public static ControlCommand set(LiveSettings settings) {
    return new ControlCommand(Kind.SET, settings);
  }

  /** Returns the command not to cut over until told to. */
  public static ControlCommand postpone() {
    return of(Kind.POSTPONE);
  }

  /** Returns the command to cut over as soon as everything is copied and verified. */
  public static ControlCommand cutover() {
    return of(Kind.CUTOVER);
  }

  /** Returns the command to end, and to keep what is done for a later run. */
  public static ControlCommand stop() {
    return of(Kind.STOP);
  }

  /** Returns the command to end, and to remove everything that ghost made. */
  public static ControlCommand cancel() {
    return of(Kind.CANCEL);
  }

  private static ControlCommand of(Kind kind) {
    return new ControlCommand(kind, LiveSettings.NONE);
  }
}
