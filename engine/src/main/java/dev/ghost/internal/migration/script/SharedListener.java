package dev.ghost.internal.migration.script;

import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationResult;
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

  /** Returns the listener for the statement of this index. */
  MigrationListener of(int statement, String table) {
    return new MigrationListener() {
      @Override
      public void on(MigrationEvent event) {
        pass(statement, table, event);
      }
    };
  }

  private synchronized void pass(int statement, String table, MigrationEvent event) {
    if (event instanceof MigrationEvent.Warned warned && turn != statement) {
      next.on(new MigrationEvent.Warned(table + ": " + warned.message()));
    } else if (event instanceof MigrationEvent.Warned) {
      next.on(event);
    } else if (!(event instanceof MigrationEvent.ProgressMade) || turn == statement) {
      // One that only waits tells no progress while another works.
      take(statement);
      next.on(event);
    }
  }

  /** A statement is made. */
  synchronized void done(int statement, MigrationResult result) {
    take(statement);
    next.on(new MigrationEvent.StatementDone(statement + 1, statements.size(), result));
  }

  private void take(int statement) {
    if (turn != statement) {
      turn = statement;
      next.on(
          new MigrationEvent.StatementStarted(
              statement + 1, statements.size(), statements.get(statement)));
    }
  }
}
