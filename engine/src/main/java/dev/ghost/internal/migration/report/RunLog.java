package dev.ghost.internal.migration.report;

import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.internal.log.Masked;
import dev.ghost.internal.request.TableName;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the course of one run to the log: what the listener is told, what it came to, and how long
 * it took. Guarded by the {@link ProgressReporter}; the static methods are thread-safe.
 */
public final class RunLog {

  private static final Logger LOG = LoggerFactory.getLogger(RunLog.class);

  /** A hold that lasts for so long is worth a line for everybody. */
  private static final Duration LONG_HOLD = Duration.ofMinutes(1);

  private static final Duration PROGRESS_EVERY = Duration.ofMinutes(1);

  private final TableName table;
  private long nextProgress = System.nanoTime();
  private Optional<String> held = Optional.empty();
  private long heldSince;
  private boolean heldLong;

  RunLog(TableName table) {
    this.table = table;
  }

  /**
   * Logs the beginning of a run, or of a plan.
   *
   * @param what it is, to begin a line with
   * @param version of the engine; empty for a development build
   * @return what logs its end
   */
  public static Course begins(String what, Optional<String> version) {
    LOG.info(
        "{} begins: ghost {}, Java {}",
        what,
        version.orElse("(development build)"),
        Runtime.version());
    return new Course(what, System.nanoTime());
  }

  /** A run, or a plan, that has begun. */
  public record Course(String what, long begun) {

    /** Logs that it is done, and returns its result. */
    public <T> T done(T result) {
      LOG.info(
          "{} is done after {} ms{}",
          what,
          millisSince(begun),
          result instanceof MigrationResult made ? ": " + summary(made) : "");
      return result;
    }

    /** Logs that it has failed, or was ended, and returns the reason. */
    public GhostException failed(GhostException e) {
      if (e instanceof CancelledException) {
        LOG.info("{} was ended after {} ms: {}", what, millisSince(begun), said(e));
      } else {
        LOG.error(
            "{} has failed after {} ms: {}", what, millisSince(begun), said(e), Masked.failure(e));
      }
      return e;
    }
  }

  /** Logs which server a run works on. */
  public static void server(String product, Object address) {
    LOG.info("The server is {} at {}; it and the way to it are checked", product, address);
  }

  private static String said(GhostException e) {
    return "%s, exit code %d: %s"
        .formatted(e.getClass().getSimpleName(), e.exitCode().number(), Masked.firstLine(e.what()));
  }

  private static String summary(MigrationResult made) {
    return "way %s, %d rows copied, %d keys applied, %d rows verified, %d cutover attempts, stall %d ms"
        .formatted(
            lower(made.way()),
            made.rowsCopied(),
            made.keysApplied(),
            made.rowsVerified(),
            made.cutoverAttempts(),
            made.stall().toMillis());
  }

  void phase(Phase next) {
    LOG.info("{}: phase {} begins", table, lower(next));
  }

  void phaseEnded(Phase phase, Duration took) {
    LOG.info("{}: phase {} is over after {} ms", table, lower(phase), took.toMillis());
  }

  void planned(MigrationPlan plan) {
    LOG.info(
        "{}: planned on {}, way {}, key {}, about {} rows and {} MB; sample compared: {}",
        table,
        plan.server(),
        lower(plan.way()),
        plan.chunkKey().orElse("none"),
        plan.estimatedRows(),
        plan.estimatedBytes() >> 20,
        plan.comparison().map(c -> c.rows() + " rows").orElse("none"));
    LOG.trace("{}: the change is {}", table, Masked.sql(plan.change(), false));
  }

  void warning(String message) {
    LOG.warn("{}: {}", table, Masked.told(message));
  }

  void beforeCutover() {
    LOG.info("{}: everything is ready for the cutover", table);
  }

  void compared() {
    LOG.info("{}: both tables were compared as a whole, and are equal", table);
  }

  void postponed(int attempt, String reason) {
    LOG.info("{}: cutover attempt {} is postponed: {}", table, attempt, Masked.told(reason));
  }

  void progress(Progress p) {
    long now = System.nanoTime();
    held(p.throttled(), now);
    if (now - nextProgress >= 0) {
      nextProgress = now + PROGRESS_EVERY.toNanos();
      LOG.debug(
          "{}: {} of about {} rows, {} keys pending, {} applied, stream lag {} ms; {}",
          table,
          p.rowsDone(),
          p.rowsEstimate(),
          p.pendingKeys(),
          p.keysApplied(),
          p.streamLag().toMillis(),
          p.yielding().orElse("gives way to nobody"));
    }
  }

  /** Each change of why the copy is held; a long hold is told louder, with its end. */
  private void held(Optional<String> reason, long now) {
    Duration since = Duration.ofNanos(now - heldSince);
    if (!reason.equals(held)) {
      if (held.isEmpty()) {
        heldSince = now;
        heldLong = false;
      }
      if (reason.isPresent()) {
        LOG.debug("{}: held: {}", table, Masked.told(reason.get()));
      } else if (heldLong) {
        LOG.info("{}: no longer held, after {} ms", table, since.toMillis());
      } else {
        LOG.debug("{}: no longer held, after {} ms", table, since.toMillis());
      }
      held = reason;
    } else if (held.isPresent() && !heldLong && since.compareTo(LONG_HOLD) >= 0) {
      heldLong = true;
      LOG.info("{}: held for {} ms by now: {}", table, since.toMillis(), Masked.told(held.get()));
    }
  }

  private static long millisSince(long begun) {
    return (System.nanoTime() - begun) / 1_000_000;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
