package dev.ghost.internal.migration.script;

import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.migration.CutoverGroup;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.DaemonThreads;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Runs a script whose tables are swapped at the same moment. Used by one thread; each statement has
 * another of its own.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What cannot be made is refused before anything is copied.
 *   <li>Nothing is copied before all ghosts are there and followed by one change stream.
 *   <li>A table is copied when those before it are ready for the cutover, and kept in step.
 *   <li>That a table is swapped is noted before what a later run would know it by is cleaned up.
 * </ul>
 */
final class Atomic {

  /** Each takes a session of the one that makes the cutover. */
  private static final int MOST_TABLES = 32;

  private final Dialect dialect;
  private final Statements script;
  private final List<AlterRequest> requests;
  private final MigrationListener listener;

  Atomic(
      Dialect dialect, Statements script, List<AlterRequest> requests, MigrationListener listener) {
    this.dialect = dialect;
    this.script = script;
    this.requests = requests;
    this.listener = listener;
    Set<TableName> altered = new HashSet<>();
    for (AlterRequest request : requests) {
      if (!altered.add(request.table())) {
        throw new UsageException(
            "Two statements alter %s; tables that are swapped together are altered once each."
                .formatted(request.table()),
            "Make one statement of them, with a comma between the changes.");
      }
    }
    if (altered.size() > MOST_TABLES) {
      throw new UsageException(
          "%d tables are too many for one cutover; %d can be."
              .formatted(altered.size(), MOST_TABLES),
          "Leave --atomic out, or make scripts of fewer statements.");
    }
  }

  /** Plans what is not begun yet, and tells what is. */
  List<MigrationPlan> plan(Session own, Statements.Planner planner)
      throws SQLException, InterruptedException {
    for (int i = 0; i < requests.size(); i++) {
      if (script.leftSomething(own, i)) {
        listener.on(
            new MigrationEvent.Warned(
                "Statement %d of %d was begun by an earlier run, and compared with the server's own ALTER then. It is not planned again: the same command continues with it."
                    .formatted(i + 1, requests.size())));
      }
    }
    return planned(own, planner);
  }

  private List<MigrationPlan> planned(Session own, Statements.Planner planner)
      throws SQLException, InterruptedException {
    List<Integer> left = left(own);
    CutoverGroup group = group(left);
    List<MigrationPlan> plans = new ArrayList<>();
    for (int i : left) {
      if (!script.leftSomething(own, i)) {
        plans.add(planner.plan(script.text(i), Optional.of(group)));
      }
    }
    return plans;
  }

  /** Makes what is not made yet. */
  List<MigrationResult> run(Session own, Statements.Maker maker, Statements.Planner planner)
      throws SQLException, InterruptedException {
    planned(own, planner);
    List<Integer> left = left(own);
    CutoverGroup group = group(left);
    SharedListener turns = new SharedListener(listener, script.texts());
    Map<Integer, Future<MigrationResult>> runs = new LinkedHashMap<>();
    ExecutorService threads = Executors.newCachedThreadPool(DaemonThreads.numbered("table"));
    try {
      for (int i : left) {
        runs.put(i, threads.submit(() -> make(i, maker, group, turns)));
        if (!group.awaitGhost(requests.get(i).table())) {
          break;
        }
      }
      Map<Integer, MigrationResult> made = new LinkedHashMap<>();
      for (Map.Entry<Integer, Future<MigrationResult>> run : runs.entrySet()) {
        ended(run.getValue(), group).ifPresent(result -> made.put(run.getKey(), result));
      }
      if (group.failure().isPresent()) {
        tellWhatIsMade();
        group.rethrow();
      }
      made.forEach(turns::done);
      return List.copyOf(made.values());
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }
  }

  private MigrationResult make(
      int i, Statements.Maker maker, CutoverGroup group, SharedListener turns) {
    TableName table = requests.get(i).table();
    try {
      return maker.make(
          script.text(i),
          new SwapRecorder(turns.of(i, table.toString()), () -> script.noteSwapped(i)),
          Optional.of(group));
    } catch (RuntimeException | Error e) {
      group.failed(e);
      throw e;
    } finally {
      group.ended(table);
    }
  }

  /** Empty when it has failed: the first of those that have is thrown when all have ended. */
  private static Optional<MigrationResult> ended(Future<MigrationResult> run, CutoverGroup group)
      throws InterruptedException {
    try {
      return Optional.of(run.get());
    } catch (ExecutionException e) {
      group.failed(Optional.ofNullable(e.getCause()).orElse(e));
      return Optional.empty();
    }
  }

  private void tellWhatIsMade() {
    String made = String.join(", ", script.madeTables());
    listener.on(
        new MigrationEvent.Warned(
            made.isEmpty()
                ? "None of the tables is swapped. The same command continues where this one has"
                    + " ended."
                : "Swapped are: %s. The same command makes the rest.".formatted(made)));
  }

  private CutoverGroup group(List<Integer> statements) {
    return new CutoverGroup(
        dialect, statements.stream().map(i -> requests.get(i).table()).toList());
  }

  /** Those that are to be made, or to be cleaned up behind. */
  private List<Integer> left(Session own) throws SQLException, InterruptedException {
    script.readNotes(own);
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      if (script.leftSomething(own, i) || !script.made(i)) {
        left.add(i);
      } else {
        script.madeEarlier(i);
      }
    }
    return left;
  }
}
