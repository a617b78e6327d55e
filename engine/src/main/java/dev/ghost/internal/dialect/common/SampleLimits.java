package dev.ghost.internal.dialect.common;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What the comparison with the server's own ALTER may take: rows, bytes, and time. Its clock runs
 * from the beginning, when the first row is looked for.
 */
public final class SampleLimits {

  /** Rows of a sample. */
  public static final int ROWS = 2_000;

  /** Bytes of its values. The row that reaches them is the last one. */
  public static final long BYTES = 16L << 20;

  /** As many rows are compared, however long it takes: the remarkable ones of some columns. */
  static final int FEWEST = 100;

  private static final long LOOKING_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  /** For looking, for the server's ALTER, and for ghost's copy. */
  private static final long ALL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier clock;
  private final long begun;

  private SampleLimits(LongSupplier clock) {
    this.clock = clock;
    this.begun = clock.getAsLong();
  }

  public static SampleLimits begin() {
    return begin(System::nanoTime);
  }

  static SampleLimits begin(LongSupplier nanos) {
    return new SampleLimits(nanos);
  }

  /** True when no more rows are looked for: there are enough, or it has taken long enough. */
  public boolean reached(int rows, long bytes) {
    return rows >= ROWS || bytes >= BYTES || took() > LOOKING_NANOS;
  }

  /** The first of some rows, as far as there is room for them. */
  public static <K> List<K> within(Map<K, Long> bytesOfRows) {
    List<K> rows = new ArrayList<>();
    long bytes = 0;
    for (Map.Entry<K, Long> row : bytesOfRows.entrySet()) {
      if (rows.size() >= ROWS || bytes >= BYTES) {
        break;
      }
      rows.add(row.getKey());
      bytes += row.getValue();
    }
    return rows;
  }

  /**
   * How many of the rows that were found, and put into tables, the server is to alter. Half of the
   * time is for that and for ghost's copy, which take about as long as to put them there.
   */
  public int forServer(int rows) {
    return halved(rows, ALL_NANOS / 2);
  }

  /** How many of the rows that the server has altered ghost is to copy, by what all took so far. */
  public int forGhost(int rows) {
    return halved(rows, ALL_NANOS);
  }

  /** A half of them, and a half of that, until so many would not have taken too long. */
  private int halved(int rows, long limit) {
    int left = rows;
    for (long time = took(); time > limit && left > FEWEST; time /= 2) {
      left = Math.max(FEWEST, left / 2);
    }
    return left;
  }

  private long took() {
    return clock.getAsLong() - begun;
  }
}
