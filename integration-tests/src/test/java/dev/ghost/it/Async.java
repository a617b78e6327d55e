package dev.ghost.it;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Does something once, in a thread of its own. The common pool has one thread on a machine with two
 * cores, and from Java 25 on nothing else does what is not given another: tasks of which one waits
 * for the other would wait for ever.
 */
final class Async {

  private static final Executor THREADS =
      task -> {
        Thread thread = new Thread(task, "aside");
        thread.setDaemon(true);
        thread.start();
      };

  private Async() {}

  static <T> CompletableFuture<T> supply(Supplier<T> task) {
    return CompletableFuture.supplyAsync(task, THREADS);
  }

  static CompletableFuture<Void> run(Runnable task) {
    return CompletableFuture.runAsync(task, THREADS);
  }
}
