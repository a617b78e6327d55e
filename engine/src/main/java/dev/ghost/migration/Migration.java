package dev.ghost.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

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
          Draft draft = inspect(own);
          if (prepare(own, draft) == Draft.Leftovers.SWAPPED) {
            return finishEarlierRun(own, draft);
          }
          Workbench bench = build(own, draft);
          try {
            return migrate(own, draft, bench);
          } catch (Exception | Error e) {
            if (!swapped) {
              discard(bench, e);
            }
            throw e;
          }
        });
  }

  /** Plans the migration and stops; leaves nothing behind. */
  public MigrationPlan plan() {
    return told(
        () -> {
          Session own = sessions.open(profile());
          Draft draft = inspect(own);
          prepare(own, draft);
          Workbench bench = build(own, draft);
          own.execute(bench::discard);
          return bench.plan();
        });
  }

  /** Asks the migration to stop; it does so soon, unless the swap has been made. */
  public void cancel() {
    cancelled = true;
  }

  private SessionProfile profile() {
    return SessionProfile.work(request.table().schema());
  }

  private Draft inspect(Session own) throws SQLException, InterruptedException {
    narrator.phase(Phase.INSPECT);
    return own.transaction(c -> dialect.inspect(c, request, address));
  }

  /** Keeps other runs away, and removes what an unfinished one left. */
  private Draft.Leftovers prepare(Session own, Draft draft)
      throws SQLException, InterruptedException {
    if (!own.once(draft.remains()::lockRun)) {
      throw new RefusedException(
          "Another run of ghost is working on " + draft.names().source() + ".",
          "Wait for it, or stop it.");
    }
    Draft.Leftovers leftovers = own.transaction(draft::leftovers);
    if (leftovers == Draft.Leftovers.UNFINISHED) {
      narrator.warning(
          "An earlier run on %s ended before its cutover; its ghost table is dropped and the copy begins again."
              .formatted(draft.names().source()));
      own.execute(draft.remains()::clean);
    }
    return leftovers;
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

  private MigrationResult migrate(Session own, Draft draft, Workbench bench) throws Exception {
    Run run = new Run(dialect, sessions, bench, settings, narrator, own, watch(own, draft));
    Cutover.Made made;
    try (run) {
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
      made = cutOver(own, bench, run);
    }
    narrator.phase(Phase.FINISH);
    finish(own, bench);
    return new MigrationResult(
        bench.names().source().toString(),
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

  /** What the conductor looks after while others work: the run's lock, and whether to stop. */
  private Run.Watch watch(Session own, Draft draft) {
    return new Run.Watch() {
      @Override
      public void stopIfAsked() {
        if (cancelled && !swapped) {
          throw new CancelledException(
              "The migration of " + draft.names().source() + " was cancelled.",
              "The source is untouched, and nothing of ours is left. Run the command again to begin"
                  + " anew.");
        }
      }

      @Override
      public void runLockHeld() throws SQLException {
        if (!own.once(draft.remains()::holdsRunLock)) {
          throw new MigrationException(
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
      throw new MigrationException(
          "%s said: %s".formatted(dialect.product(), e.getMessage()),
          swapped
              ? "The tables are swapped already; only the cleaning up failed."
              : "The source is untouched.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException("The migration was interrupted.", "The source is untouched.", e);
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
