package dev.ghost.internal.migration;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.plan.PriorRun;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes a change back: the retired table becomes the ghost of the one that took its name. What
 * differs between them is found by comparing, so nobody need have watched since the cutover; from
 * then on the stream keeps them in step; and the same cutover swaps them back. Run by one thread.
 */
public final class Reversal implements Operation {

  private static final long LOOK_MILLIS = 200;

  private final Server server;
  private final TableName table;
  private final Map<String, String> expressions;
  private final ProgressReporter reporter;
  private final StopSignal stopSignal;
  private final PhaseDriver phases;

  /**
   * @param expressions by a column of the retired table, over the columns of the present one
   */
  public Reversal(
      Server server,
      TableName table,
      Map<String, String> expressions,
      Settings settings,
      MigrationListener listener) {
    this(
        new PhaseDriver(
            server,
            table,
            settings,
            new ProgressReporter(listener, table),
            new StopSignal(table),
            Optional.empty()),
        expressions);
  }

  /** One that continues where a migration has ended. */
  Reversal(PhaseDriver phases, Map<String, String> expressions) {
    this.phases = phases;
    this.server = phases.server();
    this.table = phases.table();
    this.expressions = expressions;
    this.reporter = phases.reporter();
    this.stopSignal = phases.stopSignal();
  }

  @Override
  public MigrationResult run() {
    try {
      Session own = server.open(phases.profile());
      Artifacts artifacts = server.dialect().artifacts(table);
      boolean kept =
          own.transaction(
              c ->
                  artifacts.running(c)
                      && artifacts.journal().exists(c)
                      && artifacts
                          .journal()
                          .read(c, EntryKind.REQUEST)
                          .filter(AlterRequest::reverts)
                          .isPresent());
      return kept ? tell(own, artifacts) : swapBack(own).orElseThrow();
    } catch (Exception e) {
      throw phases.told(e);
    }
  }

  @Override
  public MigrationPlan plan() {
    try {
      Session own = server.open(phases.profile());
      Inspection inspection = take(own);
      if (priorRun(own, inspection) == PriorRun.SWAPPED) {
        throw new RefusedException(
            "The tables of %s were swapped back already.".formatted(table),
            "ghost revert cleans up what that run has left.");
      }
      PlannedMigration planned = phases.build(own, inspection).planned();
      own.execute(planned::discard);
      return planned.plan();
    } catch (Exception e) {
      throw phases.told(e);
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
   * Brings the retired table in step, and swaps back; or only keeps it in step for a while.
   *
   * @return empty when it was only kept in step
   */
  Optional<MigrationResult> swapBack(Session own) throws Exception {
    Inspection inspection = take(own);
    if (priorRun(own, inspection) == PriorRun.SWAPPED) {
      return Optional.of(phases.finishEarlierRun(own, inspection, Way.REVERT));
    }
    return phases.conduct(
        own, inspection, phases.build(own, inspection).planned(), Optional.empty());
  }

  private Inspection take(Session own) throws SQLException, InterruptedException {
    reporter.phase(Phase.INSPECT);
    own.execute(
        c -> server.dialect().refuseSubscribers(c, phases.settings().acceptedPublications()));
    Inspection inspection =
        own.transaction(c -> server.dialect().inspectBack(c, table, expressions));
    phases.lockRun(own, inspection.artifacts(), inspection.names().source());
    return inspection;
  }

  /** An earlier try has done nothing that is worth keeping. */
  private PriorRun priorRun(Session own, Inspection inspection)
      throws SQLException, InterruptedException {
    PriorRun priorRun = own.transaction(inspection::priorRun);
    if (priorRun == PriorRun.UNFINISHED) {
      own.execute(inspection::awaitPriorSessionsGone);
      priorRun = own.transaction(inspection::priorRun);
    }
    if (priorRun == PriorRun.UNFINISHED) {
      own.execute(inspection.artifacts()::clean);
    }
    return priorRun;
  }

  /** Has the process swap back that keeps the retired table in step. */
  private MigrationResult tell(Session own, Artifacts artifacts)
      throws SQLException, InterruptedException {
    AdminCommands running = new AdminCommands(server);
    reporter.phase(Phase.CUTOVER);
    TableName retired = own.transaction(artifacts::retired);
    reporter.warning(
        "%s is kept in step by a running process, which is told to swap back: %s"
            .formatted(
                table, running.tell(table, ControlCommand.cutover()).orElse("it has ended.")));
    while (own.transaction(artifacts::running)) {
      stopSignal.stopIfAsked();
      Thread.sleep(LOOK_MILLIS);
    }
    boolean back =
        own.transaction(server.dialect()::retired).stream()
            .noneMatch(r -> r.name().equals(retired));
    if (!back) {
      throw new StoppedException(
          "The process that kept %s in step has ended without swapping back.".formatted(table),
          "It has said why. Run the command again, and it is done from here.");
    }
    return new MigrationResult(
        table.toString(),
        Way.REVERT,
        0,
        0,
        0,
        Duration.ZERO,
        Duration.ZERO,
        0,
        reporter.phases(),
        reporter.warnings(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }
}
