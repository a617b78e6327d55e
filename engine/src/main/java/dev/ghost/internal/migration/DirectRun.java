package dev.ghost.internal.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.log.Steps;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a change that the server makes itself: step by step, each under a guarded lock. */
final class DirectRun {

  private static final Logger LOG = LoggerFactory.getLogger(DirectRun.class);

  private final Server server;
  private final Cutover.Settings settings;
  private final ProgressReporter reporter;
  private final StopSignal stopSignal;

  DirectRun(
      Server server, Cutover.Settings settings, ProgressReporter reporter, StopSignal stopSignal) {
    this.server = server;
    this.settings = settings;
    this.reporter = reporter;
    this.stopSignal = stopSignal;
  }

  /**
   * Makes the change.
   *
   * @throws DirectChange.ImpossibleException if the server cannot after all, and nothing was done
   */
  MigrationResult make(DirectChange change, String schema)
      throws SQLException, InterruptedException {
    MigrationPlan plan = change.plan();
    reporter.planned(plan);
    Duration stall = Duration.ZERO;
    int attempts = 0;
    if (plan.way() != Way.NOTHING) {
      reporter.phase(Phase.CUTOVER);
      reporter.beforeCutover();
      try (Session worker = server.open(SessionProfile.work(schema));
          Session guard = server.open(SessionProfile.work(schema));
          StatementStop stop = new StatementStop(server, schema, stopSignal, worker.number())) {
        Steps steps = new Steps(LOG, plan.table() + ": the server's own change");
        for (int step = 0; step < change.steps(); step++) {
          long begun = System.nanoTime();
          attempts += take(change, step, worker, guard);
          steps.done("step %d of %d is made".formatted(step + 1, change.steps()));
          Duration took = Duration.ofNanos(System.nanoTime() - begun);
          stall = plan.way() == Way.METADATA && took.compareTo(stall) > 0 ? took : stall;
        }
      }
    }
    return new MigrationResult(
        plan.table(),
        plan.way(),
        0,
        0,
        0,
        stall,
        stall,
        attempts,
        reporter.phases(),
        reporter.warnings(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** Returns how many tries it took. */
  private int take(DirectChange change, int step, Session worker, Session guard)
      throws SQLException, InterruptedException {
    Swap.Lock lock = new Swap.Lock(false, LockQueue.NOT_SEEN);
    for (int attempt = 1; attempt <= settings.tries(); attempt++) {
      stopSignal.stopIfAsked();
      try {
        lock = change.take(step, worker.connection(), guard.connection(), settings.lockTimeout());
      } catch (CancelledException e) {
        stopSignal.stopIfAsked();
        throw e;
      } catch (DirectChange.ImpossibleException e) {
        throw e;
      } catch (SQLException e) {
        throw failed(change, step, e);
      }
      if (lock.granted()) {
        return attempt;
      }
      stopSignal.stopIfAsked();
      reporter.postponed(attempt, Cutover.notGranted(settings.lockTimeout(), lock));
      if (attempt < settings.tries()) {
        Cutover.backOff(attempt);
      }
    }
    throw new CutoverException(
        "The change of %s was tried %d times. The last time, %s"
            .formatted(
                change.plan().table(),
                settings.tries(),
                Cutover.notGranted(settings.lockTimeout(), lock)),
        "Run the command again when the table is quieter, end the sessions named above, or allow"
            + " more time with --lock-timeout and --cutover-tries.");
  }

  /**
   * Tells of a step that the server did not take.
   *
   * @throws SQLException the same one, where the change is not to blame for it
   */
  private GhostException failed(DirectChange change, int step, SQLException e) throws SQLException {
    String table = change.plan().table();
    ErrorClass errorClass = server.driver().classify(e);
    if (errorClass == ErrorClass.CONNECTION_LOST) {
      return new StoppedException(
          "The connection was lost while the server was changing %s: %s"
              .formatted(table, e.getMessage()),
          "Run the command again: it makes the change, or says that it is made. A DROP that is made"
              + " is refused, because what it drops is gone.",
          e);
    }
    if (errorClass == ErrorClass.KILLED && e.getSuppressed().length == 0) {
      stopSignal.stopIfAsked();
    }
    if (errorClass.isDataError()) {
      return new RowRejectedException(
          "A row of %s does not fit the new schema: %s".formatted(table, e.getMessage()),
          state(e) + " Change the row, or the new definition; then run it again.",
          e);
    }
    if (step > 0 || errorClass.circumstantial()) {
      throw e;
    }
    String what =
        "%s does not accept the change of %s: %s"
            .formatted(server.driver().product(), table, e.getMessage());
    String remedy = state(e) + " Correct the change, or have the privilege granted.";
    return errorClass == ErrorClass.SYNTAX
        ? new UsageException(what, remedy, e)
        : new RefusedException(what, remedy, e);
  }

  /** What has become of the table: a step that fails is undone, unless that fails too. */
  private static String state(SQLException e) {
    return e.getSuppressed().length == 0
        ? "The table is as it was."
        : Arrays.stream(e.getSuppressed())
            .map(Throwable::getMessage)
            .collect(Collectors.joining("; ", "Not all of it could be undone: ", "."));
  }
}
