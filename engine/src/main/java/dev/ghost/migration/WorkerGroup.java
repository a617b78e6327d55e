package dev.ghost.migration;

import dev.ghost.session.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;

/**
 * Threads at the same work, each with a session of its own; more of them join when more are wanted.
 * Owned by the run's own thread; nobody else calls it.
 */
final class WorkerGroup {

  /** The work; the workers of one team are numbered from 0. */
  @FunctionalInterface
  interface Work {
    void run(int worker, Session session) throws SQLException, InterruptedException;
  }

  /** Where a session comes from. */
  @FunctionalInterface
  interface Source {
    Session open() throws SQLException;
  }

  private final Function<Workers.Task, Future<?>> threads;
  private final Source sessions;
  private final int least;
  private final IntSupplier wanted;
  private final Consumer<String> warning;
  private final Work work;
  private final List<Future<?>> workers = new ArrayList<>();

  /**
   * @param least workers that there must be
   * @param wanted how many are wanted by now
   * @param warning told when there is no connection for one that was wanted later
   */
  WorkerGroup(
      Function<Workers.Task, Future<?>> threads,
      Source sessions,
      int least,
      IntSupplier wanted,
      Consumer<String> warning,
      Work work) {
    this.threads = threads;
    this.sessions = sessions;
    this.least = least;
    this.wanted = wanted;
    this.warning = warning;
    this.work = work;
  }

  /** All that have begun, after as many have joined as are wanted. */
  List<Future<?>> workers() {
    while (workers.size() < Math.max(least, wanted.getAsInt())) {
      int number = workers.size();
      workers.add(threads.apply(number < least ? () -> run(number) : () -> join(number)));
    }
    return workers;
  }

  private void run(int number) throws SQLException, InterruptedException {
    try (Session session = sessions.open()) {
      work.run(number, session);
    }
  }

  /** The others can do without it. */
  private void join(int number) throws SQLException, InterruptedException {
    Session own;
    try {
      own = sessions.open();
    } catch (SQLException e) {
      warning.accept("There is no connection for one more thread: " + e.getMessage());
      return;
    }
    try (Session session = own) {
      work.run(number, session);
    }
  }
}
