package dev.ghost.internal.dialect;

import java.util.List;
import java.util.Set;

/**
 * The queue for a lock that we wait for, as far as the server shows it to this user.
 *
 * @param blockers those before us
 * @param heldUp the transactions behind us, and those that wait for them; names that {@link
 *     Driver#unfinished} knows
 * @param seen true when it was looked at; false when the wait was over before
 */
public record LockQueue(List<Blocker> blockers, Set<String> heldUp, boolean seen) {

  public static final LockQueue NOT_SEEN = new LockQueue(List.of(), Set.of(), false);

  /** One that was looked at. */
  public LockQueue(List<Blocker> blockers, Set<String> heldUp) {
    this(blockers, heldUp, true);
  }

  public LockQueue {
    blockers = List.copyOf(blockers);
    heldUp = Set.copyOf(heldUp);
  }
}
