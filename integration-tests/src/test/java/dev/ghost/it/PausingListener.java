package dev.ghost.it;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Does something of the test's at the beginning of a phase, and keeps what it was told. */
class PausingListener implements MigrationListener {

  /** What a test does meanwhile. */
  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  private final Map<Phase, Step> steps = new EnumMap<>(Phase.class);
  final List<String> postponed = new CopyOnWriteArrayList<>();
  final List<String> warnings = new CopyOnWriteArrayList<>();
  final List<Phase> phases = new CopyOnWriteArrayList<>();
  final List<Progress> progress = new CopyOnWriteArrayList<>();
  final List<MigrationPlan> plans = new ArrayList<>();

  PausingListener at(Phase phase, Step step) {
    steps.put(phase, step);
    return this;
  }

  @Override
  public void phaseStarted(Phase phase) {
    phases.add(phase);
    Step step = steps.get(phase);
    if (step != null) {
      try {
        step.run();
      } catch (Exception e) {
        throw new IllegalStateException("the test's own step failed", e);
      }
    }
  }

  @Override
  public void planned(MigrationPlan plan) {
    plans.add(plan);
  }

  @Override
  public void progress(Progress p) {
    progress.add(p);
  }

  @Override
  public void warning(String message) {
    warnings.add(message);
  }

  @Override
  public void cutoverPostponed(int attempt, String reason) {
    postponed.add(reason);
  }
}
