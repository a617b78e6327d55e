package dev.ghost.it;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * An application that updates rows of a table, each in a transaction of its own, and measures what
 * it feels. Each writer has a thread.
 */
final class Load implements AutoCloseable {

  /** What the application felt for a while. */
  record Felt(double perSecond, double p99Millis) {}

  private final List<BackgroundLoop> writers = new ArrayList<>();
  private final List<Connection> connections = new ArrayList<>();

  // Guarded by this.
  private LongStream.Builder nanos = LongStream.builder();
  private long since = System.nanoTime();

  /**
   * @param ids those of the rows, from 1
   * @param batch rows of a transaction, next to each other
   * @param perSecond transactions of all writers; 0 for as many as they can
   */
  Load(Schema schema, int count, int ids, int batch, double perSecond) throws SQLException {
    for (int i = 0; i < count; i++) {
      Connection c = schema.connect();
      connections.add(c);
      PreparedStatement update =
          c.prepareStatement("UPDATE t SET a = a + 1 WHERE id BETWEEN ? AND ?");
      long rest = perSecond == 0 ? 0 : (long) (1e9 * count / perSecond);
      long[] due = {System.nanoTime()};
      writers.add(
          new BackgroundLoop(
              i, r -> write(update, 1 + r.nextInt(ids - batch + 1), batch, due, rest)));
    }
  }

  /** A writer that comes late makes up for it, as users do who do not wait for each other. */
  private void write(PreparedStatement update, int first, int batch, long[] due, long rest)
      throws SQLException {
    if (rest > 0) {
      due[0] += rest;
      while (due[0] - System.nanoTime() > 0) {
        LockSupport.parkNanos(due[0] - System.nanoTime());
      }
    }
    long begun = System.nanoTime();
    update.setInt(1, first);
    update.setInt(2, first + batch - 1);
    update.executeUpdate();
    add(System.nanoTime() - begun);
  }

  private synchronized void add(long time) {
    nanos.add(time);
  }

  /** What was felt since the last call, or since the begin. */
  synchronized Felt felt() {
    long[] sorted = nanos.build().sorted().toArray();
    double seconds = (System.nanoTime() - since) / 1e9;
    nanos = LongStream.builder();
    since = System.nanoTime();
    return new Felt(
        sorted.length / seconds,
        sorted.length == 0 ? Double.NaN : sorted[(int) (sorted.length * 0.99)] / 1e6);
  }

  @Override
  public void close() throws Exception {
    for (BackgroundLoop writer : writers) {
      writer.close();
    }
    for (Connection c : connections) {
      c.close();
    }
  }
}
