package dev.ghost;

import java.time.Duration;

/**
 * What an option is where nobody sets it. The command line reads its defaults from here too.
 *
 * @since 0.1
 */
public final class DefaultSettings {

  /** See {@link PaceOptions#threads}. */
  public static final int THREADS = 2;

  /** See {@link PaceOptions#chunkTime}. */
  public static final Duration CHUNK_TIME = Duration.ofMillis(500);

  /** See {@link PaceOptions#maxLag}. */
  public static final Duration MAX_LAG = Duration.ofSeconds(5);

  /** See {@link RunOptions#lockTimeout}. */
  public static final Duration LOCK_TIMEOUT = Duration.ofSeconds(1);

  /** See {@link RunOptions#drainTimeout}. */
  public static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(3);

  /** See {@link RunOptions#cutoverTries}. */
  public static final int CUTOVER_TRIES = 60;

  /** See {@link RunOptions#verifyEvery}. */
  public static final Duration VERIFY_EVERY = Duration.ofHours(1);

  /** See {@link RunOptions#longTransaction}. */
  public static final Duration LONG_TRANSACTION = Duration.ofMinutes(1);

  /** See {@link RunOptions#maxLog}; in bytes. */
  public static final long MAX_LOG = 32L << 30;

  private DefaultSettings() {}
}
