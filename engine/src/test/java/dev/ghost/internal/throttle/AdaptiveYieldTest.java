package dev.ghost.internal.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ghost.internal.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When workers give way to the application, by how much, and when they stop doing so. */
@Timeout(60)
class AdaptiveYieldTest {

  private static final Duration LONG = Duration.ofSeconds(1);

  private final AtomicInteger busy = new AtomicInteger();
  private final AtomicLong changes = new AtomicLong();
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicLong clock = new AtomicLong();
  private final AtomicInteger working = new AtomicInteger();

  /**
   * How long a commit takes for each worker at work, beside the millisecond that it takes alone.
   */
  private volatile long harmMillis;

  private volatile boolean ended;

  private final AdaptiveYield adaptiveYield = new AdaptiveYield(new Server(), true, clock::get);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<?>> doing = new ArrayList<>();

  private final class Server implements AdaptiveYield.Server {
    @Override
    public int busyElsewhere(Session session) {
      looks.incrementAndGet();
      return busy.get();
    }

    @Override
    public long changes() {
      return changes.get();
    }

    @Override
    public void commit(Session session) throws InterruptedException {
      TimeUnit.MILLISECONDS.sleep(1 + harmMillis * working.get());
    }
  }

  @AfterEach
  void end() {
    ended = true;
    adaptiveYield.close();
    threads.shutdownNow();
  }

  private void start(int workers) {
    doing.add(
        threads.submit(
            () -> {
              adaptiveYield.run(null);
              return null;
            }));
    for (int i = 0; i < workers; i++) {
      int worker = i;
      doing.add(
          threads.submit(
              () -> {
                work(worker);
                return null;
              }));
    }
  }

  private void work(int worker) throws InterruptedException {
    while (!ended) {
      adaptiveYield.begin(worker, () -> ended);
      working.incrementAndGet();
      TimeUnit.MILLISECONDS.sleep(5);
      working.decrementAndGet();
      adaptiveYield.left(worker);
    }
  }

  private void awaitLooks(int more) {
    int before = looks.get();
    await().until(() -> looks.get() >= before + more);
  }

  @Test
  void whereNobodyElseIsItGoesOnAsItCan() {
    start(2);
    awaitLooks(2);
    assertThat(adaptiveYield.says()).isEmpty();
    assertThat(adaptiveYield.chunkTime(LONG)).isEqualTo(LONG);
  }

  @Test
  void whereSomebodyIsAtWorkChunksAreSmallAndOneWorkerRests() {
    start(2);
    awaitLooks(1);
    busy.set(1);
    await().until(() -> adaptiveYield.says().contains("1 thread, 33 %"));
    assertThat(adaptiveYield.chunkTime(LONG)).isEqualTo(Duration.ofMillis(10));
    assertThat(adaptiveYield.chunkTime(Duration.ofMillis(3))).isEqualTo(Duration.ofMillis(3));
  }

  @Test
  void changesOfTheTableAreSomebodyAtWorkToo() {
    start(1);
    awaitLooks(1);
    changes.incrementAndGet();
    await().until(() -> !adaptiveYield.says().isEmpty());
  }

  @Test
  void whoDoesNoHarmTakesMoreAndMore() {
    busy.set(1);
    start(2);
    await().until(() -> adaptiveYield.says().contains("1 thread, 33 %"));
    await().until(() -> !adaptiveYield.says().contains("33 %"));
  }

  @Test
  void whoDoesHarmStaysAtTheLeastAndGoesOn() {
    busy.set(1);
    harmMillis = 30;
    start(2);
    await().until(() -> !adaptiveYield.says().isEmpty());
    AtomicInteger more = new AtomicInteger();
    for (int i = 0; i < 4; i++) {
      awaitLooks(1);
      if (!adaptiveYield.says().contains("1 thread, 33 %")) {
        more.incrementAndGet();
      }
    }
    assertThat(more).hasValue(0);
    await().until(() -> working.get() > 0);
  }

  @Test
  void tenSecondsAfterTheLastWasSeenItGoesOnAsItCan() {
    busy.set(1);
    start(2);
    await().until(() -> !adaptiveYield.says().isEmpty());
    busy.set(0);
    awaitLooks(2);
    clock.addAndGet(TimeUnit.SECONDS.toNanos(9));
    awaitLooks(2);
    assertThat(adaptiveYield.says()).isNotEmpty();
    clock.addAndGet(TimeUnit.SECONDS.toNanos(2));
    await().until(() -> adaptiveYield.says().isEmpty());
    assertThat(adaptiveYield.chunkTime(LONG)).isEqualTo(LONG);
  }

  @Test
  void whoIsToldNotToGivesNoWay() {
    busy.set(1);
    start(2);
    await().until(() -> !adaptiveYield.says().isEmpty());
    adaptiveYield.wanted(false);
    assertThat(adaptiveYield.says()).isEmpty();
    int before = looks.get();
    await().until(() -> working.get() > 0);
    assertThat(looks.get()).as("nobody is looked for").isLessThanOrEqualTo(before + 1);
    adaptiveYield.wanted(true);
    await().until(() -> !adaptiveYield.says().isEmpty());
  }
}
