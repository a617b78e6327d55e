package dev.ghost.internal.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WorkerBudgetTest {

  private static final int WORKERS = 4;

  private final WorkerBudget budget = new WorkerBudget();

  @Test
  void withoutMeasurementsItStaysAtTheLeast() {
    budget.learn(WORKERS);
    assertThat(budget.workers()).isEqualTo(WorkerBudget.LEAST);
    assertThat(budget.whole()).isOne();
    assertThat(budget.part()).isEqualTo(WorkerBudget.LEAST);
  }

  @Test
  void whoCausesNoDelayTakesAllWorkers() {
    settle(4, 1, 1);
    assertThat(budget.workers()).isEqualTo(WORKERS);
    assertThat(budget.part()).isOne();
  }

  @Test
  void oneAndAHalfTimesTheTimeOfACommitIsWorthSixTenthsOfAWorker() {
    settle(4, 1.5, 1);
    assertThat(budget.workers()).isCloseTo(0.6, within(0.01));
  }

  @Test
  void itNeverStandsStill() {
    settle(4, 100, 1);
    assertThat(budget.workers()).isEqualTo(WorkerBudget.LEAST);
  }

  @Test
  void whereSeldomSomebodyFeelsItMoreIsTaken() {
    settle(0, 4, 1);
    assertThat(budget.workers()).isCloseTo(1, within(0.01));
  }

  @Test
  void delayIsThatOfAllWorkersTogether() {
    settle(4, 1, 1);
    for (int i = 0; i < 200; i++) {
      // Four workers would take 60 % more time: two are worth half of it.
      budget.besideWork(1 + 0.15 * budget.whole());
      budget.atRest(1);
      budget.learn(WORKERS);
    }
    assertThat(budget.workers()).isBetween(1.5, 2.5);
  }

  @Test
  void oneThatIsOddDoesNotCount() {
    settle(4, 1.2, 1);
    double before = budget.workers();
    budget.besideWork(1_000);
    budget.learn(WORKERS);
    assertThat(budget.workers()).isGreaterThan(before / 4);
  }

  private void settle(int busy, double beside, double rest) {
    for (int i = 0; i < 200; i++) {
      budget.elsewhere(busy);
      budget.besideWork(beside);
      budget.atRest(rest);
      budget.learn(WORKERS);
    }
  }
}
