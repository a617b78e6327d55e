package dev.ghost.internal.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.LoginException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.VerificationException;
import dev.ghost.api.Way;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.copy.Sample;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.plan.PriorRun;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs one migration: inspect, prepare, stream, copy, verify, cut over, finish. Run by one thread,
 * which asks and never writes SQL; {@link #cancel} and {@link #stop} may come from others.
 */
public final class Migration implements Operation {

  private final Server server;
  private final AlterRequest request;
  private final Settings settings;
  private final ProgressReporter reporter;

  private final StopSignal stopSignal;
  private final PhaseDriver phases;
  private final Optional<CutoverGroup> group;

  public Migration(
      Server server,
      AlterRequest request,
      Settings settings,
      MigrationListener listener,
      Optional<CutoverGroup> group) {
    this.server = server;
    this.group = group.filter(CutoverGroup::several);
    this.request =
        request.withCompanions(this.group.map(g -> g.companions(request.table())).orElse(Set.of()));
    this.settings = settings;
    this.reporter = new ProgressReporter(listener, request.table());
    this.stopSignal = new StopSignal(request.table());
    this.phases = phases(settings.keeping(Optional.empty()), this.group);
  }

  private PhaseDriver phases(Settings chosen, Optional<CutoverGroup> with) {
    return new PhaseDriver(server, request.table(), chosen, reporter, stopSignal, with);
  }

  @Override
  public MigrationResult run() {
    try {
      Session own = server.open(phases.profile());
      Optional<MigrationResult> direct = madeByServer(own);
      if (direct.isPresent()) {
        return direct.get();
      }
      Inspection inspection = inspect(own);
      PriorRun priorRun = prepare(own, inspection, settings.startOver());
      if (priorRun == PriorRun.SWAPPED) {
        return phases.finishEarlierRun(own, inspection, Way.GHOST);
      }
      Optional<Checkpoint> earlier = Optional.empty();
      PlannedMigration planned;
      if (priorRun == PriorRun.RESUMABLE) {
        earlier = Optional.of(takeUp(own, inspection));
        planned = resume(own, inspection);
      } else {
        planned = phases.build(own, inspection).planned();
      }
      MigrationResult made = phases.conduct(own, inspection, planned, earlier).orElseThrow();
      return settings.keepInStep().isPresent() ? keepInStep(own, made) : made;
    } catch (Exception e) {
      throw phases.told(e);
    }
  }

  /**
   * Keeps the retired table in step with the new one.
   *
   * @return what was made; or that it was taken back, if somebody has ordered that
   */
  private MigrationResult keepInStep(Session own, MigrationResult made) throws Exception {
    String retired = made.retiredTable().orElseThrow();
    reporter.warning(
        "The tables are swapped. %s is kept in step for %s; ghost revert --table %s swaps back, ghost stop ends it."
            .formatted(retired, settings.keepInStep().orElseThrow(), request.table().table()));
    stopSignal.swapped(false);
    PhaseDriver keeper = phases(settings.keeping(settings.keepInStep()), Optional.empty());
    try {
      return new Reversal(keeper, Map.of()).swapBack(own).orElse(made);
    } catch (CancelledException e) {
      reporter.warning("%s is no longer kept in step.".formatted(retired));
      return made;
    } catch (GhostException e) {
      throw noLongerInStep(retired, e);
    } catch (SQLException e) {
      throw noLongerInStep(retired, server.errors().inRun(e, ""));
    } finally {
      stopSignal.swapped(true);
    }
  }

  /** The same kind of failure, with what is different after a cutover. */
  private GhostException noLongerInStep(String retired, GhostException e) {
    String what =
        "The tables are swapped, and that is done; but %s is no longer kept in step: %s"
            .formatted(retired, e.what());
    String remedy =
        "ghost revert --table %s brings it in step again, and swaps back."
            .formatted(request.table().table());
    return switch (e.exitCode()) {
      case LOGIN_REFUSED -> new LoginException(what, remedy, e);
      case INTERFERENCE -> new InterferenceException(what, remedy, e);
      case ROWS_DO_NOT_FIT -> new RowRejectedException(what, remedy, e);
      case TABLES_DIFFER -> new VerificationException(what, remedy, e);
      case CUTOVER_BLOCKED -> new CutoverException(what, remedy, e);
      case BUG -> new MigrationException(what, remedy, e);
      default -> new StoppedException(what, remedy, e);
    };
  }

  @Override
  public MigrationPlan plan() {
    try {
      Session own = server.open(phases.profile());
      Optional<DirectChange> direct = direct(own, Way.METADATA);
      if (direct.isPresent()) {
        return direct.get().plan();
      }
      Inspection inspection = inspect(own);
      PriorRun priorRun = prepare(own, inspection, false);
      if (priorRun == PriorRun.SWAPPED) {
        throw new RefusedException(
            "An earlier run of the same change has already swapped the tables of %s."
                .formatted(inspection.names().source()),
            "ghost alter cleans up what it left.");
      }
      if (priorRun == PriorRun.RESUMABLE) {
        reporter.warning("An earlier run has left a checkpoint; the run continues from there.");
        PlannedMigration planned = own.runOnce(inspection::resume);
        phases.joined(planned);
        return planned.plan().compared(phases.comparedBefore(own, inspection));
      }
      return estimated(phases.build(own, inspection));
    } catch (Exception e) {
      throw phases.told(e);
    }
  }

  /** The plan with an estimate of its time; the ghost is gone then. */
  private MigrationPlan estimated(PhaseDriver.Built built)
      throws SQLException, InterruptedException {
    PlannedMigration planned = built.planned();
    try (Session session = server.open(planned.profile())) {
      return built.plan().lasting(Sample.estimate(session, planned).orElse(Duration.ZERO));
    } catch (SQLException e) {
      if (!server.driver().classify(e).isDataError()) {
        throw e;
      }
      throw new RowRejectedException(
          "Among the first rows of %s is one that does not fit the new schema: %s"
              .formatted(planned.names().source(), e.getMessage()),
          "Change the row, or the new definition; ghost alter names the row.",
          e);
    } finally {
      phases.discard(planned);
    }
  }

  @Override
  public void cancel() {
    stopSignal.cancel();
  }

  @Override
  public void stop() {
    stopSignal.stop();
  }

  /**
   * Has the server make the change itself, in the cheapest way that it does not refuse.
   *
   * @return empty where a ghost is to make it
   */
  private Optional<MigrationResult> madeByServer(Session own)
      throws SQLException, InterruptedException {
    Optional<DirectChange> direct = direct(own, Way.METADATA);
    while (direct.isPresent()) {
      try {
        return Optional.of(directRun().make(direct.get(), request.table().schema()));
      } catch (DirectChange.ImpossibleException e) {
        direct = instead(own, direct.get().plan().way(), e);
      }
    }
    return Optional.empty();
  }

  /** What is tried instead of a way that the server has refused; empty for a ghost. */
  private Optional<DirectChange> instead(
      Session own, Way refused, DirectChange.ImpossibleException e)
      throws SQLException, InterruptedException {
    Optional<DirectChange> next =
        refused == Way.METADATA ? direct(own, Way.IN_PLACE) : Optional.empty();
    if (next.isEmpty() && settings.strategy() == Strategy.DIRECT) {
      throw new RefusedException(
          "%s cannot make this change of %s itself after all: %s"
              .formatted(server.driver().product(), request.table(), e.getMessage()),
          "Leave --strategy direct out, and it is made by a ghost.",
          e);
    }
    reporter.warning(
        "%s refuses for %s what it did with an empty table of the same definition, so %s: %s"
            .formatted(
                server.driver().product(),
                request.table(),
                next.isPresent() ? "it is tried in place" : "a ghost is built",
                e.getMessage()));
    return next;
  }

  /**
   * How the server could make the change itself, where that is asked for.
   *
   * @param cheapest the cheapest way that is looked at
   */
  private Optional<DirectChange> direct(Session own, Way cheapest)
      throws SQLException, InterruptedException {
    if (settings.strategy() == Strategy.GHOST || !request.expressions().isEmpty()) {
      return Optional.empty();
    }
    reporter.phase(Phase.INSPECT);
    phases.lockRun(own, server.dialect().artifacts(request.table()), request.table());
    Optional<DirectChange> direct =
        own.runOnce(c -> server.dialect().direct(c, request, cheapest))
            .filter(d -> group.isEmpty() || d.plan().way() == Way.NOTHING);
    if (direct.isEmpty() && cheapest == Way.METADATA && settings.strategy() == Strategy.DIRECT) {
      throw new RefusedException(
          "%s cannot make this change of %s without copying the table or keeping the application waiting, or an unfinished run is in the way."
              .formatted(server.driver().product(), request.table()),
          "Leave --strategy direct out, and it is made by a ghost.");
    }
    return direct;
  }

  private DirectRun directRun() {
    return new DirectRun(server, settings.cutover(), reporter, stopSignal);
  }

  private Inspection inspect(Session own) throws SQLException, InterruptedException {
    reporter.phase(Phase.INSPECT);
    own.execute(c -> server.dialect().refuseSubscribers(c, settings.acceptedPublications()));
    return own.transaction(c -> server.dialect().inspect(c, request));
  }

  /** Keeps other runs away, and decides what becomes of what an unfinished one left. */
  private PriorRun prepare(Session own, Inspection inspection, boolean startOver)
      throws SQLException, InterruptedException {
    phases.lockRun(own, inspection.artifacts(), inspection.names().source());
    PriorRun priorRun = own.transaction(inspection::priorRun);
    if (priorRun == PriorRun.RESUMABLE) {
      // What a killed run was just doing may still come to its end, a swap even.
      own.execute(inspection::awaitPriorSessionsGone);
      priorRun = own.transaction(inspection::priorRun);
    }
    if (priorRun == PriorRun.UNFINISHED || (priorRun == PriorRun.RESUMABLE && startOver)) {
      reporter.warning(
          "An earlier run on %s ended before its cutover; its ghost table is dropped and the copy begins again."
              .formatted(inspection.names().source()));
      own.execute(inspection.artifacts()::clean);
      return PriorRun.NONE;
    }
    if (priorRun == PriorRun.RESUMABLE) {
      refuseAnotherChange(own, inspection);
    }
    return priorRun;
  }

  private void refuseAnotherChange(Session own, Inspection inspection)
      throws SQLException, InterruptedException {
    String earlier =
        own.transaction(c -> inspection.artifacts().journal().read(c, EntryKind.REQUEST))
            .orElse("");
    if (!earlier.equals(request.text())) {
      throw new RefusedException(
          "An unfinished run has left a checkpoint of another change of %s:%n  %s"
              .formatted(inspection.names().source(), earlier),
          "Run it again with that change, and it continues where it ended; or remove what it left"
              + " with ghost cleanup --table %s, and run this one."
                  .formatted(inspection.names().source().table()));
    }
  }

  /** Makes the checkpoint of an earlier run ours. */
  private Checkpoint takeUp(Session own, Inspection inspection)
      throws SQLException, InterruptedException {
    Journal journal = inspection.artifacts().journal();
    Checkpoint mine =
        Checkpoint.of(own.transaction(c -> journal.read(c, EntryKind.CHECKPOINT)).orElseThrow())
            .nextAttempt();
    own.execute(
        c -> {
          journal.write(c, EntryKind.CHECKPOINT, mine.text());
          journal.write(c, EntryKind.STATUS, "");
        });
    return mine;
  }

  private PlannedMigration resume(Session own, Inspection inspection)
      throws SQLException, InterruptedException {
    reporter.phase(Phase.PREPARE);
    PlannedMigration planned = own.runOnce(inspection::resume);
    phases.joined(planned);
    reporter.planned(planned.plan().compared(phases.comparedBefore(own, inspection)));
    reporter.warning(
        "An earlier run on %s ended before its cutover; this one continues where it was."
            .formatted(inspection.names().source()));
    return planned;
  }
}
