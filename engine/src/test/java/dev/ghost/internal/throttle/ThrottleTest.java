package dev.ghost.internal.throttle;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ghost.api.StoppedException;
import dev.ghost.fakes.Waiting;
import dev.ghost.internal.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may begin a chunk, and who must be let on. */
@Timeout(60)
class ThrottleTest {

  /** Somebody is always at work there. */
  private static final AdaptiveYield.Server BUSY =
      new AdaptiveYield.Server() {
        @Override
        public int busyElsewhere(Session session) {
          return 1;
        }

        @Override
        public long changes() {
          return 0;
        }

        @Override
        public void commit(Session session) throws InterruptedException {
          // Nothing is ever known of the delay, so that it stays at one thread.
          new CountDownLatch(1).await();
        }
      };

  private final AdaptiveYield adaptiveYield = new AdaptiveYield(BUSY, true);
  private final Throttle throttle = new Throttle(List.of(), List.of(), 0, adaptiveYield);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** What the probes say; empty when nothing. */
  private String objection = "";

  private final Probe probe =
      session -> objection.isEmpty() ? Optional.empty() : Optional.of(objection);

  @AfterEach
  void letGo() {
    throttle.close();
    threads.shutdownNow();
  }

  /** The others have ended: nobody would ever make room for it. */
  @Test
  void whoIsInTheMiddleOfAChunkGoesOnWhereOneThreadIsEnough() throws Exception {
    Future<?> looks =
        threads.submit(
            () -> {
              adaptiveYield.run(null);
              return null;
            });
    throttle.await(0, 0, Duration.ZERO, () -> false);
    await().until(() -> adaptiveYield.says().contains("1 thread,"));
    assertThat(looks).isNotDone();
    adaptiveYield.left(0);
    throttle.awaitWithin(1);
    Future<?> another = begin(2);
    throttle.awaitWithin(1);
    assertThat(another).isNotDone();
  }

  @Test
  void whoIsInTheMiddleOfAChunkGoesOnWhereFewerThreadsAreWanted() throws Exception {
    throttle.workers(1);
    throttle.awaitWithin(1);
    Future<?> another = begin(1);
    throttle.awaitWithin(1);
    assertThat(another).isNotDone();
    throttle.workers(2);
    another.get();
  }

  @Test
  void nobodyBeginsWhileAProbeObjectsAndTheReasonIsTold() throws Exception {
    throttle.probe(List.of(probe), List.of());
    objection = "Threads_running is 90, more than 50";
    throttle.look(null);
    assertThat(throttle.reason()).isEqualTo(objection);
    Future<?> worker = begin(0);
    Future<?> within =
        threads.submit(
            () -> {
              throttle.awaitWithin(1);
              return null;
            });
    await()
        .until(
            () -> Waiting.at(Throttle.class, "await") && Waiting.at(Throttle.class, "awaitWithin"));
    assertThat(worker).isNotDone();
    assertThat(within).isNotDone();
    objection = "";
    looks(8);
    worker.get(10, SECONDS);
    within.get(10, SECONDS);
  }

  /** Else a value at its limit would make the copy stutter. */
  @Test
  void itGoesOnOnlyAfterEightLooksInARowWithoutAnObjection() throws Exception {
    throttle.probe(List.of(probe), List.of());
    objection = "busy";
    looks(1);
    objection = "";
    looks(7);
    assertThat(throttle.reason()).isEqualTo("busy");
    objection = "busy again";
    looks(1);
    objection = "";
    looks(7);
    assertThat(throttle.reason()).isEqualTo("busy again");
    looks(1);
    assertThat(throttle.reason()).isEmpty();
  }

