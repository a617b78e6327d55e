package dev.ghost;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.migration.Settings;
import dev.ghost.internal.throttle.TimeWindow;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Sets what every run has: its cutover, its verification, its limits. Not thread-safe.
 *
 * @param <B> the builder itself
 * @since 0.1
 */
public abstract sealed class RunOptions<B extends RunOptions<B>> extends PaceOptions<B>
    permits ChangeOptions, RevertBuilder {

  final Access access;

  private MigrationListener listener = new MigrationListener() {};
  private boolean verify = true;
  private Duration verifyEvery = DefaultSettings.VERIFY_EVERY;
  private boolean startOver;
  private boolean dropRetired;
  private Duration lockTimeout = DefaultSettings.LOCK_TIMEOUT;
  private Duration drainTimeout = DefaultSettings.DRAIN_TIMEOUT;
  private Optional<Duration> maxStall = Optional.empty();
  private int cutoverTries = DefaultSettings.CUTOVER_TRIES;
  private Optional<Duration> endBlockersAfter = Optional.empty();
  private Optional<TimeWindow> cutoverWindow = Optional.empty();
  private boolean postponeCutover;
  private long maxLog = DefaultSettings.MAX_LOG;
  private long maxDisk = Long.MAX_VALUE;
  private Optional<Duration> maxDuration = Optional.empty();
  private Duration longTransaction = DefaultSettings.LONG_TRANSACTION;
  private boolean assumeOneWriter;
  private Set<String> acceptedPublications = Set.of();

  RunOptions(Access access) {
    this.access = access;
  }

  /** Sets who follows the run. Its methods are called by one thread at a time. */
  public B listener(MigrationListener value) {
    listener = Objects.requireNonNull(value);
    return self();
  }

  /** Compares the tables before the cutover, which is the default; or does not. */
  public B verify(boolean value) {
    verify = value;
    return self();
  }

  /**
   * Sets how long after a comparison the tables are compared again while the cutover waits. The
   * default is 1 h.
   */
  public B verifyEvery(Duration value) {
    verifyEvery = positive("--verify-every", value);
    return self();
  }

  /**
   * Begins again where an earlier run of the same change has left a checkpoint. By default that run
   * is continued.
   */
  public B startOver(boolean value) {
    startOver = value;
    return self();
  }

  /** Drops the former table at the end. By default it is kept. */
  public B dropRetired(boolean value) {
    dropRetired = value;
    return self();
  }

  /**
   * Limits how long the application may queue behind the cutover's wait for its lock. The default
   * is 1 s.
   */
  public B lockTimeout(Duration value) {
    lockTimeout = positive("--lock-timeout", value);
    return self();
  }

  /** Limits how long the last changes may take to arrive under the lock. The default is 3 s. */
  public B drainTimeout(Duration value) {
    drainTimeout = positive("--drain-timeout", value);
    return self();
  }

  /**
   * Limits how long one transaction of the application may wait for the cutover, over all its
   * tries. A try gets no more time than that, whatever the other limits are. The default is twice
   * the lock timeout.
   */
  public B maxStall(Duration value) {
    maxStall = Optional.of(positive("the longest stall", value));
    return self();
  }

  /**
   * Sets how often the cutover is tried. The default is 60.
   *
   * @throws UsageException if it is less than 1
   */
  public B cutoverTries(int value) {
    if (value < 1) {
      throw new UsageException(
          "--cutover-tries is %d, and must be at least 1.".formatted(value),
          "Give a larger number.");
    }
    cutoverTries = value;
    return self();
  }

  /**
   * Ends the sessions that are in the cutover's way, this long after its first try. The listener is
   * told of each. By default none is ended. A stock MariaDB does not say who holds a lock, and then
   * none is ended either.
   */
  public B cutoverKillBlockersAfter(Duration value) {
    endBlockersAfter = Optional.of(positive("--cutover-kill-blockers-after", value));
    return self();
  }

  /** Cuts over only at this time of the day; see {@link #copyWindow}. */
  public B cutoverWindow(String window) {
    cutoverWindow = Optional.of(TimeWindow.parse(window));
    return self();
  }

  /**
   * Waits with the cutover for {@link ControlCommand.Kind#CUTOVER}; the ghost is verified and kept
   * in step meanwhile. The default is false.
   */
  public B postponeCutover(boolean value) {
    postponeCutover = value;
    return self();
  }

  /**
   * Limits the log that the server has to keep for the change stream, where it keeps any
   * (PostgreSQL). More stops the run. The default is 32 GB.
   *
   * @param value in bytes
   */
  public B maxLog(long value) {
    maxLog = size("--max-log", value);
    return self();
  }

  /**
   * Limits the room that the ghost takes, indexes included. More stops the run. By default there is
   * no limit.
   *
   * @param value in bytes
   */
  public B maxDisk(long value) {
    maxDisk = size("--max-disk", value);
    return self();
  }

  /**
   * Limits how long the run may take, the wait for its cutover included. More stops it. By default
   * there is no limit.
   */
  public B maxDuration(Duration value) {
    maxDuration = Optional.of(positive("--max-duration", value));
    return self();
  }

  /**
   * Sets how long a transaction may hold a lock on the table before its session is named in a
   * warning and in the status: the cutover would have to wait for it. The default is 1 min.
   */
  public B longTransaction(Duration value) {
    longTransaction = positive("--long-transaction", value);
    return self();
  }

  /**
   * Says that all writes to the table come to this server, although it is one of several that take
   * writes. Without it a Galera cluster, a group with several primaries, a writable replica and the
   * like are refused.
   */
  public B assumeOneWriter(boolean value) {
    assumeOneWriter = value;
    return self();
  }

  /**
   * Accepts that what ghost writes to its own tables is sent to anyone who reads these publications
   * (PostgreSQL, FOR ALL TABLES). Without it, the run is refused where a replication slot could be
   * for one: a subscriber stops at a table that it does not have.
   */
  public B acceptPublication(String... names) {
    acceptedPublications = Set.copyOf(List.of(names));
    return self();
  }

  MigrationListener listener() {
    return listener;
  }

  boolean dropsRetired() {
    return dropRetired;
  }

  Set<String> acceptedPublications() {
    return acceptedPublications;
  }

  /** Returns how the server is reached, with the sessions that a run of this kind needs. */
  RunAccess runAccess() {
    return new RunAccess(access, threads(), assumeOneWriter);
  }

  /** What only some runs have. */
  record ChangeSettings(
      Strategy strategy, Set<String> acceptedDifferences, Optional<Duration> keepInStep) {}

  /** Returns the settings as they are now, for a primary whose login its replicas have too. */
  Function<ServerAddress, Settings> settings(ChangeSettings change) {
    Settings settings =
        new Settings(
            change.strategy,
            chunkTime(),
            threads(),
            threads(),
            pendingBytes(),
            new Settings.Limits(maxLog, maxDisk, maxDuration, longTransaction),
            verify,
            dropRetired,
            startOver,
            change.acceptedDifferences,
            acceptedPublications,
            throttling(),
            postponeCutover,
            verifyEvery,
            cutoverWindow,
            change.keepInStep,
            new Cutover.Settings(
                lockTimeout,
                drainTimeout,
                maxStall.orElse(lockTimeout.multipliedBy(2)),
                cutoverTries,
                endBlockersAfter));
    List<String> replicas = replicas();
    return primary -> settings.withReplicas(access.replicas(replicas, primary));
  }

  private static long size(String option, long bytes) {
    if (bytes <= 0) {
      throw new UsageException(
          "%s is %d bytes, and must be more than 0.".formatted(option, bytes),
          "Give a size such as 500MB or 20GB.");
    }
    return bytes;
  }
}
