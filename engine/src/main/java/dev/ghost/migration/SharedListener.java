package dev.ghost.migration;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import java.util.List;

/**
 * Tells one listener what several migrations do that go on at the same time, one call at a time:
 * before what belongs to another statement than the call before, it is told which. Thread-safe.
 */
final class SharedListener {

  private final MigrationListener next;
  private final List<String> statements;

  // Guarded by this.
  private int turn = -1;

  SharedListener(MigrationListener next, List<String> statements) {
    this.next = next;
    this.statements = List.copyOf(statements);
  }

  /** For the statement of this index. */
  MigrationListener of(int statement, String table) {
    return new MigrationListener() {

      @Override
      public void phaseStarted(Phase phase) {
        take(statement, () -> next.phaseStarted(phase));
      }

      /** One that only waits does not talk over another that works. */
      @Override
      public void progress(Progress progress) {
        synchronized (SharedListener.this) {
          if (turn == statement) {
            next.progress(progress);
          }
        }
      }

      @Override
      public void planned(MigrationPlan plan) {
        take(statement, () -> next.planned(plan));
      }

      @Override
      public void warning(String message) {
        synchronized (SharedListener.this) {
          next.warning(turn == statement ? message : table + ": " + message);
        }
      }

      @Override
      public void beforeCutover() {
        take(statement, next::beforeCutover);
      }

      @Override
      public void cutoverPostponed(int attempt, String reason) {
        take(statement, () -> next.cutoverPostponed(attempt, reason));
      }
    };
  }

  /** A statement is made. */
  void done(int statement, MigrationResult result) {
    take(statement, () -> next.statementDone(statement + 1, statements.size(), result));
  }

  private synchronized void take(int statement, Runnable call) {
    if (turn != statement) {
      turn = statement;
      next.statementStarted(statement + 1, statements.size(), statements.get(statement));
    }
    call.run();
  }
}
