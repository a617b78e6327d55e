package dev.ghost.migration;

import dev.ghost.api.CutoverException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MisfitException;
import dev.ghost.api.Phase;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Way;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.Swap;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** The story of a change that the server makes itself: step by step, each under a guarded lock. */
final class DirectRun {

  private final Dialect dialect;
  private final Sessions sessions;
  private final Cutover.Settings settings;
  private final Narrator narrator;
  private final Helm helm;

  DirectRun(
      Dialect dialect, Sessions sessions, Cutover.Settings settings, Narrator narrator, Helm helm) {
    this.dialect = dialect;
    this.sessions = sessions;
    this.settings = settings;
    this.narrator = narrator;
    this.helm = helm;
  }

  /**
   * Makes the change.
   *
   * @throws DirectChange.ImpossibleException if the server cannot after all, and nothing was done
   */
  MigrationResult make(DirectChange change, String schema)
      throws SQLException, InterruptedException {
    MigrationPlan plan = change.plan();
    narrator.planned(plan);
    Duration stall = Duration.ZERO;
    int attempts = 0;
    if (plan.way() != Way.NOTHING) {
      narrator.phase(Phase.CUTOVER);
      narrator.beforeCutover();
      try (Session worker = sessions.open(SessionProfile.work(schema));
          Session guard = sessions.open(SessionProfile.work(schema));
          StatementStop stop =
              new StatementStop(dialect, sessions, schema, helm, worker.number())) {
        for (int step = 0; step < change.steps(); step++) {
          long begun = System.nanoTime();
          attempts += take(change, step, worker, guard);
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
        narrator.phases(),
        narrator.warnings(),
        "",
        "");
  }

  /** Returns how many tries it took. */
  private int take(DirectChange change, int step, Session worker, Session guard)
      throws SQLException, InterruptedException {
    Swap.Lock lock = new Swap.Lock(false, List.of());
    for (int attempt = 1; attempt <= settings.tries(); attempt++) {
      helm.stopIfAsked();
      try {
        lock = change.take(step, worker.connection(), guard.connection(), settings.lockTimeout());
      } catch (SQLException e) {
        if (dialect.classify(e).aboutRows()) {
          throw new MisfitException(
              "A row of %s does not fit the new schema: %s"
                  .formatted(change.plan().table(), e.getMessage()),
              "The table is as it was. Change the row, or the new definition; then run it again.",
              e);
        }
        if (dialect.classify(e) == Fault.CONNECTION_LOST) {
          throw new StoppedException(
              "The connection was lost while the server was changing %s: %s"
                  .formatted(change.plan().table(), e.getMessage()),
              "Run the command again: it says so when the change has been made, and else makes it.",
              e);
        }
        if (dialect.classify(e) == Fault.KILLED && e.getSuppressed().length == 0) {
          helm.stopIfAsked();
        }
        throw e;
      }
      if (lock.granted()) {
        return attempt;
      }
      helm.stopIfAsked();
      narrator.postponed(attempt, Cutover.notGranted(settings.lockTimeout(), lock));
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
}
