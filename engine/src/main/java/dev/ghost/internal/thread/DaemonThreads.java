package dev.ghost.internal.thread;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes the engine's threads: daemons, named after what they do. Thread-safe.
 *
 * @param name of its only thread, or of all of them with a number behind it
 * @param next the number of the next thread; null where there is only one
 */
public record DaemonThreads(String name, @Nullable AtomicInteger next) implements ThreadFactory {

  /** Makes threads that are called ghost-WORK-1, ghost-WORK-2 and so on. */
  public static DaemonThreads numbered(String work) {
    return new DaemonThreads("ghost-" + work, new AtomicInteger());
  }

  /** Makes a thread that is called ghost-WORK. */
  public static DaemonThreads single(String work) {
    return new DaemonThreads("ghost-" + work, null);
  }

  @Override
  public Thread newThread(Runnable task) {
    Thread thread = new Thread(task, next == null ? name : name + "-" + next.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }
}
