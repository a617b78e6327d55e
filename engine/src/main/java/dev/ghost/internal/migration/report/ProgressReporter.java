package dev.ghost.internal.migration.report;

import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.ServerComparison;
import dev.ghost.internal.request.TableName;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells the listener and the log, one call at a time, and keeps the times of the phases.
 * Thread-safe.
 */
public final class ProgressReporter {

  private final MigrationListener listener;
  private final RunLog log;
  private final long begun = System.nanoTime();
  private final Map<Phase, Duration> phases = new EnumMap<>(Phase.class);
  private final List<String> warnings = new ArrayList<>();
  private Progress latest =
      new Progress(
          Phase.INSPECT,
          0,
          0,
          0,
          0,
          0,
          Duration.ZERO,
          Optional.empty(),
          Optional.empty(),
          Duration.ZERO);
  private Optional<Instant> comparedAt = Optional.empty();
  private List<String> accepted = List.of();
  private @Nullable Phase phase;

  /** A phase after the preparations has begun. */
  private boolean working;

  private long phaseBegun;

  /** Rows of the phase that an earlier run has done. */
  private long before;

  public ProgressReporter(MigrationListener listener, TableName table) {
    this.listener = listener;
    this.log = new RunLog(table);
  }

  public synchronized void phase(Phase next) {
    if (next == phase) {
      return;
    }
    endPhase();
    working |= next.compareTo(Phase.PREPARE) > 0;
    phase = next;
    phaseBegun = System.nanoTime();
    before = 0;
    log.phase(next);
    listener.on(new MigrationEvent.PhaseStarted(next));
  }

  /**
   * Tells whether a run has begun to work on a ghost, or on the table. Before that, what the server
   * says is a reason not to begin.
   */
  public synchronized boolean working() {
    return working;
  }

  /**
   * The phase continues from where an earlier run has ended; its rows do not count for the rate.
   */
  public synchronized void goesOnFrom(long rows) {
    before = rows;
  }

  public synchronized void planned(MigrationPlan plan) {
    log.planned(plan);
    listener.on(new MigrationEvent.Planned(plan));
    plan.warnings().forEach(this::warning);
  }

  public synchronized void warning(String message) {
    warnings.add(message);
    log.warning(message);
    listener.on(new MigrationEvent.Warned(message));
  }

  /** Both tables were compared as a whole, and are equal. */
  public synchronized void compared() {
    comparedAt = Optional.of(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    log.compared();
  }

  /** When they were last found so. */
  public synchronized Optional<Instant> comparedAt() {
    return comparedAt;
  }

  /** Values that the server's own ALTER would not have given are accepted. */
  public synchronized void accepted(ServerComparison found) {
    accepted = found.differences();
  }

  /** Those of which that was told. */
  public synchronized List<String> accepted() {
    return accepted;
  }

  public synchronized void beforeCutover() {
    log.beforeCutover();
    listener.on(new MigrationEvent.CutoverReady());
  }

  public synchronized void postponed(int attempt, String reason) {
    log.postponed(attempt, reason);
    listener.on(new MigrationEvent.CutoverPostponed(attempt, reason));
  }

  public synchronized void progress(
      long rows,
      long estimate,
      long pendingKeys,
      long keysApplied,
      Duration streamLag,
      Optional<String> throttled,
      Optional<String> yielding) {
    double seconds = (System.nanoTime() - phaseBegun) / 1e9;
    latest =
        new Progress(
            phase == null ? latest.phase() : phase,
            rows,
            Math.max(rows, estimate),
            seconds < 0.01 ? 0 : Math.round((rows - before) / seconds),
            pendingKeys,
            keysApplied,
            streamLag,
            throttled,
            yielding,
            Duration.ofNanos(System.nanoTime() - begun));
    log.progress(latest);
    listener.on(new MigrationEvent.ProgressMade(latest));
  }

  /** What was last told, with the phase of now. */
  public synchronized Progress latest() {
    return phase == null || phase == latest.phase()
        ? latest
        : new Progress(
            phase,
            0,
            latest.rowsEstimate(),
            0,
            latest.pendingKeys(),
            latest.keysApplied(),
            latest.streamLag(),
            latest.throttled(),
            latest.yielding(),
            latest.elapsed());
  }

  public synchronized Map<Phase, Duration> phases() {
    endPhase();
    return new EnumMap<>(phases);
  }

  public synchronized List<String> warnings() {
    return List.copyOf(warnings);
  }

  private void endPhase() {
    if (phase != null) {
      Duration took = Duration.ofNanos(System.nanoTime() - phaseBegun);
      phases.merge(phase, took, Duration::plus);
      log.phaseEnded(phase, took);
      phase = null;
    }
  }
}
