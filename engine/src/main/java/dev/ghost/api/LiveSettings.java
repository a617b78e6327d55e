package dev.ghost.api;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Settings that a run takes while it runs. What is empty stays as it is.
 *
 * <pre>{@code
 * LiveSettings slower = LiveSettings.NONE.withThreads(1).withMaxRowsPerSecond(5_000);
 * ghost.send("orders", ControlCommand.set(slower));
 * }</pre>
 *
 * @param chunkTime how long a chunk should take
 * @param threads how many chunks are copied at once
 * @param maxRowsPerSecond rows that are copied a second; 0 for no limit
 * @param fullSpeed true for not giving way to the application
 * @param maxLoad figures of the server's load beyond which the copy is held; an empty map for none
 * @param criticalLoad the same, beyond which the run ends
 * @since 0.1
 */
public record LiveSettings(
    Optional<Duration> chunkTime,
    Optional<Integer> threads,
    Optional<Double> maxRowsPerSecond,
    Optional<Boolean> fullSpeed,
    Optional<Map<String, Double>> maxLoad,
    Optional<Map<String, Double>> criticalLoad) {

  /** Changes nothing. */
  public static final LiveSettings NONE =
      new LiveSettings(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** Copies the maps. */
  public LiveSettings {
    maxLoad = maxLoad.map(Map::copyOf);
    criticalLoad = criticalLoad.map(Map::copyOf);
  }

  /** Tells whether nothing would change. */
  public boolean isEmpty() {
    return equals(NONE);
  }

  /** Returns these settings with another time for a chunk. */
  public LiveSettings withChunkTime(Duration value) {
    return new LiveSettings(
        Optional.of(value), threads, maxRowsPerSecond, fullSpeed, maxLoad, criticalLoad);
  }

  /** Returns these settings with another number of chunks that are copied at once. */
  public LiveSettings withThreads(int value) {
    return new LiveSettings(
        chunkTime, Optional.of(value), maxRowsPerSecond, fullSpeed, maxLoad, criticalLoad);
  }

  /** Returns these settings with another limit of rows a second; 0 for none. */
  public LiveSettings withMaxRowsPerSecond(double value) {
    return new LiveSettings(
        chunkTime, threads, Optional.of(value), fullSpeed, maxLoad, criticalLoad);
  }

  /** Returns these settings with giving way switched off, or on. */
  public LiveSettings withFullSpeed(boolean value) {
    return new LiveSettings(
        chunkTime, threads, maxRowsPerSecond, Optional.of(value), maxLoad, criticalLoad);
  }

  /** Returns these settings with other limits of the server's load. */
  public LiveSettings withMaxLoad(Map<String, Double> value) {
    return new LiveSettings(
        chunkTime, threads, maxRowsPerSecond, fullSpeed, Optional.of(value), criticalLoad);
  }

  /** Returns these settings with other limits of the server's load that end the run. */
  public LiveSettings withCriticalLoad(Map<String, Double> value) {
    return new LiveSettings(
        chunkTime, threads, maxRowsPerSecond, fullSpeed, maxLoad, Optional.of(value));
  }
}
