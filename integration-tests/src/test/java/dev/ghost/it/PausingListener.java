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

/**
 * Does something of the test's at the beginning of a phase, when the cutover is put off, or at a
 * warning; and keeps what it was told.
 */
class PausingListener implements MigrationListener {

  /** What a test does meanwhile. */
  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  /** What a test does when the cutover is put off. */
  @FunctionalInterface
  interface PostponedStep {
    void run(int attempt) throws Exception;
  }

  private final Map<Phase, Step> steps = new EnumMap<>(Phase.class);
  private PostponedStep whenPostponed = attempt -> {};
  private String awaited = "";
  private Step whenWarned = () -> {};
  final List<String> postponed = new CopyOnWriteArrayList<>();
  final List<String> warnings = new CopyOnWriteArrayList<>();
  final List<Phase> phases = new CopyOnWriteArrayList<>();
  final List<Progress> progress = new CopyOnWriteArrayList<>();
  final List<MigrationPlan> plans = new ArrayList<>();

  PausingListener at(Phase phase, Step step) {
    steps.put(phase, step);
    return this;
  }

  PausingListener whenPostponed(PostponedStep step) {
    whenPostponed = step;
    return this;
  }

  /**
   * @param text that the warning has
   */
  PausingListener whenWarned(String text, Step step) {
    awaited = text;
    whenWarned = step;
    return this;
  }

  private static void run(Step step) {
    try {
      step.run();
    } catch (Exception e) {
      throw new IllegalStateException("the test's own step failed", e);
    }
  }

  @Override
  public void phaseStarted(Phase phase) {
    phases.add(phase);
    Step step = steps.get(phase);
    if (step != null) {
      run(step);
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
    if (!awaited.isEmpty() && message.contains(awaited)) {
      run(whenWarned);
    }
  }

  @Override
  public void cutoverPostponed(int attempt, String reason) {
    postponed.add(reason);
    run(() -> whenPostponed.run(attempt));
  }
}
