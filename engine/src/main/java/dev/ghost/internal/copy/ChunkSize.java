package dev.ghost.internal.copy;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many rows make a chunk that takes about the wanted time. Thread-safe. Grows by half at the
 * most from one chunk to the next, and shrinks at once.
 */
public final class ChunkSize {

  private static final Logger LOG = LoggerFactory.getLogger(ChunkSize.class);

  private static final long SMALLEST = 100;
  private static final long LARGEST = 200_000;

  private final Supplier<Duration> target;
  private final LongSupplier most;
  private long rows = 1_000;

  /** What the log knows; it is told when that is wrong by a third. */
  private long logged = rows;

  /**
   * @param target asked each time, for it can be changed
   * @param most rows of a chunk, whatever it takes; asked each time as well
   */
  public ChunkSize(Supplier<Duration> target, LongSupplier most) {
    this.target = target;
    this.most = most;
  }

  public synchronized long rows() {
    return Math.min(rows, most.getAsLong());
  }

  /** Learns from a chunk of {@code size} rows. */
  public synchronized void took(long size, Duration time) {
    double ratio = (double) target.get().toNanos() / Math.max(time.toNanos(), 1);
    long fit = Math.round(Math.min(size * ratio, rows * 1.5));
    // A chunk that was cut short by the end of the table says nothing of larger ones. A range of
    // pages can have somewhat fewer rows than were asked for.
    if (fit > rows && size < rows / 2) {
      return;
    }
    rows = Math.max(SMALLEST, Math.min(LARGEST, fit));
    if (3 * Math.abs(rows - logged) > logged) {
      logged = rows;
      LOG.debug("Chunks have {} rows from now on: {} rows took {} ms", rows, size, time.toMillis());
    }
  }
}
