package dev.ghost.cli;

import dev.ghost.api.ExitCode;
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

  /** The only change is made. */
  void done(MigrationResult result);

  /** All is made that was asked for, or planned; nothing is told after it. */
  default void ended(ExitCode code) {}

  /** Something has failed; nothing is told after it. */
  void failed(GhostException e);
}
