package dev.ghost.it;

import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Does something again and again in a thread of its own, until it is closed. */
final class BackgroundLoop implements AutoCloseable {

  /** One time. */
  @FunctionalInterface
  interface Step {
    void run(Random random) throws Exception;
  }

  private static final long REST_NANOS = 2_000_000;

  private final Thread thread;
  private volatile boolean over;
  private volatile Throwable failure;

  BackgroundLoop(long seed, Step step) {
    thread =
        new Thread(
            () -> {
              Random random = new Random(seed);
              try {
                while (!over) {
                  step.run(random);
                  // The servers share two cores with anyone who writes to them.
                  LockSupport.parkNanos(REST_NANOS);
                }
              } catch (Throwable e) {
                failure = e;
              }
            },
            "meanwhile");
    thread.setDaemon(true);
    thread.start();
  }

  /** Ends it after the step that it is in; throws what has gone wrong. */
  @Override
  public void close() throws Exception {
    over = true;
    thread.join();
    if (failure != null) {
      throw new AssertionError("what was done meanwhile failed", failure);
    }
  }
}
