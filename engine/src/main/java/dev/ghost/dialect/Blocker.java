package dev.ghost.dialect;

/**
 * Who is in the way of a lock of ours.
 *
 * @param session what {@link Dialect#endSession} takes; empty where it is not certain that it is
 *     this session, or where there is none to end
 * @param what for people
 */
public record Blocker(String session, String what) {}
