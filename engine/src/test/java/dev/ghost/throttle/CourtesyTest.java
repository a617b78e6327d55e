package dev.ghost.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ghost.session.Session;
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
class CourtesyTest {

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

  private final Courtesy courtesy = new Courtesy(new Server(), true, clock::get);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<?>> doing = new ArrayList<>();

  private final class Server implements Courtesy.Server {
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
    courtesy.close();
    threads.shutdownNow();
  }

  private void start(int workers) {
    doing.add(
        threads.submit(
            () -> {
              courtesy.run(null);
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
      courtesy.begin(worker, () -> ended);
      working.incrementAndGet();
      TimeUnit.MILLISECONDS.sleep(5);
      working.decrementAndGet();
      courtesy.left(worker);
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
    assertThat(courtesy.says()).isEmpty();
    assertThat(courtesy.chunkTime(LONG)).isEqualTo(LONG);
  }

  @Test
  void whereSomebodyIsAtWorkChunksAreSmallAndOneWorkerRests() {
    start(2);
    awaitLooks(1);
    busy.set(1);
    await().until(() -> courtesy.says().contains("1 thread, 33 %"));
    assertThat(courtesy.chunkTime(LONG)).isEqualTo(Duration.ofMillis(10));
    assertThat(courtesy.chunkTime(Duration.ofMillis(3))).isEqualTo(Duration.ofMillis(3));
  }

  @Test
  void changesOfTheTableAreSomebodyAtWorkToo() {
    start(1);
    awaitLooks(1);
    changes.incrementAndGet();
    await().until(() -> !courtesy.says().isEmpty());
  }

  @Test
  void whoDoesNoHarmTakesMoreAndMore() {
    busy.set(1);
    start(2);
    await().until(() -> courtesy.says().contains("1 thread, 33 %"));
    await().until(() -> !courtesy.says().contains("33 %"));
  }

  @Test
  void whoDoesHarmStaysAtTheLeastAndGoesOn() {
    busy.set(1);
    harmMillis = 30;
    start(2);
    await().until(() -> !courtesy.says().isEmpty());
    AtomicInteger more = new AtomicInteger();
    for (int i = 0; i < 6; i++) {
      awaitLooks(1);
      if (!courtesy.says().contains("1 thread, 33 %")) {
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
    await().until(() -> !courtesy.says().isEmpty());
    busy.set(0);
    awaitLooks(2);
    clock.addAndGet(TimeUnit.SECONDS.toNanos(9));
    awaitLooks(2);
    assertThat(courtesy.says()).isNotEmpty();
    clock.addAndGet(TimeUnit.SECONDS.toNanos(2));
    await().until(() -> courtesy.says().isEmpty());
    assertThat(courtesy.chunkTime(LONG)).isEqualTo(LONG);
  }

  @Test
  void whoIsToldNotToGivesNoWay() {
    busy.set(1);
    start(2);
    await().until(() -> !courtesy.says().isEmpty());
    courtesy.wanted(false);
    assertThat(courtesy.says()).isEmpty();
    int before = looks.get();
    await().until(() -> working.get() > 0);
    assertThat(looks.get()).as("nobody is looked for").isLessThanOrEqualTo(before + 1);
    courtesy.wanted(true);
    await().until(() -> !courtesy.says().isEmpty());
  }
}
