package dev.ghost.internal.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Way;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.checkpoint.ComparisonNote;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.SwapUnknownException;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.ServerErrors;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.storage.StoredForm;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Leads a ghost that is built, or taken up, through the phases from the start of the stream to the
 * end; and decides what becomes of it when that fails. Used by the run's own thread.
 */
record PhaseDriver(
    Server server,
    TableName table,
    Settings settings,
    ProgressReporter reporter,
    StopSignal stopSignal,
    Optional<CutoverGroup> group) {

  /** How long the server may take to say whether the tables were swapped. */
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(15);

  private static final String UNTOUCHED = "The source is untouched.";

  SessionProfile profile() {
    return SessionProfile.work(table.schema());
  }

  /**
   * Keeps other runs away from the table.
   *
   * @throws RefusedException if another one is at work, or if another version has left what this
   *     one cannot read
   */
  void lockRun(Session own, Artifacts artifacts, TableName source)
      throws SQLException, InterruptedException {
    if (!own.runOnce(artifacts::lockRun)) {
      throw new RefusedException(
          "Another run of ghost is working on " + source + ".", "Wait for it, or stop it.");
    }
    own.transaction(c -> storedForm(c, artifacts.journal()))
        .ifPresent(form -> form.refuseOther(source));
  }

  private static Optional<StoredForm> storedForm(Connection c, Journal journal)
      throws SQLException {
    return journal.exists(c)
        ? journal.read(c, EntryKind.FORM).map(StoredForm::of)
        : Optional.empty();
  }

  /**
   * A ghost that was built.
   *
   * @param plan with what the server's own ALTER made of a sample
   */
  record Built(PlannedMigration planned, MigrationPlan plan) {}

  /**
   * Has the inspected migration make its ghost, and compares it with what the server's own ALTER
   * makes; nothing is left of one that could not be made.
   */
  Built build(Session own, Inspection inspection) throws SQLException {
    reporter.phase(Phase.PREPARE);
    try {
      PlannedMigration planned = own.runOnce(inspection::build);
      joined(planned);
      MigrationPlan plan = compared(own, inspection, planned);
      reporter.planned(plan);
      return new Built(planned, plan);
    } catch (SQLException | RuntimeException e) {
      own.executeOnce(c -> inspection.artifacts().clean(c));
      throw e;
    }
  }

  /**
   * Refuses a ghost that is built, or taken up, if it cannot be swapped; or not together with those
   * before.
   */
  void joined(PlannedMigration planned) {
    if (group.isPresent()) {
      group.get().joined(planned);
    } else {
      server.dialect().group(List.of(planned)).refuseTogether();
    }
  }

  /** The plan, with what the server's own ALTER made of a sample. */
  private MigrationPlan compared(Session own, Inspection inspection, PlannedMigration planned)
      throws SQLException {
    if (planned.filled()) {
      return planned.plan();
    }
    Optional<ServerComparison> found =
        own.runOnce(c -> planned.compareWithServer(c, settings.acceptedDifferences()));
    if (found.isPresent()) {
      reporter.accepted(found.get());
      String note = ComparisonNote.of(found.get()).text();
      own.executeOnce(c -> inspection.artifacts().journal().write(c, EntryKind.COMPARISON, note));
    }
    return planned.plan().compared(found);
  }

  /** What an earlier run has noted of that, which continues now, or is cleaned up behind. */
  Optional<ServerComparison> comparedBefore(Session own, Inspection inspection)
      throws SQLException, InterruptedException {
    Optional<ServerComparison> found =
        own.transaction(c -> inspection.artifacts().journal().read(c, EntryKind.COMPARISON))
            .map(text -> ComparisonNote.of(text).comparison());
    found.ifPresent(reporter::accepted);
    return found;
  }

  /**
   * Goes through the phases.
   *
   * @return empty when the ghost was only to be kept in step, and was for as long as wanted
   */
  Optional<MigrationResult> conduct(
      Session own, Inspection inspection, PlannedMigration planned, Optional<Checkpoint> earlier)
      throws Exception {
    MigrationRun run = new MigrationRun(this, planned, own, inspection.artifacts(), earlier);
    Optional<Cutover.Made> made;
    try (run) {
      try {
        reporter.phase(Phase.STREAM);
        run.startStream();

        reporter.phase(Phase.COPY);
        CopyPhase copy = new CopyPhase(run);
        run.workers.await(copy.begin(), run.heartbeat::beat);
        copy.end();

        if (settings.verify()) {
          reporter.phase(Phase.VERIFY);
          run.verify();
        } else {
          reporter.warning("Verification is switched off: the tables are not compared.");
        }

        reporter.phase(Phase.CUTOVER);
        made = cutOver(own, planned, run);
      } catch (CancelledException e) {
        if (!stopSignal.cancelled()) {
          run.keep();
        }
        throw e;
      }
    } catch (Exception | Error e) {
      if (!stopSignal.swapped() && !stopSignal.isSwapUnknown()) {
        end(planned, e, run.worthKeeping());
      }
      throw e;
    }
    return finish(own, planned, run, made);
  }

  private Optional<MigrationResult> finish(
      Session own, PlannedMigration planned, MigrationRun run, Optional<Cutover.Made> made)
      throws SQLException, InterruptedException {
    reporter.phase(Phase.FINISH);
    if (made.isEmpty()) {
      own.execute(planned::discard);
      return Optional.empty();
    }
    own.execute(planned::finish);
    if (settings.dropRetired()) {
      own.execute(planned::dropRetired);
    }
    Optional<TableName> kept =
        Optional.of(planned.names().retired()).filter(name -> !settings.dropRetired());
    return Optional.of(
        new MigrationResult(
            planned.names().source().toString(),
            planned.plan().way(),
            run.progress.rowsCopied(),
            run.progress.keysApplied(),
            run.progress.rowsVerified(),
            made.get().stall(),
            made.get().readerStall(),
            made.get().attempts(),
            reporter.phases(),
            reporter.warnings(),
            reporter.accepted(),
            kept.map(TableName::toString),
            kept.map(t -> planned.dropRetiredSql())));
  }

  private Optional<Cutover.Made> cutOver(Session own, PlannedMigration planned, MigrationRun run)
      throws Exception {
    try {
      Optional<Cutover.Made> made = new CutoverPhase(run).make();
      stopSignal.swapped(made.isPresent());
      return made;
    } catch (CutoverException | StoppedException e) {
      if (group.isEmpty() || !seenSwapped(own, planned, e)) {
        throw e;
      }
      stopSignal.swapped(true);
      reporter.warning(
          "%s is swapped, but not all that were to be at the same moment: %s"
              .formatted(planned.names().source(), e.what()));
      return Optional.of(new Cutover.Made(Duration.ZERO, Duration.ZERO, 1));
    } catch (SQLException e) {
      // The connection can be lost after the server has done the swap and before we hear of it.
      if (seenSwapped(own, planned, e)) {
        stopSignal.swapped(true);
        reporter.warning(
            "The answer to the swap was lost; the server has made it: " + e.getMessage());
        return Optional.of(new Cutover.Made(Duration.ZERO, Duration.ZERO, 1));
      }
      throw e;
    }
  }

  /**
   * Asks the server whether the names are swapped, after a failure.
   *
   * @param <E> what is thrown again where nobody can be asked; what is there is left as it is then
   */
  private <E extends Exception> boolean seenSwapped(
      Session own, PlannedMigration planned, E failure)
      throws E, SQLException, InterruptedException {
    if (failure instanceof SwapUnknownException) {
      stopSignal.swapUnknown();
      throw new StoppedException(
          "A connection was lost under the cutover's lock, and it is not known whether %s was swapped: %s"
              .formatted(planned.names().source(), failure.getMessage()),
          "The server ends the lock by itself within some seconds. Run the same command again: it"
              + " sees whether the tables were swapped, and continues from there.",
          failure);
    }
    try {
      own.answerWithin(ANSWER_LIMIT);
      return own.transaction(planned::swapped);
    } catch (SQLException e) {
      stopSignal.swapUnknown();
      failure.addSuppressed(e);
      throw failure;
    } finally {
      own.clearDeadline();
    }
  }

  /** Cleans up behind an earlier run that had swapped the tables and was killed then. */
  MigrationResult finishEarlierRun(Session own, Inspection inspection, Way way)
      throws SQLException, InterruptedException {
    reporter.phase(Phase.FINISH);
    reporter.warning(
        "An earlier run of the same change had already swapped the tables; what it left is cleaned"
            + " up.");
    comparedBefore(own, inspection);
    own.execute(inspection.artifacts()::clean);
    return new MigrationResult(
        inspection.names().source().toString(),
        way,
        0,
        0,
        0,
        Duration.ZERO,
        Duration.ZERO,
        0,
        Map.copyOf(reporter.phases()),
        reporter.warnings(),
        reporter.accepted(),
        Optional.of(inspection.names().retired().toString()),
        Optional.of(inspection.dropRetiredSql()));
  }

  /** Keeps what was done where the failure can pass, and removes it where it cannot. */
  private void end(PlannedMigration planned, Throwable failure, boolean worthKeeping) {
    if (worthKeeping && !stopSignal.cancelled() && canPass(failure)) {
      reporter.warning(
          "What was done is kept: the same command continues where this one has ended. To remove it: ghost cleanup --table %s."
              .formatted(planned.names().source().table()));
    } else {
      discard(planned, failure);
    }
  }

  private boolean canPass(Throwable failure) {
    return (failure instanceof GhostException told && told.resumable())
        || (failure instanceof SQLException e && errors().inRun(e, UNTOUCHED).resumable())
        || failure instanceof InterruptedException;
  }

  private ServerErrors errors() {
    return server.errors();
  }

  /** Removes every trace. */
  void discard(PlannedMigration planned) throws SQLException, InterruptedException {
    try (Session fresh = server.open(profile())) {
      fresh.execute(planned::discard);
    }
  }

  /** Removes every trace; what cannot be removed is told with the failure. */
  private void discard(PlannedMigration planned, Throwable failure) {
    Thread.interrupted();
    try {
      discard(planned);
    } catch (SQLException | InterruptedException | RuntimeException e) {
      reporter.warning(
          "%s and %s could not be dropped (%s). The next run removes them."
              .formatted(
                  planned.names().ghost(),
                  planned.names().control(),
                  e instanceof GhostException told ? told.what() : e.getMessage()));
      failure.addSuppressed(e);
    }
  }

  /** Turns whatever went wrong into an error that tells. */
  GhostException told(Exception e) {
    String state = reporter.working() ? UNTOUCHED : "";
    if (stopSignal.swapped()) {
      state = "The tables are swapped already; only the cleaning up failed.";
    }
    return errors()
        .told(
            e,
            new ServerErrors.Moment(
                "The migration",
                "The source is untouched. Run the command again to go on.",
                state));
  }
}
