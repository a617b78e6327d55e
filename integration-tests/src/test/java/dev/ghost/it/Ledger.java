package dev.ghost.it;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Writers that hammer a table, and the book they keep of what the server acknowledged. The table is
 * {@code (id, u UNIQUE, v)}. Each writer owns the ids that leave its number when divided by the
 * number of writers, so the book needs no order between writers.
 */
final class Ledger implements AutoCloseable {

  /** What the book says of a row. */
  private record Row(long u, long v) {}

  private final Schema schema;
  private final String table;
  private final int writers;
  private final List<Writer> threads = new ArrayList<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong longestNanos = new AtomicLong();
  private volatile boolean stopped;
  private volatile long restNanos = 2_000_000;

  Ledger(Schema schema, String table, int writers, long seed) throws SQLException {
    this.schema = schema;
    this.table = table;
    this.writers = writers;
    for (int i = 0; i < writers; i++) {
      threads.add(
          new Writer(i, new Random(seed * 31 + i), 1 + Math.floorMod(seed, 1_000) * 10_000_000L));
    }
    try (Connection c = schema.connect();
        ResultSet rs = c.createStatement().executeQuery("SELECT id, u, v FROM " + table)) {
      while (rs.next()) {
        threads
            .get((int) (rs.getLong(1) % writers))
            .book
            .put(rs.getLong(1), new Row(rs.getLong(2), rs.getLong(3)));
      }
    }
  }

  /** Rests after each transaction, so that others get on too; before {@link #start}. */
  Ledger gently() {
    restNanos = 4_000_000;
    return this;
  }

  Ledger start() {
    threads.forEach(Thread::start);
    return this;
  }

  long acknowledged() {
    return acknowledged.get();
  }

  /** Waits until the server has acknowledged more; false when it has not, in time. */
  boolean awaitMore(int more, Duration limit) {
    long then = acknowledged();
    return Until.holds(limit, () -> acknowledged() >= then + more);
  }

  /** The longest time that one transaction took. */
  long longestMillis() {
    return longestNanos.get() / 1_000_000;
  }

  /** Stops the writers; throws what went wrong with one. */
  void stop() throws Exception {
    stopped = true;
    for (Writer w : threads) {
      w.join();
      if (w.failure != null) {
        throw new AssertionError("writer " + w.number + " failed", w.failure);
      }
    }
  }

  /** Differences between the book and a table; empty when they agree. */
  List<String> differences() throws SQLException {
    Map<Long, Row> expected = new TreeMap<>();
    threads.forEach(w -> expected.putAll(w.book));
    List<String> differences = new ArrayList<>();
    try (Connection c = schema.connect();
        ResultSet rs = c.createStatement().executeQuery("SELECT id, u, v FROM " + table)) {
      while (rs.next()) {
        Row found = new Row(rs.getLong(2), rs.getLong(3));
        Row booked = expected.remove(rs.getLong(1));
        if (!found.equals(booked)) {
          differences.add("id %d: booked %s, found %s".formatted(rs.getLong(1), booked, found));
        }
      }
    }
    expected.forEach((id, row) -> differences.add("id %d: booked %s, missing".formatted(id, row)));
    return differences.size() > 20 ? differences.subList(0, 20) : differences;
  }

  @Override
  public void close() throws Exception {
    stop();
  }

  private final class Writer extends Thread {
    private final int number;
    private final Random random;
    private final TreeMap<Long, Row> book = new TreeMap<>();
    private Throwable failure;

    /** Books that follow each other on one table, with seeds of their own, have other values. */
    private long nextValue;

    Writer(int number, Random random, long firstValue) {
      super("writer-" + number);
      this.number = number;
      this.random = random;
      this.nextValue = firstValue;
      setDaemon(true);
    }

