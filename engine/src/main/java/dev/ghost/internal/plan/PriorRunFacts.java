package dev.ghost.internal.plan;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.util.Optional;

/**
 * What a dialect has found of an earlier run of a table.
 *
 * @param journal true when a run's journal is there
 * @param request what that run was asked for; empty when it ended before it made anything else
 * @param swapped true when it had swapped the names
 * @param checkpoint true when its ghost is there, and a checkpoint
 * @param conflict the refusal of a name that a run needs and something else has; not looked for
 *     where another fact decides
 */
public record PriorRunFacts(
    boolean journal,
    Optional<String> request,
    boolean swapped,
    boolean checkpoint,
    Optional<RefusedException> conflict) {

  /** No run has left a journal. */
  public static PriorRunFacts none(Optional<RefusedException> conflict) {
    return new PriorRunFacts(false, Optional.empty(), false, false, conflict);
  }

  /** A run had swapped, and ended before it could clean up. */
  public static PriorRunFacts swapped(Optional<String> request) {
    return new PriorRunFacts(true, request, true, false, Optional.empty());
  }

  /** A run ended before its swap. */
  public static PriorRunFacts unfinished(
      Optional<String> request, boolean checkpoint, Optional<RefusedException> conflict) {
    return new PriorRunFacts(true, request, false, checkpoint, conflict);
  }

  /**
   * Decides what a run does with it.
   *
   * @param source the table
   * @param asked the text of what that run is asked for
   * @return empty where a run of another change had swapped: what it left is removed, and then
   *     there is nothing of it
   * @throws RefusedException if an unfinished run goes the other way, or a name is taken
   */
  public Optional<PriorRun> decide(TableName source, String asked) {
    boolean back = AlterRequest.reverts(asked);
    if (!swapped && request.filter(r -> AlterRequest.reverts(r) != back).isPresent()) {
      throw new RefusedException(
          "A run of another change of %s has left something.".formatted(source),
          "See ghost status; let that run end, or remove what it left with ghost cleanup --table %s."
              .formatted(source.table()));
    }
    if (conflict.isPresent()) {
      throw conflict.get();
    }
    if (!journal) {
      return Optional.of(PriorRun.NONE);
    }
    if (swapped) {
      return Optional.of(PriorRun.SWAPPED).filter(s -> request.equals(Optional.of(asked)));
    }
    return Optional.of(checkpoint && !back ? PriorRun.RESUMABLE : PriorRun.UNFINISHED);
  }
}
