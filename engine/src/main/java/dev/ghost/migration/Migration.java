package dev.ghost.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.LoginException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MisfitException;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.VerificationException;
import dev.ghost.api.Way;
import dev.ghost.checkpoint.Checkpoint;
import dev.ghost.copy.Sample;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Journal;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.session.ServerErrors;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The story of one migration: inspect, prepare, stream, copy, verify, cut over, finish. Run by one
 * thread, the conductor, which asks and never writes SQL; {@link #cancel} and {@link #stop} may
 * come from others.
 */
public final class Migration implements Story {

  private final Dialect dialect;
  private final Sessions sessions;
  private final ServerAddress address;
  private final AlterRequest request;
  private final Settings settings;
  private final Narrator narrator;

  private final Helm helm;
  private final Conductor conductor;
  private final Together together;

  public Migration(
      Dialect dialect,
      Sessions sessions,
      ServerAddress address,
      AlterRequest request,
      Settings settings,
      MigrationListener listener,
      Optional<Together> together) {
    this.dialect = dialect;
    this.sessions = sessions;
    this.address = address;
    this.together = together.orElseGet(() -> Together.alone(dialect, request.table()));
    this.request = request.withCompanions(this.together.companions(request.table()));
    this.settings = settings;
    this.narrator = new Narrator(listener, request.table());
    this.helm = new Helm(request.table());
    this.conductor = conductor(settings.keeping(Optional.empty()), this.together);
  }

  private Conductor conductor(Settings chosen, Together with) {
    return new Conductor(dialect, sessions, address, request.table(), chosen, narrator, helm, with);
  }

  @Override
  public MigrationResult run() {
    return conductor.told(
        () -> {
          Session own = sessions.open(conductor.profile());
          Optional<MigrationResult> direct = madeByServer(own);
          if (direct.isPresent()) {
            return direct.get();
          }
          Draft draft = inspect(own);
          Draft.Leftovers leftovers = prepare(own, draft, settings.startOver());
          if (leftovers == Draft.Leftovers.SWAPPED) {
            return conductor.finishEarlierRun(own, draft, Way.GHOST);
          }
          Optional<Checkpoint> earlier = Optional.empty();
          Workbench bench;
          if (leftovers == Draft.Leftovers.RESUMABLE) {
            earlier = Optional.of(takeUp(own, draft));
            bench = resume(own, draft);
          } else {
            bench = conductor.build(own, draft).bench();
          }
          MigrationResult made = conductor.conduct(own, draft, bench, earlier).orElseThrow();
          return settings.keepInStep().isPresent() ? keepInStep(own, made) : made;
        });
  }

  /**
   * Keeps the retired table in step with the new one.
   *
   * @return what was made; or that it was taken back, if somebody has ordered that
   */
  private MigrationResult keepInStep(Session own, MigrationResult made) throws Exception {
    narrator.warning(
        "The tables are swapped. %s is kept in step for %s; ghost revert --table %s swaps back, ghost stop ends it."
            .formatted(
                made.retiredTable(), settings.keepInStep().orElseThrow(), request.table().table()));
    helm.swapped(false);
    Conductor keeper =
        conductor(
            settings.keeping(settings.keepInStep()), Together.alone(dialect, request.table()));
    try {
      return new Reversal(keeper, Map.of()).swapBack(own).orElse(made);
    } catch (CancelledException e) {
      narrator.warning("%s is no longer kept in step.".formatted(made.retiredTable()));
      return made;
    } catch (GhostException e) {
      throw noLongerInStep(made, e);
    } catch (SQLException e) {
      throw noLongerInStep(made, new ServerErrors(dialect).inRun(e, ""));
    } finally {
      helm.swapped(true);
    }
  }

  /** The same kind of failure, with what is different after a cutover. */
  private GhostException noLongerInStep(MigrationResult made, GhostException e) {
    String what =
        "The tables are swapped, and that is done; but %s is no longer kept in step: %s"
            .formatted(made.retiredTable(), e.what());
    String remedy =
        "ghost revert --table %s brings it in step again, and swaps back."
            .formatted(request.table().table());
    return switch (e.exitCode()) {
      case LOGIN_REFUSED -> new LoginException(what, remedy, e);
      case INTERFERENCE -> new InterferenceException(what, remedy, e);
      case ROWS_DO_NOT_FIT -> new MisfitException(what, remedy, e);
      case TABLES_DIFFER -> new VerificationException(what, remedy, e);
      case CUTOVER_BLOCKED -> new CutoverException(what, remedy, e);
      case BUG -> new MigrationException(what, remedy, e);
      default -> new StoppedException(what, remedy, e);
    };
  }

  @Override
  public MigrationPlan plan() {
    return conductor.told(
        () -> {
          Session own = sessions.open(conductor.profile());
          Optional<DirectChange> direct = direct(own, Way.METADATA);
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
            Workbench bench = own.once(draft::resume);
            together.joined(bench);
            return bench.plan().compared(conductor.comparedBefore(own, draft));
          }
          return estimated(conductor.build(own, draft));
        });
  }

  /** The plan with an estimate of its time; the ghost is gone then. */
  private MigrationPlan estimated(Conductor.Built built) throws SQLException, InterruptedException {
    Workbench bench = built.bench();
    try (Session session = sessions.open(bench.profile())) {
      return built.plan().lasting(Sample.estimate(session, bench).orElse(Duration.ZERO));
    } catch (SQLException e) {
      if (!dialect.classify(e).aboutRows()) {
        throw e;
      }
      throw new MisfitException(
          "Among the first rows of %s is one that does not fit the new schema: %s"
              .formatted(bench.names().source(), e.getMessage()),
          "Change the row, or the new definition; ghost alter names the row.",
          e);
    } finally {
      conductor.discard(bench);
    }
  }

  @Override
  public void cancel() {
    helm.cancel();
  }

  @Override
  public void stop() {
    helm.stop();
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
              .formatted(dialect.product(), request.table(), e.getMessage()),
          "Leave --strategy direct out, and it is made by a ghost.",
          e);
    }
    narrator.warning(
        "%s refuses for %s what it did with an empty table of the same definition, so %s: %s"
            .formatted(
                dialect.product(),
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
    narrator.phase(Phase.INSPECT);
    conductor.lockRun(own, dialect.remains(address, request.table()), request.table());
    Optional<DirectChange> direct =
        own.once(c -> dialect.direct(c, request, address, cheapest))
            .filter(d -> !together.several() || d.plan().way() == Way.NOTHING);
    if (direct.isEmpty() && cheapest == Way.METADATA && settings.strategy() == Strategy.DIRECT) {
      throw new RefusedException(
          "%s cannot make this change of %s without copying the table or keeping the application waiting, or an unfinished run is in the way."
              .formatted(dialect.product(), request.table()),
          "Leave --strategy direct out, and it is made by a ghost.");
    }
    return direct;
  }

  private DirectRun directRun() {
    return new DirectRun(dialect, sessions, settings.cutover(), narrator, helm);
  }

  private Draft inspect(Session own) throws SQLException, InterruptedException {
    narrator.phase(Phase.INSPECT);
    own.execute(c -> dialect.refuseSubscribers(c, settings.acceptedPublications()));
    return own.transaction(c -> dialect.inspect(c, request, address));
  }

  /** Keeps other runs away, and decides what becomes of what an unfinished one left. */
  private Draft.Leftovers prepare(Session own, Draft draft, boolean startOver)
      throws SQLException, InterruptedException {
    conductor.lockRun(own, draft.remains(), draft.names().source());
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

  private Workbench resume(Session own, Draft draft) throws SQLException, InterruptedException {
    narrator.phase(Phase.PREPARE);
    Workbench bench = own.once(draft::resume);
    together.joined(bench);
    narrator.planned(bench.plan().compared(conductor.comparedBefore(own, draft)));
    narrator.warning(
        "An earlier run on %s ended before its cutover; this one goes on where it was."
            .formatted(draft.names().source()));
    return bench;
  }
}
