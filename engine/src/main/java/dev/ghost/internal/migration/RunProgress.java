package dev.ghost.internal.migration;

import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.throttle.AdaptiveYield;
import dev.ghost.internal.throttle.Throttle;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Tells how far a run is: to the listener, and in its checkpoints. Used by the run's own thread
 * only.
 */
final class RunProgress {

  private final PlannedMigration planned;
  private final ProgressReporter reporter;
  private final Frontier frontier;
  private final PendingKeys pending;
  private final Comparisons comparisons;
  private final Throttle throttle;
  private final AdaptiveYield adaptiveYield;

  /** Rows that the runs before have copied. */
  private final long before;

  /** Rows that this run has copied, or reconciled. */
  private LongSupplier copied = () -> 0;

  RunProgress(
      PlannedMigration planned,
      Optional<Checkpoint> earlier,
      ProgressReporter reporter,
      Frontier frontier,
      PendingKeys pending,
      Comparisons comparisons,
      Throttle throttle,
      AdaptiveYield adaptiveYield) {
    this.planned = planned;
    this.before = earlier.map(Checkpoint::rowsCopied).orElse(0L);
    this.reporter = reporter;
    this.frontier = frontier;
    this.pending = pending;
    this.comparisons = comparisons;
    this.throttle = throttle;
    this.adaptiveYield = adaptiveYield;
  }

  /** Takes the rows of the copy from here on from what copies, or reconciles. */
  void countsCopied(LongSupplier rows) {
    copied = rows;
  }

  /** Returns the rows that this run and those that it continues from have copied, or reconciled. */
  long rowsCopied() {
    return before + copied.getAsLong();
  }

  /** Returns the rows that are compared; of the last whole comparison, once there is one. */
  long rowsVerified() {
    return comparisons.rows();
  }

  /** Returns the rows of the phase. */
  long rows() {
    return comparisons.begun() ? rowsVerified() : rowsCopied();
  }

  /** Returns the changed keys that are applied for good. */
  long keysApplied() {
    return pending.settledTotal();
  }

  /** Adds what is done by now to the last checkpoint. */
  Checkpoint noted(Checkpoint last) {
    return comparisons.noted(last.withCopied(frontier.finished(), rowsCopied()));
  }

  /** Tells the listener. */
  void report(long rows, Duration lag) {
    reporter.progress(
        rows,
        planned.plan().estimatedRows(),
        pending.size(),
        keysApplied(),
        lag,
        unlessEmpty(throttle.reason()),
        unlessEmpty(adaptiveYield.says()));
  }

  private static Optional<String> unlessEmpty(String text) {
    return Optional.of(text).filter(t -> !t.isEmpty());
  }
}
