package dev.ghost.internal.change;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns when this machine's clock was set back. Debezium's queue measures how long it waits for
 * more events by that clock: it then waits for as long as the clock was set back, or until a batch
 * of events has come together. Not thread-safe.
 */
final class ClockStep {

  private static final Logger LOG = LoggerFactory.getLogger(ClockStep.class);

  /** Less than this is not worth a line: so long the stream may stand still. */
  private static final Duration LEAST = Duration.ofMinutes(1);

  private final LongSupplier wallMillis;
  private final LongSupplier nanos;

  /** The most that the clock of the wall was ahead of the one that nobody sets. */
  private long mostAhead;

  /**
   * @param wallMillis the clock that can be set, in milliseconds
   * @param nanos the one that cannot
   */
  ClockStep(LongSupplier wallMillis, LongSupplier nanos) {
    this.wallMillis = wallMillis;
    this.nanos = nanos;
    this.mostAhead = ahead();
  }

  private long ahead() {
    return wallMillis.getAsLong() - nanos.getAsLong() / 1_000_000;
  }

  /** Compares the two clocks, and logs a warning for each step back. */
  void check() {
    long ahead = ahead();
    if (mostAhead - ahead > LEAST.toMillis()) {
      LOG.warn(
          "The clock of this machine was set back by {} s: the change stream can stand still for as"
              + " long. Stop the run and start it again: it continues.",
          (mostAhead - ahead) / 1_000);
      mostAhead = ahead;
    }
    mostAhead = Math.max(mostAhead, ahead);
  }
}
