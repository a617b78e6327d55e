package dev.ghost.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import dev.ghost.checkpoint.Checkpoint;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Journal;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.Remains;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The story of one migration: inspect, prepare, stream, copy, verify, cut over, finish. Run by one
 * thread, the conductor, which asks and never writes SQL; {@link #cancel} may come from another.
 */
public final class Migration {

  private final Dialect dialect;
  private final Sessions sessions;
  private final ServerAddress address;
  private final AlterRequest request;
  private final Settings settings;
  private final Narrator narrator;

  private volatile boolean cancelled;
  private volatile boolean stopped;

  /** From here on there is no way back, and no need for one. */
  private volatile boolean swapped;

  public Migration(
      Dialect dialect,
      Sessions sessions,
      ServerAddress address,
      AlterRequest request,
      Settings settings,
      MigrationListener listener) {
    this.dialect = dialect;
    this.sessions = sessions;
    this.address = address;
    this.request = request;
    this.settings = settings;
    this.narrator = new Narrator(listener);
  }

  /**
   * Migrates the table.
   *
   * @throws GhostException if it cannot be done; the source is untouched then
   */
  public MigrationResult run() {
    return told(
        () -> {
          Session own = sessions.open(profile());
          Optional<DirectChange> direct = direct(own);
          if (direct.isPresent()) {
            try {
              return directRun().make(direct.get(), request.table().schema());
            } catch (DirectChange.ImpossibleException e) {
              orGhost(e);
            }
          }
          Draft draft = inspect(own);
          Draft.Leftovers leftovers = prepare(own, draft, settings.startOver());
          if (leftovers == Draft.Leftovers.SWAPPED) {
            return finishEarlierRun(own, draft);
          }
          Optional<Checkpoint> earlier = Optional.empty();
          Workbench bench;
          if (leftovers == Draft.Leftovers.RESUMABLE) {
            earlier = Optional.of(takeUp(own, draft));
            bench = resume(own, draft);
          } else {
            bench = build(own, draft);
          }
          return migrate(own, draft, bench, earlier);
        });
  }

  /** Plans the migration and stops; leaves nothing behind. */
  public MigrationPlan plan() {
    return told(
        () -> {
          Session own = sessions.open(profile());
          Optional<DirectChange> direct = direct(own);
          if (direct.isPresent()) {
            return direct.get().plan();
          }
          Draft draft = inspect(own);
          Draft.Leftovers leftovers = prepare(own, draft, false);
          if (leftovers == Draft.Leftovers.SWAPPED) {
            throw new RefusedException(
                "An earlier run of the same change has already swapped the tables of %s."
                    .formatted(draft.names().source()),
                "ghost alter cleans up what it left.");
          }
          if (leftovers == Draft.Leftovers.RESUMABLE) {
            narrator.warning("An earlier run has left a checkpoint; the run goes on from there.");
            return own.once(draft::resume).plan();
          }
          Workbench bench = build(own, draft);
          own.execute(bench::discard);
          return bench.plan();
        });
  }

  /** Asks the migration to end and to clean up; it does so soon, unless the swap has been made. */
  public void cancel() {
    cancelled = true;
  }

  /**
   * Asks the migration to end and to keep what it has done, for a later run; it does so soon,
   * unless the swap has been made.
   */
  public void stop() {
    stopped = true;
  }

  private SessionProfile profile() {
    return SessionProfile.work(request.table().schema());
  }

  /** How the server could make the change itself, where that is asked for. */
  private Optional<DirectChange> direct(Session own) throws SQLException, InterruptedException {
    if (settings.strategy() == Strategy.GHOST || !request.expressions().isEmpty()) {
      return Optional.empty();
    }
    narrator.phase(Phase.INSPECT);
    lockRun(own, dialect.remains(address, request.table()), request.table());
    Optional<DirectChange> direct = own.once(c -> dialect.direct(c, request, address));
    if (direct.isEmpty() && settings.strategy() == Strategy.DIRECT) {
      throw new RefusedException(
          "%s cannot make this change of %s without copying the table or keeping the application waiting, or an unfinished run is in the way."
              .formatted(dialect.product(), request.table()),
          "Leave --strategy direct out, and it is made by a ghost.");
    }
    return direct;
  }

  private DirectRun directRun() {
    return new DirectRun(dialect, sessions, settings.cutover(), narrator, this::stopIfAsked);
  }

  private void orGhost(DirectChange.ImpossibleException e) {
    if (settings.strategy() == Strategy.DIRECT) {
      throw new RefusedException(
          "%s cannot make this change itself after all: %s"
              .formatted(dialect.product(), e.getMessage()),
          "Leave --strategy direct out, and it is made by a ghost.",
          e);
    }
    narrator.warning(
        "%s cannot make the change itself after all, so a ghost is built: %s"
            .formatted(dialect.product(), e.getMessage()));
  }

  private void lockRun(Session own, Remains remains, TableName table) throws SQLException {
    if (!own.once(remains::lockRun)) {
      throw new RefusedException(
          "Another run of ghost is working on " + table + ".", "Wait for it, or stop it.");
    }
  }

  private Draft inspect(Session own) throws SQLException, InterruptedException {
    narrator.phase(Phase.INSPECT);
    return own.transaction(c -> dialect.inspect(c, request, address));
  }

  /** Keeps other runs away, and decides what becomes of what an unfinished one left. */
  private Draft.Leftovers prepare(Session own, Draft draft, boolean startOver)
      throws SQLException, InterruptedException {
    lockRun(own, draft.remains(), draft.names().source());
    Draft.Leftovers leftovers = own.transaction(draft::leftovers);
    if (leftovers == Draft.Leftovers.RESUMABLE) {
      // What a killed run was just doing may still come to its end, a swap even.
      own.execute(draft::awaitQuiet);
      leftovers = own.transaction(draft::leftovers);
    }
    if (leftovers == Draft.Leftovers.UNFINISHED
        || (leftovers == Draft.Leftovers.RESUMABLE && startOver)) {
      narrator.warning(
          "An earlier run on %s ended before its cutover; its ghost table is dropped and the copy begins again."
              .formatted(draft.names().source()));
      own.execute(draft.remains()::clean);
      return Draft.Leftovers.NONE;
    }
    if (leftovers == Draft.Leftovers.RESUMABLE) {
      refuseAnotherChange(own, draft);
    }
    return leftovers;
  }

  private void refuseAnotherChange(Session own, Draft draft)
      throws SQLException, InterruptedException {
    String earlier =
        own.transaction(c -> draft.remains().journal().read(c, Note.REQUEST)).orElse("");
    if (!earlier.equals(request.text())) {
      throw new RefusedException(
          "An unfinished run has left a checkpoint of another change of %s:%n  %s"
              .formatted(draft.names().source(), earlier),
          "Run it again with that change, and it goes on where it ended; or remove what it left"
              + " with ghost cleanup --table %s, and run this one."
                  .formatted(draft.names().source().table()));
    }
  }

  /** Makes the checkpoint of an earlier run ours. */
  private Checkpoint takeUp(Session own, Draft draft) throws SQLException, InterruptedException {
    Journal journal = draft.remains().journal();
    Checkpoint mine =
        Checkpoint.of(own.transaction(c -> journal.read(c, Note.CHECKPOINT)).orElseThrow())
            .nextAttempt();
    own.execute(
        c -> {
          journal.write(c, Note.CHECKPOINT, mine.text());
          journal.write(c, Note.STATUS, "");
        });
    return mine;
  }

  private Workbench resume(Session own, Draft draft) throws SQLException {
    narrator.phase(Phase.PREPARE);
    Workbench bench = own.once(draft::resume);
    narrator.planned(bench.plan());
    narrator.warning(
        "An earlier run on %s ended before its cutover; this one goes on where it was."
            .formatted(draft.names().source()));
    return bench;
  }

  private Workbench build(Session own, Draft draft) throws SQLException {
    narrator.phase(Phase.PREPARE);
    try {
      Workbench bench = own.once(draft::build);
      narrator.planned(bench.plan());
      return bench;
    } catch (SQLException | RuntimeException e) {
      own.once(
          c -> {
            draft.remains().clean(c);
            return null;
          });
      throw e;
    }
  }

  private MigrationResult migrate(
      Session own, Draft draft, Workbench bench, Optional<Checkpoint> earlier) throws Exception {
    Run run =
        new Run(
            dialect,
            sessions,
            bench,
            settings,
            narrator,
            own,
            watch(own, draft),
            draft.remains().journal(),
            earlier);
    Cutover.Made made;
    try (run) {
      made = phases(own, bench, run);
    } catch (Exception | Error e) {
      if (!swapped) {
        end(bench, e, run.worthKeeping());
      }
      throw e;
    }
    narrator.phase(Phase.FINISH);
    finish(own, bench);
    return new MigrationResult(
        bench.names().source().toString(),
        Way.GHOST,
        run.rowsCopied(),
        run.keysApplied(),
        run.rowsVerified(),
        made.stall(),
        made.readerStall(),
        made.attempts(),
        narrator.phases(),
        narrator.warnings(),
        settings.dropRetired() ? "" : bench.names().retired().toString(),
        settings.dropRetired() ? "" : bench.dropRetiredSql());
  }

  private Cutover.Made phases(Session own, Workbench bench, Run run) throws Exception {
    try {
      narrator.phase(Phase.STREAM);
      run.startStream();

      narrator.phase(Phase.COPY);
      run.copy();

      if (settings.verify()) {
        narrator.phase(Phase.VERIFY);
        run.verify();
      } else {
        narrator.warning("Verification is switched off: the tables are not compared.");
      }

      narrator.phase(Phase.CUTOVER);
      return cutOver(own, bench, run);
    } catch (CancelledException e) {
      if (!cancelled) {
        run.keep();
      }
      throw e;
    }
  }

  /** Keeps what was done where the failure can pass, and removes it where it cannot. */
  private void end(Workbench bench, Throwable failure, boolean worthKeeping) {
    if (worthKeeping && canPass(failure)) {
      narrator.warning(
          "What was done is kept: the same command goes on where this one has ended. To remove it: ghost cleanup --table %s."
              .formatted(bench.names().source().table()));
    } else {
      discard(bench, failure);
    }
  }

  private boolean canPass(Throwable failure) {
    return failure instanceof StoppedException
        // By a server that lacks what is needed to go on: it is for the user to begin anew.
        || failure instanceof RefusedException
        || failure instanceof CutoverException
        || failure instanceof SQLException
        || failure instanceof InterruptedException
        || (failure instanceof CancelledException && !cancelled);
  }

  private void stopIfAsked() {
    if (swapped) {
      return;
    }
    if (cancelled) {
      throw new CancelledException(
          "The migration of " + request.table() + " was cancelled.",
          "The source is untouched, and nothing of ours is left. Run the command again to begin"
              + " anew.");
    }
    if (stopped) {
      throw new CancelledException(
          "The migration of " + request.table() + " was stopped.",
          "The source is untouched. Run the command again to go on.");
    }
  }

  /** What the conductor looks after while others work: the run's lock, and whether to stop. */
  private Run.Watch watch(Session own, Draft draft) {
    return new Run.Watch() {
      @Override
      public void stopIfAsked() {
        Migration.this.stopIfAsked();
      }

      @Override
      public void cancel() {
        Migration.this.cancel();
      }

      @Override
      public void stop() {
        Migration.this.stop();
      }

      @Override
      public void runLockHeld() throws SQLException {
        if (!own.once(draft.remains()::holdsRunLock)) {
          throw new StoppedException(
              "The connection that kept other runs away from %s was lost."
                  .formatted(draft.names().source()),
              "Run the command again.");
        }
      }
    };
  }

  private Cutover.Made cutOver(Session own, Workbench bench, Run run) throws Exception {
    try {
      Cutover.Made made = run.cutOver();
      swapped = true;
      return made;
    } catch (SQLException e) {
      // The connection can be lost after the server has done the swap and before we hear of it.
      if (own.transaction(bench::swapped)) {
        swapped = true;
        narrator.warning(
            "The answer to the swap was lost; the server has made it: " + e.getMessage());
        return new Cutover.Made(Duration.ZERO, Duration.ZERO, 1);
      }
      throw e;
    }
  }

  private void finish(Session own, Workbench bench) throws SQLException, InterruptedException {
    own.execute(bench::finish);
    if (settings.dropRetired()) {
      own.execute(bench::dropRetired);
    }
  }

  private MigrationResult finishEarlierRun(Session own, Draft draft)
      throws SQLException, InterruptedException {
    narrator.phase(Phase.FINISH);
    narrator.warning(
        "An earlier run of the same change had already swapped the tables; what it left is cleaned"
            + " up.");
    own.execute(draft.remains()::clean);
    return new MigrationResult(
        draft.names().source().toString(),
        Way.GHOST,
        0,
        0,
        0,
        Duration.ZERO,
        Duration.ZERO,
        0,
        Map.copyOf(narrator.phases()),
        narrator.warnings(),
        draft.names().retired().toString(),
        draft.dropRetiredSql());
  }

  /** Removes every trace; what cannot be removed is told with the failure. */
  private void discard(Workbench bench, Throwable failure) {
    Thread.interrupted();
    try (Session fresh = sessions.open(profile())) {
      fresh.execute(bench::discard);
    } catch (SQLException | InterruptedException | RuntimeException e) {
      narrator.warning(
          "%s and %s could not be dropped (%s). The next run removes them."
              .formatted(bench.names().ghost(), bench.names().control(), e.getMessage()));
      failure.addSuppressed(e);
    }
  }

  /** What can fail in any way. */
  @FunctionalInterface
  private interface Part<T> {
    T run() throws Exception;
  }

  /** Runs a part, and turns whatever goes wrong into an error that tells. */
  private <T> T told(Part<T> part) {
    try {
      return part.run();
    } catch (GhostException e) {
      throw e;
    } catch (SQLException e) {
      String what = "%s said: %s".formatted(dialect.product(), e.getMessage());
      throw swapped
          ? new MigrationException(
              what, "The tables are swapped already; only the cleaning up failed.", e)
          : new StoppedException(
              what, "The source is untouched. Mend the cause, and run the command again.", e);
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
      throw new MigrationException("The migration failed: " + e.getMessage(), "", e);
    }
  }
}