    @Override
    public void run() {
      try (Connection c = schema.connect()) {
        c.setAutoCommit(false);
        while (!stopped) {
          TreeMap<Long, Row> next = new TreeMap<>();
          long begun = System.nanoTime();
          try {
            step(c, next);
            c.commit();
          } catch (SQLException e) {
            Set<String> known = schema.server().rolledBack();
            if (!known.contains("" + e.getErrorCode()) && !known.contains(e.getSQLState())) {
              throw e;
            }
            c.rollback();
            continue;
          }
          long took = System.nanoTime() - begun;
          longestNanos.accumulateAndGet(took, Math::max);
          next.forEach(
              (id, row) -> {
                if (row.v < 0) {
                  book.remove(id);
                } else {
                  book.put(id, row);
                }
              });
          acknowledged.incrementAndGet();
          LockSupport.parkNanos(restNanos);
        }
      } catch (Throwable e) {
        failure = e;
      }
    }

    /**
     * One transaction; what it does to the book goes to {@code next}, a deletion as a negative
     * value.
     */
    private void step(Connection c, Map<Long, Row> next) throws SQLException {
      Row gone = new Row(-1, -1);
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> {
          long id = someId();
          Row row = new Row(book.get(id).u, value());
          run(c, "UPDATE %s SET v = ? WHERE id = ?", row.v, id);
          next.put(id, row);
        }
        case 3, 4 -> {
          long id = freeId();
          Row row = new Row(unique(), value());
          run(c, "INSERT INTO %s (id, u, v) VALUES (?, ?, ?)", id, row.u, row.v);
          next.put(id, row);
        }
        case 5 -> {
          long id = someId();
          run(c, "DELETE FROM %s WHERE id = ?", id);
          next.put(id, gone);
        }
        case 6 -> {
          // Deleted and inserted again in one transaction.
          long id = someId();
          Row row = new Row(unique(), value());
          run(c, "DELETE FROM %s WHERE id = ?", id);
          run(c, "INSERT INTO %s (id, u, v) VALUES (?, ?, ?)", id, row.u, row.v);
          next.put(id, row);
        }
        case 7 -> {
          // The key itself moves.
          long id = someId();
          long to = freeId();
          Row row = new Row(book.get(id).u, value());
          run(c, "UPDATE %s SET id = ?, v = ? WHERE id = ?", to, row.v, id);
          next.put(id, gone);
          next.put(to, row);
        }
        case 8 -> swap(c, next);
        default -> {
          // A statement that touches many rows.
          long from = someId();
          long v = value();
          run(
              c,
              "UPDATE %s SET v = ? WHERE id BETWEEN ? AND ? AND id %% " + writers + " = " + number,
              v,
              from,
              from + 20L * writers);
          book.subMap(from, true, from + 20L * writers, true)
              .forEach((id, row) -> next.put(id, new Row(row.u, v)));
        }
      }
    }

    /** A value of the UNIQUE column moves between two rows. */
    private void swap(Connection c, Map<Long, Row> next) throws SQLException {
      long a = someId();
      long b = someId();
      if (a == b) {
        return;
      }
      Row rowA = new Row(book.get(b).u, value());
      Row rowB = new Row(book.get(a).u, value());
      run(c, "UPDATE %s SET u = ? WHERE id = ?", -1 - number, a);
      run(c, "UPDATE %s SET u = ?, v = ? WHERE id = ?", rowB.u, rowB.v, b);
      run(c, "UPDATE %s SET u = ?, v = ? WHERE id = ?", rowA.u, rowA.v, a);
      next.put(a, rowA);
      next.put(b, rowB);
    }

    private void run(Connection c, String sql, long... values) throws SQLException {
      try (PreparedStatement s = c.prepareStatement(sql.formatted(table))) {
        for (int i = 0; i < values.length; i++) {
          s.setLong(i + 1, values[i]);
        }
        s.executeUpdate();
      }
    }

    /** A row of this writer; now and then the first or the last. */
    private long someId() {
      return switch (random.nextInt(20)) {
        case 0 -> book.firstKey();
        case 1 -> book.lastKey();
        default -> {
          long somewhere = random.nextLong(book.firstKey(), book.lastKey() + 1);
          yield book.ceilingKey(somewhere);
        }
      };
    }

    private long freeId() {
      while (true) {
        long id = random.nextLong(book.lastKey() / writers + 50) * writers + number;
        if (id > 0 && !book.containsKey(id)) {
          return id;
        }
      }
    }

    private long unique() {
      return 1_000_000_000L + nextValue++ * writers + number;
    }

    private long value() {
      return 1_000_000L + nextValue++ * writers + number;
    }
  }
}
