package dev.ghost.migration;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;

/**
 * Notes that tables are swapped, before what a later run would know it by is cleaned up; tells
 * another listener everything.
 */
record SwapRecorder(MigrationListener next, Runnable note) implements MigrationListener {

  @Override
  public void phaseStarted(Phase phase) {
    if (phase == Phase.FINISH) {
      note.run();
    }
    next.phaseStarted(phase);
  }

  @Override
  public void progress(Progress progress) {
    next.progress(progress);
  }

  @Override
  public void planned(MigrationPlan plan) {
    next.planned(plan);
  }

  @Override
  public void warning(String message) {
    next.warning(message);
  }

  @Override
  public void beforeCutover() {
    next.beforeCutover();
  }

  @Override
  public void cutoverPostponed(int attempt, String reason) {
    next.cutoverPostponed(attempt, reason);
  }
}
