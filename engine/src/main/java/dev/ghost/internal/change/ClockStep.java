package dev.ghost.internal.change;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How far this machine's clock was set back since a moment that we have seen. Used under the lock
 * of the stream.
 */
final class ClockStep {

  private final LongSupplier wallMillis;
  private final LongSupplier nanos;

  /** The most that the clock of the wall was ahead of the one that nobody sets. */
  private long mostAhead = Long.MIN_VALUE;

  /**
   * @param wallMillis the clock that can be set, in milliseconds
   * @param nanos the one that cannot
   */
  ClockStep(LongSupplier wallMillis, LongSupplier nanos) {
    this.wallMillis = wallMillis;
    this.nanos = nanos;
  }

  Duration now() {
    long ahead = wallMillis.getAsLong() - nanos.getAsLong() / 1_000_000;
    mostAhead = Math.max(mostAhead, ahead);
    return Duration.ofMillis(mostAhead - ahead);
  }
}
