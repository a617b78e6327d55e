package dev.ghost.cli;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;

/** Tells a user what a migration does. */
interface Reporter extends MigrationListener {

  @Override
  default void statementDone(int number, int of, MigrationResult result) {
    done(result);
  }

  void dryRun(MigrationPlan plan);

  void done(MigrationResult result);

  void failed(GhostException e, int exitCode);
}
