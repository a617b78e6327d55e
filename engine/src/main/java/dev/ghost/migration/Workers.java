package dev.ghost.migration;

import dev.ghost.dialect.SessionProfile;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import dev.ghost.thread.DaemonThreads;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The migration's threads. Owned by the run's own thread, the only one to call it. */
final class Workers {

  /** A thread's work; its first failure stops the migration. */
  @FunctionalInterface
  interface Task {
    void run() throws SQLException, InterruptedException;
  }

  /** Work with a session. */
  @FunctionalInterface
  interface SessionWork {
    void run(Session session) throws SQLException, InterruptedException;
  }

  /** Called while others work. */
  @FunctionalInterface
  interface Tick {
    void run() throws SQLException, InterruptedException;
  }

  private final ExecutorService threads =
      Executors.newCachedThreadPool(DaemonThreads.numbered("worker"));

  private final List<Future<?>> standing = new ArrayList<>();

  /** Starts work that lasts as long as the migration. */
  void stand(Task task) {
    standing.add(submit(task));
  }

  /** Starts work that has an end. */
  Future<?> submit(Task task) {
    return threads.submit(
        () -> {
          task.run();
          return null;
        });
  }

  /** Starts work that lasts as long as the migration, with a session of its own. */
  void stand(Sessions sessions, SessionProfile profile, SessionWork work) {
    stand(
        () -> {
          try (Session session = sessions.open(profile)) {
            work.run(session);
          }
        });
  }

  /** Throws what has ended standing work, if anything has. */
  void check() throws SQLException, InterruptedException {
    for (Future<?> future : standing) {
      if (future.isDone()) {
        finish(future);
      }
    }
  }

  /** Waits for the team's work to end, calling {@code tick} again and again; throws its failure. */
  void await(WorkerGroup team, Tick tick) throws SQLException, InterruptedException {
    boolean done = false;
    while (!done) {
      tick.run();
      check();
      done = true;
      for (Future<?> future : team.workers()) {
        if (future.isDone()) {
          finish(future);
        } else {
          done = false;
        }
      }
      TimeUnit.MILLISECONDS.sleep(done ? 0 : 20);
    }
  }

  /** Ends all threads: asks them first, and calls {@code force} for those that do not hear. */
  void close(Runnable force) throws InterruptedException {
    threads.shutdownNow();
    if (!threads.awaitTermination(2, TimeUnit.SECONDS)) {
      force.run();
      if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a thread of the migration did not end");
      }
    }
  }

  private static void finish(Future<?> future) throws SQLException, InterruptedException {
    try {
      future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof SQLException failure) {
        throw failure;
      }
      if (cause instanceof InterruptedException failure) {
        throw failure;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(cause);
    }
  }
}
