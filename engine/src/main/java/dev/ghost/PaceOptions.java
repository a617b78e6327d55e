package dev.ghost;

import dev.ghost.api.UsageException;
import dev.ghost.internal.migration.Settings;
import dev.ghost.internal.throttle.TimeWindow;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Sets how fast a run copies and compares, and what holds it. The replay of changes is never held.
 * Not thread-safe.
 *
 * @param <B> the builder itself
 * @since 0.1
 */
public abstract sealed class PaceOptions<B extends PaceOptions<B>> permits RunOptions {

  private int threads = DefaultSettings.THREADS;
  private Duration chunkTime = DefaultSettings.CHUNK_TIME;
  private long pendingBytes = Runtime.getRuntime().maxMemory() / 4;
  private Map<String, Double> maxLoad = Map.of();
  private Map<String, Double> criticalLoad = Map.of();
  private String throttleQuery = "";
  private Optional<Path> throttleFile = Optional.empty();
  private Optional<URI> throttleHttp = Optional.empty();
  private double maxRows;
  private boolean fullSpeed;
  private final List<String> replicas = new ArrayList<>();
  private boolean discoverReplicas;
  private Duration maxLag = DefaultSettings.MAX_LAG;
  private Optional<TimeWindow> copyWindow = Optional.empty();

  PaceOptions() {}

  abstract B self();

  /**
   * Sets how many chunks are copied at once, and how many workers replay changes. The default is 2
   * of each.
   *
   * @throws UsageException if it is less than 1 or more than 64
   */
  public B threads(int value) {
    if (value < 1 || value > Settings.MOST_THREADS) {
      throw new UsageException(
          "--threads is %d, and must be from 1 to %d.".formatted(value, Settings.MOST_THREADS),
          "Give a number in that range.");
    }
    threads = value;
    return self();
  }

  /** Sets how long the copy of a chunk should take. The default is 500 ms. */
  public B chunkTime(Duration value) {
    chunkTime = positive("--chunk-time", value);
    return self();
  }

  /**
   * Limits the heap for changed keys that wait to be applied. The default is a quarter of the heap.
   *
   * @param value in bytes
   */
  public B pendingBytes(long value) {
    pendingBytes = value;
    return self();
  }

  /**
   * Holds copy and comparison while a figure of the server's load is beyond its limit. On MySQL and
   * MariaDB a figure is a status variable, such as {@code Threads_running}; on PostgreSQL it is
   * {@code active_backends}, {@code waiting_backends} or {@code idle_in_transaction}.
   */
  public B maxLoad(Map<String, Double> limits) {
    maxLoad = Map.copyOf(limits);
    return self();
  }

  /** Ends the run when a figure of the server's load is beyond its limit; see {@link #maxLoad}. */
  public B criticalLoad(Map<String, Double> limits) {
    criticalLoad = Map.copyOf(limits);
    return self();
  }

  /** Holds copy and comparison while the first value of a query is not zero. */
  public B throttleQuery(String sql) {
    throttleQuery = Objects.requireNonNull(sql);
    return self();
  }

  /** Holds copy and comparison while a file exists on this machine. */
  public B throttleFile(Path file) {
    throttleFile = Optional.of(file);
    return self();
  }

  /**
   * Holds copy and comparison while an address answers a HEAD request with anything but 200, or
   * does not answer within a second.
   *
   * @throws UsageException if it is no http or https address
   */
  public B throttleHttp(URI address) {
    if (!List.of("http", "https").contains(String.valueOf(address.getScheme()))) {
      throw new UsageException(
          "'%s' is no address that can be asked.".formatted(address),
          "Write it as http://host:port/path.");
    }
    throttleHttp = Optional.of(address);
    return self();
  }

  /**
   * Holds copy and comparison while this replica is further behind than {@link #maxLag}, or cannot
   * be asked. May be called for several replicas.
   *
   * @param url without a user in it, the login is that of the primary
   */
  public B replica(String url) {
    replicas.add(url);
    return self();
  }

  /**
   * Asks the server for its replicas, which then count as if each were given to {@link #replica}.
   * MySQL and MariaDB report those with {@code report_host}; the login is that of the primary. The
   * default is false.
   */
  public B discoverReplicas(boolean value) {
    discoverReplicas = value;
    return self();
  }

  /** Sets how far a replica may be behind. The default is 5 s. */
  public B maxLag(Duration value) {
    maxLag = positive("--max-lag", value);
    return self();
  }

  /**
   * Copies and compares at most so many rows a second. The default, 0, is no limit.
   *
   * @throws UsageException if it is negative
   */
  public B maxRowsPerSecond(double rows) {
    if (rows < 0) {
      throw new UsageException(
          "--max-rows-per-second is %s, and cannot be negative.".formatted(rows),
          "Give 0 for no limit.");
    }
    maxRows = rows;
    return self();
  }

  /**
   * Copies and compares at full speed, whatever the application feels of it. By default a run gives
   * way while others are at work on the server: chunks are small, with rests between them. How long
   * the rests are depends on how much longer a commit takes beside a chunk than in a rest.
   */
  public B fullSpeed(boolean value) {
    fullSpeed = value;
    return self();
  }

  /**
   * Copies and compares only at this time of the day, by the clock of this machine.
   *
   * @param window such as {@code 22:00-04:30}
   */
  public B copyWindow(String window) {
    copyWindow = Optional.of(TimeWindow.parse(window));
    return self();
  }

  int threads() {
    return threads;
  }

  Duration chunkTime() {
    return chunkTime;
  }

  long pendingBytes() {
    return pendingBytes;
  }

  List<String> replicas() {
    return List.copyOf(replicas);
  }

  /** Returns what holds the copy, without the replicas: their login is that of the primary. */
  Settings.Throttling throttling() {
    return new Settings.Throttling(
        maxLoad,
        criticalLoad,
        throttleQuery,
        throttleHttp,
        throttleFile,
        maxLag,
        List.of(),
        discoverReplicas,
        copyWindow,
        maxRows,
        fullSpeed);
  }

  static Duration positive(String option, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new UsageException(
          "%s is %s, and must be more than 0.".formatted(option, value),
          "Give a time such as 500ms, 2s or 1m.");
    }
    return value;
  }
}
