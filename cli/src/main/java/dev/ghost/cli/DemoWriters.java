package dev.ghost.cli;

import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The application of the demo: sessions that read and write one row at a time, and note how long
 * each transaction took. The writers' threads note; the command's thread starts, stops and reports.
 */
final class DemoWriters implements AutoCloseable {

  /** What the migration is doing while a transaction runs. */
  private enum Moment {
    BEFORE("before"),
    DURING("copy, replay, verification"),
    CUTOVER("cutover"),
    AFTER("after");

    final String title;

    Moment(String title) {
      this.title = title;
    }
  }

  private static final long THINK_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
  private static final long BEFORE_MILLIS = 2_000;
  private static final long AFTER_MILLIS = 1_000;

  private final DemoServer server;
  private final int rows;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<Moment, List<Long>> nanos = new EnumMap<>(Moment.class);

  private volatile Moment moment = Moment.BEFORE;
  private volatile boolean stopped;

  // Guarded by this.
  private long inserted;
  private @Nullable Exception failure;

  DemoWriters(DemoServer server, int writers, int rows) {
    this.server = server;
    this.rows = rows;
    for (int i = 0; i < writers; i++) {
      int number = i;
      Thread thread = new Thread(() -> write(number), "demo-writer-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  /** Starts the writers, and lets them be alone for a while, for comparison. */
  void start() throws InterruptedException {
    threads.forEach(Thread::start);
    TimeUnit.MILLISECONDS.sleep(BEFORE_MILLIS);
    moment = Moment.DURING;
  }

  /** Lets them go on for a while on the new table. */
  void afterwards() throws InterruptedException {
    moment = Moment.AFTER;
    TimeUnit.MILLISECONDS.sleep(AFTER_MILLIS);
  }

  /** Passes everything on, and learns which phase it is. */
  MigrationListener listener(MigrationListener next) {
    return new MigrationListener() {
      @Override
      public void on(MigrationEvent event) {
        if (event instanceof MigrationEvent.PhaseStarted started) {
          moment =
              switch (started.phase()) {
                case CUTOVER -> Moment.CUTOVER;
                case FINISH -> Moment.AFTER;
                default -> Moment.DURING;
              };
        }
        next.on(event);
      }
    };
  }

  private void write(int number) {
    Random random = new Random(number);
    try (Connection c = server.connect();
        PreparedStatement update =
            c.prepareStatement("UPDATE orders SET amount = amount + 0.01 WHERE id = ?");
        PreparedStatement insert =
            c.prepareStatement(
                "INSERT INTO orders (customer, amount, reference) VALUES (?, 1, ?)");
        PreparedStatement delete =
            c.prepareStatement("DELETE FROM orders WHERE reference = ? AND id <= " + rows)) {
      for (long i = 0; !stopped; i++) {
        Moment then = moment;
        long begun = System.nanoTime();
        boolean isInsert = false;
        switch (random.nextInt(5)) {
          case 0 -> {
            insert.setInt(1, random.nextInt(5000));
            insert.setString(2, "W" + number + "-" + i);
            isInsert = insert.executeUpdate() == 1;
          }
          case 1 -> {
            delete.setString(1, "R" + (1 + random.nextInt(rows)));
            delete.executeUpdate();
          }
          default -> {
            update.setLong(1, 1 + random.nextInt(rows));
            update.executeUpdate();
          }
        }
        note(then, System.nanoTime() - begun, isInsert);
        LockSupport.parkNanos(THINK_NANOS);
      }
    } catch (SQLException e) {
      failed(e);
    }
  }

  private synchronized void note(Moment then, long took, boolean isInsert) {
    nanos.computeIfAbsent(then, moment -> new ArrayList<>()).add(took);
    inserted += isInsert ? 1 : 0;
  }

  private synchronized void failed(Exception e) {
    failure = e;
  }

  /** Inserts that were acknowledged. */
  synchronized long inserted() {
    return inserted;
  }

  /** Stops the writers; call before the report. */
  @Override
  public void close() throws Exception {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    synchronized (this) {
      if (failure != null) {
        throw failure;
      }
    }
  }

  synchronized void report(PrintWriter out) {
    out.println("What the application felt, in ms for a transaction:");
    out.printf("  %-28s %12s %8s %8s %8s%n", "", "transactions", "p50", "p99", "longest");
    nanos.forEach(
        (when, all) -> {
          if (!all.isEmpty()) {
            long[] sorted = all.stream().mapToLong(Long::longValue).sorted().toArray();
            out.printf(
                Locale.ROOT,
                "  %-28s %,12d %8.2f %8.2f %8.2f%n",
                when.title,
                sorted.length,
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6,
                sorted[sorted.length - 1] / 1e6);
          }
        });
    out.flush();
  }
}
