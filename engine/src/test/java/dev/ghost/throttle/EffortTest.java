package dev.ghost.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EffortTest {

  private static final int WORKERS = 4;

  private final Effort effort = new Effort();

  @Test
  void withoutMeasurementsItStaysAtTheLeast() {
    effort.learn(WORKERS);
    assertThat(effort.workers()).isEqualTo(Effort.LEAST);
    assertThat(effort.whole()).isOne();
    assertThat(effort.part()).isEqualTo(Effort.LEAST);
  }

  @Test
  void whoCausesNoDelayTakesAllWorkers() {
    settle(4, 1, 1);
    assertThat(effort.workers()).isEqualTo(WORKERS);
    assertThat(effort.part()).isOne();
  }

  @Test
  void oneAndAHalfTimesTheTimeOfACommitIsWorthSixTenthsOfAWorker() {
    settle(4, 1.5, 1);
    assertThat(effort.workers()).isCloseTo(0.6, within(0.01));
  }

  @Test
  void itNeverStandsStill() {
    settle(4, 100, 1);
    assertThat(effort.workers()).isEqualTo(Effort.LEAST);
  }

  @Test
  void whereSeldomSomebodyFeelsItMoreIsTaken() {
    settle(0, 4, 1);
    assertThat(effort.workers()).isCloseTo(1, within(0.01));
  }

  @Test
  void delayIsThatOfAllWorkersTogether() {
    settle(4, 1, 1);
    for (int i = 0; i < 200; i++) {
      // Four workers would take 60 % more time: two are worth half of it.
      effort.besideWork(1 + 0.15 * effort.whole());
      effort.atRest(1);
      effort.learn(WORKERS);
    }
    assertThat(effort.workers()).isBetween(1.5, 2.5);
  }

  @Test
  void oneThatIsOddDoesNotCount() {
    settle(4, 1.2, 1);
    double before = effort.workers();
    effort.besideWork(1_000);
    effort.learn(WORKERS);
    assertThat(effort.workers()).isGreaterThan(before / 4);
  }

  private void settle(int busy, double beside, double rest) {
    for (int i = 0; i < 200; i++) {
      effort.elsewhere(busy);
      effort.besideWork(beside);
      effort.atRest(rest);
      effort.learn(WORKERS);
    }
  }
}
