package dev.ghost.internal.migration;

import dev.ghost.api.CutoverException;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.verify.Verifier;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Waits for the moment of the cutover, and keeps the ghost in step until then. Used by the run's
 * own thread; or, while that stands still in {@link CutoverGroup#cutOver}, by the one that makes
 * the cutover.
 */
record CutoverWait(MigrationRun run) {

  /** How long the last changes may take at first to be applied, for the cutover to be tried. */
  private static final Duration SOON = Duration.ofMillis(50);

  /** After so long without a try, the cutover may take twice as long. */
  private static final long IMPATIENT_NANOS = Duration.ofSeconds(2).toNanos();

  /** After so long without a try, anyone who watches is told why. */
  private static final Duration WORTH_A_WORD = Duration.ofMinutes(1);

  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  /**
   * Waits until the cutover may be made, and compares the tables again now and then.
   *
   * @param held says why it may not; nothing, when it may
   * @return false when the ghost was only to be kept in step, and was for as long as wanted
   */
  boolean untilAllowed(Supplier<String> held) throws SQLException, InterruptedException {
    String why = held.get();
    if (!why.isEmpty()) {
      run.reporter.warning("The cutover waits: %s. The ghost is kept in step.".formatted(why));
    }
    long nextVerify = System.nanoTime() + run.settings.verifyEvery().toNanos();
    long until = System.nanoTime() + run.settings.keepInStep().orElse(FOR_EVER).toNanos();
    while (!held.get().isEmpty()) {
      if (run.comparisons.begun() && System.nanoTime() - nextVerify > 0) {
        verifyAgain(held);
        nextVerify = System.nanoTime() + run.settings.verifyEvery().toNanos();
      }
      if (System.nanoTime() - until > 0) {
        return false;
      }
      tick();
      run.commandLoop.rest(100);
    }
    return true;
  }

  /** Compares everything once more; gives it up when the cutover may be made meanwhile. */
  private void verifyAgain(Supplier<String> held) throws SQLException, InterruptedException {
    Verifier again = run.comparisons.another();
    run.workers.await(
        run.comparing(again),
        () -> {
          tick(() -> run.heartbeat.beat(again::rowsVerified));
          if (held.get().isEmpty()) {
            again.abandon();
          }
        });
    if (again.compared().whole()) {
      run.explain(again);
    }
  }

  /**
   * Waits until the rest could be applied in no time. That is measured and not counted in keys:
   * under a steady load, as many keys are pending at any moment as arrive while a batch is applied.
   * What counts as no time grows while we wait, up to a quarter of what the drain is allowed.
   */
  void untilNearlyEmpty() throws SQLException, InterruptedException {
    Duration most = run.settings.cutover().drainTimeout().dividedBy(4);
    Duration waited = Duration.ZERO;
    while (true) {
      if (!untilAllowed(run.commandLoop::cutoverHeld)) {
        throw new CutoverException(
            "The cutover of %s was postponed until its time was over."
                .formatted(run.planned.names().source()),
            "Nothing was changed.");
      }
      long asked = System.nanoTime();
      run.replicator.settleAll(this::tick);
      Duration behind = Duration.ofNanos(System.nanoTime() - asked);
      tick();
      if (run.throttle.reason().isEmpty() && behind.compareTo(allowed(waited, most)) <= 0) {
        return;
      }
      Duration before = waited;
      waited = waited.plus(behind);
      if (before.compareTo(WORTH_A_WORD) < 0 && waited.compareTo(WORTH_A_WORD) >= 0) {
        run.reporter.warning(
            "The cutover of %s waits: the table is written to so much that the ghost is %d ms behind, and no more than %d ms would be tried. It continues by itself when there are fewer writes; a longer --drain-timeout allows more."
                .formatted(run.planned.names().source(), behind.toMillis(), most.toMillis()));
      }
    }
  }

  private static Duration allowed(Duration waited, Duration most) {
    Duration soon = SOON.multipliedBy(1L << Math.min(20, waited.toNanos() / IMPATIENT_NANOS));
    return soon.compareTo(most) < 0 ? soon : most;
  }

  private void tick() throws SQLException, InterruptedException {
    tick(run.heartbeat::beat);
  }

  /** Also for those whose threads stand still until the cutover is made. */
  private void tick(Task own) throws SQLException, InterruptedException {
    if (run.group.isPresent()) {
      run.group.get().tick(own);
    } else {
      own.run();
    }
  }
}
