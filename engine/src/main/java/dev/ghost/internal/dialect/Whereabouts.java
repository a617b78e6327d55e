package dev.ghost.internal.dialect;

/**
 * Tells where a statement was executed. Two statements of one connection that give different
 * answers went to different servers, or to different sessions of one.
 *
 * @param server names the process that answered, among those that a proxy may lead to
 * @param session the number of the session there, as {@link Driver#session} gives it
 * @param mark what {@link Driver#mark} has set in that session; empty where it has set nothing
 */
public record Whereabouts(String server, long session, String mark) {

  /** Returns true when both answers come from one server, whatever the session. */
  public boolean sameServer(Whereabouts other) {
    return server.equals(other.server);
  }
}
