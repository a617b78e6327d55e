package dev.ghost.migration;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Order;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Way;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.Remains;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The story of a change that is taken back: the retired table becomes the ghost of the one that
 * took its name. What differs between them is found by comparing, so nobody need have watched since
 * the cutover; from then on the stream keeps them in step; and the same cutover swaps them back.
 * Run by one thread, the conductor.
 */
public final class Reversal implements Story {

  private static final long LOOK_MILLIS = 200;

  private final Dialect dialect;
  private final Sessions sessions;
  private final ServerAddress address;
  private final TableName table;
  private final Map<String, String> expressions;
  private final Narrator narrator;
  private final Helm helm;
  private final Conductor conductor;

  /**
   * @param expressions by a column of the retired table, over the columns of the present one
   */
  public Reversal(
      Dialect dialect,
      Sessions sessions,
      ServerAddress address,
      TableName table,
      Map<String, String> expressions,
      Settings settings,
      MigrationListener listener) {
    this(
        new Conductor(
            dialect,
            sessions,
            address,
            table,
            settings,
            new Narrator(listener, table),
            new Helm(table),
            Together.alone(dialect, table)),
        expressions);
  }

  /** One that goes on where a migration has ended. */
  Reversal(Conductor conductor, Map<String, String> expressions) {
    this.conductor = conductor;
    this.dialect = conductor.dialect();
    this.sessions = conductor.sessions();
    this.address = conductor.address();
    this.table = conductor.table();
    this.expressions = expressions;
    this.narrator = conductor.narrator();
    this.helm = conductor.helm();
  }

  @Override
  public MigrationResult run() {
    return conductor.told(
        () -> {
          Session own = sessions.open(conductor.profile());
          Remains remains = dialect.remains(address, table);
          boolean kept =
              own.transaction(
                  c ->
                      remains.running(c)
                          && remains.journal().exists(c)
                          && remains
                              .journal()
                              .read(c, Note.REQUEST)
                              .filter(AlterRequest::reverts)
                              .isPresent());
          return kept ? tell(own, remains) : swapBack(own).orElseThrow();
        });
  }

  @Override
  public MigrationPlan plan() {
    return conductor.told(
        () -> {
          Session own = sessions.open(conductor.profile());
          Draft draft = take(own);
          if (leftovers(own, draft) == Draft.Leftovers.SWAPPED) {
            throw new RefusedException(
                "The tables of %s were swapped back already.".formatted(table),
                "ghost revert cleans up what that run has left.");
          }
          Workbench bench = conductor.build(own, draft).bench();
          own.execute(bench::discard);
          return bench.plan();
        });
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
   * Brings the retired table in step, and swaps back; or only keeps it in step for a while.
   *
   * @return empty when it was only kept in step
   */
  Optional<MigrationResult> swapBack(Session own) throws Exception {
    Draft draft = take(own);
    if (leftovers(own, draft) == Draft.Leftovers.SWAPPED) {
      return Optional.of(conductor.finishEarlierRun(own, draft, Way.REVERT));
    }
    return conductor.conduct(own, draft, conductor.build(own, draft).bench(), Optional.empty());
  }

  private Draft take(Session own) throws SQLException, InterruptedException {
    narrator.phase(Phase.INSPECT);
    own.execute(c -> dialect.refuseSubscribers(c, conductor.settings().acceptedPublications()));
    Draft draft = own.transaction(c -> dialect.inspectBack(c, table, expressions, address));
    conductor.lockRun(own, draft.remains(), draft.names().source());
    return draft;
  }

  /** An earlier try has done nothing that is worth keeping. */
  private Draft.Leftovers leftovers(Session own, Draft draft)
      throws SQLException, InterruptedException {
    Draft.Leftovers leftovers = own.transaction(draft::leftovers);
    if (leftovers == Draft.Leftovers.UNFINISHED) {
      own.execute(draft::awaitQuiet);
      leftovers = own.transaction(draft::leftovers);
    }
    if (leftovers == Draft.Leftovers.UNFINISHED) {
      own.execute(draft.remains()::clean);
    }
    return leftovers;
  }

  /** Has the process swap back that keeps the retired table in step. */
  private MigrationResult tell(Session own, Remains remains)
      throws SQLException, InterruptedException {
    RunningMigrations running = new RunningMigrations(dialect, sessions, address);
    narrator.phase(Phase.CUTOVER);
    TableName retired = own.transaction(remains::retired);
    narrator.warning(
        "%s is kept in step by a running process, which is told to swap back: %s"
            .formatted(
                table, running.tell(table, new Order(Order.Kind.CUTOVER)).orElse("it has ended.")));
    while (own.transaction(remains::running)) {
      helm.stopIfAsked();
      Thread.sleep(LOOK_MILLIS);
    }
    boolean back =
        own.transaction(dialect::retired).stream().noneMatch(r -> r.name().equals(retired));
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
        narrator.phases(),
        narrator.warnings(),
        List.of(),
        "",
        "");
  }
}