  private void looks(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      throttle.look(null);
    }
  }

  @Test
  void beyondACriticalLoadTheRunEnds() throws Exception {
    throttle.probe(List.of(), List.of(probe));
    looks(1);
    objection = "Threads_running is 900, more than 500";
    assertThatThrownBy(() -> throttle.look(null))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining(objection);
  }

  @Test
  void theFirstObjectionIsEnough() throws Exception {
    List<String> asked = new ArrayList<>();
    Probe second =
        session -> {
          asked.add("second");
          return Optional.of("second");
        };
    throttle.probe(List.of(probe, second), List.of());
    objection = "first";
    looks(1);
    assertThat(throttle.reason()).isEqualTo("first");
    assertThat(asked).isEmpty();
  }

  @Test
  void anOrderHoldsWhateverTheProbesSayUntilItIsTakenBack() throws Exception {
    throttle.hold("paused by anna");
    looks(20);
    assertThat(throttle.reason()).isEqualTo("paused by anna");
    Future<?> worker = begin(0);
    await().until(() -> Waiting.at(Throttle.class, "await"));
    assertThat(worker).isNotDone();
    throttle.release();
    worker.get(10, SECONDS);
    assertThat(throttle.reason()).isEmpty();
  }

  @Test
  void aRateIsThatOfAllWorkersTogether() throws Exception {
    throttle.rate(1_000);
    long begun = System.nanoTime();
    throttle.await(0, 50, Duration.ZERO, () -> false);
    throttle.await(1, 50, Duration.ZERO, () -> false);
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isGreaterThanOrEqualTo(Duration.ofMillis(100));
  }

  @Test
  void whoRestsGoesOnWithAnotherPace() throws Exception {
    throttle.rate(0.001);
    Future<?> worker =
        threads.submit(
            () -> {
              throttle.await(0, 1, Duration.ofHours(1), () -> false);
              return null;
            });
    await().until(() -> Waiting.at(Throttle.class, "rest"));
    throttle.rate(0);
    worker.get(10, SECONDS);
  }

  @Test
  void aChunkIsNoMoreThanHalfASecondAtTheRate() {
    assertThat(throttle.mostRows()).isEqualTo(Long.MAX_VALUE);
    throttle.rate(1_000);
    assertThat(throttle.mostRows()).isEqualTo(500);
    throttle.rate(0.5);
    assertThat(throttle.mostRows()).isOne();
  }

  @Test
  void aWorkerThatIsOneTooManyEndsWhenNothingIsLeftToDo() throws Exception {
    throttle.workers(1);
    assertThat(throttle.workers()).isOne();
    AtomicBoolean over = new AtomicBoolean();
    Future<?> second =
        threads.submit(
            () -> {
              throttle.await(1, 0, Duration.ZERO, over::get);
              return null;
            });
    await().until(() -> Waiting.at(Throttle.class, "await"));
    assertThat(second).isNotDone();
    over.set(true);
    second.get(10, SECONDS);
  }

  @Test
  void closingLetsEverybodyGo() throws Exception {
    throttle.hold("paused");
    throttle.workers(1);
    Future<?> first = begin(0);
    Future<?> second = begin(1);
    Future<?> looks =
        threads.submit(
            () -> {
              throttle.run(null);
              return null;
            });
    throttle.close();
    first.get(10, SECONDS);
    second.get(10, SECONDS);
    looks.get(10, SECONDS);
  }

  @Test
  void withoutAProbeNothingIsLookedAt() throws Exception {
    Future<Boolean> needed = threads.submit(throttle::awaitProbes);
    await().until(() -> Waiting.at(Throttle.class, "awaitProbes"));
    throttle.probe(List.of(), List.of(probe));
    assertThat(needed.get(10, SECONDS)).isTrue();
    throttle.probe(List.of(), List.of());
    Future<Boolean> again = threads.submit(throttle::awaitProbes);
    throttle.close();
    assertThat(again.get(10, SECONDS)).isFalse();
  }

  @Test
  void onlyWhoIsToGiveWayLooksAtTheServer() throws Exception {
    AdaptiveYield yield = new AdaptiveYield(BUSY, false);
    Future<Boolean> needed = threads.submit(yield::awaitWanted);
    yield.begin(0, () -> false);
    await().until(() -> Waiting.at(AdaptiveYield.class, "awaitWanted"));
    assertThat(needed).isNotDone();
    yield.wanted(true);
    assertThat(needed.get(10, SECONDS)).isTrue();
    yield.left(0);
    Future<Boolean> again = threads.submit(yield::awaitWanted);
    yield.close();
    assertThat(again.get(10, SECONDS)).isFalse();
  }

  private Future<?> begin(int worker) {
    return threads.submit(
        () -> {
          throttle.await(worker, 0, Duration.ZERO, () -> false);
          return null;
        });
  }
}
