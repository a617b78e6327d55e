package dev.ghost.api;

import java.time.Duration;
import java.util.Optional;

/**
 * A moment in the life of a migration.
 *
 * @param phase what is being done
 * @param rowsDone rows copied (or, in {@link Phase#VERIFY}, compared) so far
 * @param rowsEstimate the server's estimate of the rows there are; never less than {@code rowsDone}
 * @param rowsPerSecond rate of the phase so far
 * @param pendingKeys changed keys that still have to be applied
 * @param keysApplied changed keys applied since the start
 * @param streamLag how far the change stream is behind the server
 * @param throttled why copy and comparison are held; empty when they are not
 * @param yielding how copy and comparison give way to the application; empty when they do not
 * @param elapsed time since the migration began
 */
public record Progress(
    Phase phase,
    long rowsDone,
    long rowsEstimate,
    long rowsPerSecond,
    long pendingKeys,
    long keysApplied,
    Duration streamLag,
    Optional<String> throttled,
    Optional<String> yielding,
    Duration elapsed) {

  /** Part of the phase that is done, from 0 to 1. */
  public double fraction() {
    return rowsEstimate == 0 ? 0 : (double) rowsDone / rowsEstimate;
  }
}
