package dev.ghost.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Way;
import dev.ghost.checkpoint.Checkpoint;
import dev.ghost.checkpoint.ComparisonNote;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.Remains;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.SwapUnknownException;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.session.ServerErrors;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Leads a ghost that is built, or taken up, through the phases from the start of the stream to the
 * end; and decides what becomes of it when that fails. Used by one thread, the conductor.
 */
record Conductor(
    Dialect dialect,
    Sessions sessions,
    ServerAddress address,
    TableName table,
    Settings settings,
    Narrator narrator,
    Helm helm,
    Together together) {

  /** How long the server may take to say whether the tables were swapped. */
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(15);

  private static final String UNTOUCHED = "The source is untouched.";

  SessionProfile profile() {
    return SessionProfile.work(table.schema());
  }

  /** Keeps other runs away from the table. */
  void lockRun(Session own, Remains remains, TableName source) throws SQLException {
    if (!own.once(remains::lockRun)) {
      throw new RefusedException(
          "Another run of ghost is working on " + source + ".", "Wait for it, or stop it.");
    }
  }

  /**
   * A ghost that was built.
   *
   * @param plan with what the server's own ALTER made of a sample
   */
  record Built(Workbench bench, MigrationPlan plan) {}

  /**
   * Has the draft make its ghost, and compares it with what the server's own ALTER makes; nothing
   * is left of one that could not be made.
   */
  Built build(Session own, Draft draft) throws SQLException {
    narrator.phase(Phase.PREPARE);
    try {
      Workbench bench = own.once(draft::build);
      together.joined(bench);
      MigrationPlan plan = compared(own, draft, bench);
      narrator.planned(plan);
      return new Built(bench, plan);
    } catch (SQLException | RuntimeException e) {
      own.once(
          c -> {
            draft.remains().clean(c);
            return null;
          });
      throw e;
    }
  }

  /** The plan, with what the server's own ALTER made of a sample. */
  private MigrationPlan compared(Session own, Draft draft, Workbench bench) throws SQLException {
    if (bench.filled()) {
      return bench.plan();
    }
    Optional<ServerComparison> found =
        own.once(c -> bench.compareWithServer(c, settings.acceptedDifferences()));
    if (found.isPresent()) {
      narrator.accepted(found.get());
      String note = ComparisonNote.of(found.get()).text();
      own.once(
          c -> {
            draft.remains().journal().write(c, Note.COMPARISON, note);
            return null;
          });
    }
    return bench.plan().compared(found);
  }

  /** What an earlier run has noted of that, which goes on now, or is cleaned up behind. */
  Optional<ServerComparison> comparedBefore(Session own, Draft draft)
      throws SQLException, InterruptedException {
    Optional<ServerComparison> found =
        own.transaction(c -> draft.remains().journal().read(c, Note.COMPARISON))
            .map(text -> ComparisonNote.of(text).comparison());
    found.ifPresent(narrator::accepted);
    return found;
  }

  /**
   * Goes through the phases.
   *
   * @return empty when the ghost was only to be kept in step, and was for as long as wanted
   */
  Optional<MigrationResult> conduct(
      Session own, Draft draft, Workbench bench, Optional<Checkpoint> earlier) throws Exception {
    Run run = new Run(this, bench, own, draft.remains(), earlier);
    Optional<Cutover.Made> made;
    try (run) {
      made = phases(own, bench, run);
    } catch (Exception | Error e) {
      if (!helm.swapped() && !helm.isSwapUnknown()) {
        end(bench, e, run.worthKeeping());
      }
      throw e;
    }
    narrator.phase(Phase.FINISH);
    if (made.isEmpty()) {
      own.execute(bench::discard);
      return Optional.empty();
    }
    own.execute(bench::finish);
    if (settings.dropRetired()) {
      own.execute(bench::dropRetired);
    }
    return Optional.of(
        new MigrationResult(
            bench.names().source().toString(),
            bench.plan().way(),
            run.rowsCopied(),
            run.keysApplied(),
            run.rowsVerified(),
            made.get().stall(),
            made.get().readerStall(),
            made.get().attempts(),
            narrator.phases(),
            narrator.warnings(),
            narrator.accepted(),
            settings.dropRetired() ? "" : bench.names().retired().toString(),
            settings.dropRetired() ? "" : bench.dropRetiredSql()));
  }

  private Optional<Cutover.Made> phases(Session own, Workbench bench, Run run) throws Exception {
    try {
      narrator.phase(Phase.STREAM);
      run.startStream();

      narrator.phase(Phase.COPY);
      run.fill();

      if (settings.verify()) {
        narrator.phase(Phase.VERIFY);
        run.verify();
      } else {
        narrator.warning("Verification is switched off: the tables are not compared.");
      }

      narrator.phase(Phase.CUTOVER);
      return cutOver(own, bench, run);
    } catch (CancelledException e) {
      if (!helm.cancelled()) {
        run.keep();
      }
      throw e;
    }
  }

  private Optional<Cutover.Made> cutOver(Session own, Workbench bench, Run run) throws Exception {
    try {
      Optional<Cutover.Made> made = run.cutOver();
      helm.swapped(made.isPresent());
      return made;
    } catch (CutoverException | StoppedException e) {
      if (!together.several() || !seenSwapped(own, bench, e)) {
        throw e;
      }
      helm.swapped(true);
      narrator.warning(
          "%s is swapped, but not all that were to be at the same moment: %s"
              .formatted(bench.names().source(), e.what()));
      return Optional.of(new Cutover.Made(Duration.ZERO, Duration.ZERO, 1));
    } catch (SQLException e) {
      // The connection can be lost after the server has done the swap and before we hear of it.
      if (seenSwapped(own, bench, e)) {
        helm.swapped(true);
        narrator.warning(
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
  private <E extends Exception> boolean seenSwapped(Session own, Workbench bench, E failure)
      throws E, SQLException, InterruptedException {
    if (failure instanceof SwapUnknownException) {
      helm.swapUnknown();
      throw new StoppedException(
          "A connection was lost under the cutover's lock, and it is not known whether %s was swapped: %s"
              .formatted(bench.names().source(), failure.getMessage()),
          "The server ends the lock by itself within some seconds. Run the same command again: it"
              + " sees whether the tables were swapped, and goes on from there.",
          failure);
    }
    try {
      own.answerWithin(ANSWER_LIMIT);
      return own.transaction(bench::swapped);
    } catch (SQLException e) {
      helm.swapUnknown();
      failure.addSuppressed(e);
      throw failure;
    } finally {
      own.takeTime();
    }
  }

  /** Cleans up behind an earlier run that had swapped the tables and was killed then. */
  MigrationResult finishEarlierRun(Session own, Draft draft, Way way)
      throws SQLException, InterruptedException {
    narrator.phase(Phase.FINISH);
    narrator.warning(
        "An earlier run of the same change had already swapped the tables; what it left is cleaned"
            + " up.");
    comparedBefore(own, draft);
    own.execute(draft.remains()::clean);
    return new MigrationResult(
        draft.names().source().toString(),
        way,
        0,
        0,
        0,
        Duration.ZERO,
        Duration.ZERO,
        0,
        Map.copyOf(narrator.phases()),
        narrator.warnings(),
        narrator.accepted(),
        draft.names().retired().toString(),
        draft.dropRetiredSql());
  }

  /** Keeps what was done where the failure can pass, and removes it where it cannot. */
  private void end(Workbench bench, Throwable failure, boolean worthKeeping) {
    if (worthKeeping && !helm.cancelled() && canPass(failure)) {
      narrator.warning(
          "What was done is kept: the same command goes on where this one has ended. To remove it: ghost cleanup --table %s."
              .formatted(bench.names().source().table()));
    } else {
      discard(bench, failure);
    }
  }

  private boolean canPass(Throwable failure) {
    return (failure instanceof GhostException told && told.resumable())
        || (failure instanceof SQLException e && errors().inRun(e, UNTOUCHED).resumable())
        || failure instanceof InterruptedException;
  }

  private ServerErrors errors() {
    return new ServerErrors(dialect);
  }

  /** Removes every trace. */
  void discard(Workbench bench) throws SQLException, InterruptedException {
    try (Session fresh = sessions.open(profile())) {
      fresh.execute(bench::discard);
    }
  }

  /** Removes every trace; what cannot be removed is told with the failure. */
  private void discard(Workbench bench, Throwable failure) {
    Thread.interrupted();
    try {
      discard(bench);
    } catch (SQLException | InterruptedException | RuntimeException e) {
      narrator.warning(
          "%s and %s could not be dropped (%s). The next run removes them."
              .formatted(
                  bench.names().ghost(),
                  bench.names().control(),
                  e instanceof GhostException told ? told.what() : e.getMessage()));
      failure.addSuppressed(e);
    }
  }

  /** What can fail in any way. */
  @FunctionalInterface
  interface Part<T> {
    T run() throws Exception;
  }

  /** Runs a part, and turns whatever goes wrong into an error that tells. */
  <T> T told(Part<T> part) {
    try {
      return part.run();
    } catch (GhostException e) {
      throw e;
    } catch (SQLException e) {
      if (helm.swapped()) {
        throw errors().inRun(e, "The tables are swapped already; only the cleaning up failed.");
      }
      throw narrator.working() ? errors().inRun(e, UNTOUCHED) : errors().beforeRun(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(
          "The migration was interrupted.",
          "The source is untouched. Run the command again to go on.",
          e);
    } catch (RuntimeException e) {
      throw new MigrationException(
          "The engine failed: " + e,
          "The source is untouched. Please report this as a bug, with the stack trace.",
          e);
    } catch (Exception e) {
      throw new MigrationException(
          "The migration failed: " + e,
          "The source is untouched. Please report this as a bug, with the stack trace.",
          e);
    }
  }
}
