package dev.ghost.api;

import java.util.List;

/**
 * What a migration costs its server just now, and who is in its way.
 *
 * @param ghostBytes what the ghost takes, indexes included; 0 when not known yet
 * @param keptLogBytes log that the server keeps only for the change stream
 * @param logBytes what the server's binary logs or WAL take on its disk; 0 when it does not tell us
 * @param logGrowthBytes how much more that is than when the run began; less than 0 when it is less
 * @param deadlocks that the server has broken since the run began, of whomever
 * @param inTheWay sessions that have held a lock on the table in a long transaction, a line each:
 *     the cutover would have to wait for them
 * @param waiting sessions that wait for a lock of the migration's, a line each
 */
public record ResourceUsage(
    long ghostBytes,
    long keptLogBytes,
    long logBytes,
    long logGrowthBytes,
    long deadlocks,
    List<String> inTheWay,
    List<String> waiting) {

  /** Nobody has looked yet. */
  public static final ResourceUsage UNKNOWN =
      new ResourceUsage(0, 0, 0, 0, 0, List.of(), List.of());

  public ResourceUsage {
    inTheWay = List.copyOf(inTheWay);
    waiting = List.copyOf(waiting);
  }
}
