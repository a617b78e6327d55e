package dev.ghost.throttle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.session.Session;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may begin a chunk, and who must be let on. */
@Timeout(60)
class ThrottleTest {

  /** Somebody is always at work there. */
  private static final Courtesy.Server BUSY =
      new Courtesy.Server() {
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

  private final Courtesy courtesy = new Courtesy(BUSY, true);
  private final Throttle throttle = new Throttle(List.of(), List.of(), 0, 0, courtesy);
  private final ExecutorService threads = Executors.newCachedThreadPool();

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
              courtesy.run(null);
              return null;
            });
    throttle.await(0, 0, Duration.ZERO, () -> false);
    while (!courtesy.says().contains("1 thread,")) {
      assertThat(looks).isNotDone();
    }
    courtesy.left(0);
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

  private Future<?> begin(int worker) {
    return threads.submit(
        () -> {
          throttle.await(worker, 0, Duration.ZERO, () -> false);
          return null;
        });
  }
}
