package dev.ghost.internal.dialect;

/**
 * Who is in the way of one of ghost's locks.
 *
 * @param session what {@link Driver#endSession} takes; empty where it is not certain that it is
 *     this session, or where there is none to end
 * @param what for people
 */
public record Blocker(String session, String what) {

  private static final String NOBODY_SAYS = "?";

  /**
   * In place of all of them, where the server does not tell this user.
   *
   * @param why and what would help
   */
  public static Blocker unknown(String why) {
    return new Blocker(NOBODY_SAYS, "unknown: " + why);
  }

  public boolean known() {
    return !session.equals(NOBODY_SAYS);
  }

  /** True when it can be ended, and with good reason. */
  public boolean certain() {
    return known() && !session.isEmpty();
  }
}
