package dev.ghost.internal.migration;

import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.DaemonThreads;
import dev.ghost.internal.throttle.Throttle;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The migration's threads. Owned by the run's own thread, the only one to call it. */
final class Workers {

  /** What work waits for before it takes a session. */
  @FunctionalInterface
  interface Need {

    /** Returns false when the migration has ended before. */
    boolean await() throws InterruptedException;
  }

  /** Work with a session. */
  @FunctionalInterface
  interface SessionTask {
    void run(Session session) throws SQLException, InterruptedException;
  }

  /** Work that several threads share, each with a session; they are numbered from 0. */
  @FunctionalInterface
  interface SharedTask {
    void run(int worker, Session session) throws SQLException, InterruptedException;
  }

  private final Server server;
  private final ProgressReporter reporter;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(DaemonThreads.numbered("worker"));
  private final List<Future<?>> background = new ArrayList<>();

  Workers(Server server, ProgressReporter reporter) {
    this.server = server;
    this.reporter = reporter;
  }

  /** Starts work that lasts as long as the migration; its failure stops the migration. */
  void startBackground(Task task) {
    background.add(
        threads.submit(
            () -> {
              task.run();
              return null;
            }));
  }

  /** Starts work that lasts as long as the migration, with a session of its own. */
  void startBackground(SessionProfile profile, SessionTask task) {
    startBackground(profile, () -> true, task);
  }

  /**
   * The same, with a session that is opened when there is something to do: most migrations never
   * need it.
   */
  void startBackground(SessionProfile profile, Need need, SessionTask task) {
    startBackground(
        () -> {
          if (need.await()) {
            try (Session session = server.open(profile)) {
              task.run(session);
            }
          }
        });
  }

  /** Throws what has ended background work, if anything has. */
  void check() throws SQLException, InterruptedException {
    for (Future<?> future : background) {
      if (future.isDone()) {
        finish(future);
      }
    }
  }

  /**
   * Returns a group that begins to work when it is awaited. The first thread begins at once; others
   * join when there is something for them to do, since each needs a connection.
   *
   * @param least threads that can count on a connection
   * @param throttle says how many are wanted by now, and is told who has left
   * @param more true while there is work for one more thread
   */
  Group group(
      SessionProfile profile, int least, Throttle throttle, BooleanSupplier more, SharedTask task) {
    return new Group(profile, least, throttle, more, task);
  }

  /** Waits for a group's work to end, calling {@code tick} again and again; throws its failure. */
  void await(Group group, Task tick) throws SQLException, InterruptedException {
    boolean done = false;
    while (!done) {
      tick.run();
      check();
      done = true;
      for (Future<?> future : group.begun()) {
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

  /** Threads at the same work; more of them join when more are wanted. */
  final class Group {

    private final SessionProfile profile;
    private final int least;
    private final Throttle throttle;
    private final BooleanSupplier more;
    private final SharedTask task;
    private final List<Future<?>> begun = new ArrayList<>();

    private Group(
        SessionProfile profile,
        int least,
        Throttle throttle,
        BooleanSupplier more,
        SharedTask task) {
      this.profile = profile;
      this.least = least;
      this.throttle = throttle;
      this.more = more;
      this.task = task;
    }

    /** Returns all that have begun, after as many have joined as are wanted. */
    private List<Future<?>> begun() {
      while (begun.isEmpty()
          || (begun.size() < Math.max(least, throttle.workers()) && more.getAsBoolean())) {
        begun.add(threads.submit(worker(begun.size())));
      }
      return begun;
    }

    /** One lambda and no more: it is above every chunk. */
    private Callable<Void> worker(int number) {
      return () -> {
        Optional<Session> own = open(number);
        if (own.isPresent()) {
          try (Session session = own.get()) {
            try {
              task.run(number, session);
            } finally {
              throttle.left(number);
            }
          }
        }
        return null;
      };
    }

    /** Returns no session where there is none for one that joins: the others can do without it. */
    private Optional<Session> open(int number) throws SQLException {
      try {
        return Optional.of(server.open(profile));
      } catch (SQLException e) {
        if (number < least) {
          throw e;
        }
        reporter.warning("There is no connection for one more thread: " + e.getMessage());
        return Optional.empty();
      }
    }
  }
}
