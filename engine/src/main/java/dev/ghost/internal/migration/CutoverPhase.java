package dev.ghost.internal.migration;

import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes the cutover: waits for its moment, makes the ghost ready, and swaps the names. It is
 * entered once, by the run's own thread, and calls nothing that calls it back.
 */
record CutoverPhase(MigrationRun run, CutoverWait waiting) {

  CutoverPhase(MigrationRun run) {
    this(run, new CutoverWait(run));
  }

  /**
   * Swaps the names.
   *
   * @return empty when the ghost was only to be kept in step, and was for as long as wanted
   */
  Optional<Cutover.Made> make() throws SQLException, InterruptedException {
    if (!waiting.untilAllowed(this::held)) {
      return Optional.empty();
    }
    run.reporter.beforeCutover();
    makeReady();
    Cutover.Part part = new Cutover.Part(run.planned, backlog());
    return Optional.of(
        run.group.isEmpty()
            ? swap(List.of(part))
            : run.group
                .get()
                .cutOver(new CutoverGroup.Member(part, run.heartbeat::beat), this::swap));
  }

  /** Why it has to wait; empty when it has not. */
  private String held() {
    String why = run.commandLoop.cutoverHeld();
    return run.group.isEmpty() ? why : run.group.get().held(source(), why);
  }

  private TableName source() {
    return run.planned.names().source();
  }

  private void makeReady() throws SQLException, InterruptedException {
    Session session = run.replicator.session();
    run.ghost.release(session);
    session.execute(run.planned::prepareSwap);
    run.ghost.note(session);
    run.ghost.noteFirstRows(session);
  }

  private CutoverBacklog backlog() {
    return run.replicator.backlog(
        run.server.driver(),
        waiting::untilNearlyEmpty,
        this::lastLook,
        () -> run.group.ifPresent(g -> g.aheadOfOthers(source())));
  }

  /** Compares under the lock what never came to rest before. */
  private void lastLook(Session session) throws SQLException, InterruptedException {
    run.ghost.lastLook(session);
    run.comparisons.lastLook(session);
  }

  /** Swaps this table, and those that are swapped together with it. */
  private Cutover.Made swap(List<Cutover.Part> parts) throws SQLException, InterruptedException {
    SessionProfile profile = run.planned.profile().inHaste();
    List<Session> guards = new ArrayList<>();
    try (Session locker = run.server.open(profile)) {
      for (int i = parts.stream().mapToInt(p -> p.planned().guards()).sum(); i > 0; i--) {
        guards.add(run.server.open(profile));
      }
      return new Cutover(run.server, run.settings.cutover(), parts).run(locker, guards);
    } finally {
      guards.forEach(Session::close);
    }
  }
}
