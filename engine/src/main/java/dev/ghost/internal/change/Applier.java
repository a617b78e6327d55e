package dev.ghost.internal.change;

import dev.ghost.internal.copy.RowWriter;
import dev.ghost.internal.dialect.ChangedKeys;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.DaemonThreads;
import dev.ghost.internal.thread.Pause;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays the pending keys. {@link #run} belongs to one thread, which takes a batch, passes one
 * fence for the whole batch, looks up the rows of cascades, and has it written by several workers,
 * a key always by the same one. As long as the ghost has no index to find its rows by, the keys are
 * stored instead.
 */
public final class Applier implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  /** Keys of one batch and worker; one transaction each. */
  private static final int BATCH = 1_000;

  /** A batch is written no sooner than so long after its first key is ready, if it is not full. */
  private static final Duration LINGER = Duration.ofMillis(100);

  /** Keys that are stored together while they gather, and how long they may wait for that. */
  private static final int GATHERED = 20_000;

  private static final Duration GATHERING = Duration.ofSeconds(1);

  /** Batches that are written by one worker, after one in which two were in each other's way. */
  private static final int CALM = 10;

  private final PendingKeys pending;
  private final KeyOrder order;
  private final RowSql sql;
  private final RowWriter writer;
  private final Optional<ChangedKeys> gathered;
  private final Marker.Fence fence;
  private final List<Session> sessions;
  private final ExecutorService workers;

  /** Held while a batch is being applied; anyone who holds it has the pending keys for himself. */
  private final ReentrantLock turn = new ReentrantLock(true);

  /** Batches that are still to be written by one worker; of the thread that {@link #run}s. */
  private int oneByOne;

  /**
   * @param gathered where keys are stored as long as nothing can be replayed
   */
  public Applier(
      PendingKeys pending,
      KeyOrder order,
      RowSql sql,
      RowWriter writer,
      Optional<ChangedKeys> gathered,
      Marker.Fence fence,
      List<Session> sessions) {
    this.pending = pending;
    this.order = order;
    this.sql = sql;
    this.writer = writer;
    this.gathered = gathered;
    this.fence = fence;
    this.sessions = List.copyOf(sessions);
    this.workers = Executors.newFixedThreadPool(sessions.size(), DaemonThreads.numbered("replay"));
  }

  /** Applies until the set of pending keys is closed. */
  public void run() throws SQLException, InterruptedException {
    while (awaitBatch()) {
      turn.lockInterruptibly();
      try {
        if (gathering()) {
          gather();
        } else {
          apply();
        }
      } finally {
        turn.unlock();
      }
    }
  }

  private boolean gathering() {
    return gathered.isPresent() && gathered.get().gathering();
  }

  private boolean awaitBatch() throws InterruptedException {
    return gathering()
        ? pending.awaitBatch(GATHERED, GATHERING)
        : pending.awaitBatch(BATCH * sessions.size(), LINGER);
  }

  private void gather() throws SQLException, InterruptedException {
    List<RowKey> batch = pending.poll(GATHERED);
    if (!batch.isEmpty()) {
      pending.putAside(sessions.get(0).transaction(c -> gathered.orElseThrow().add(c, batch)));
    }
  }

  private void apply() throws SQLException, InterruptedException {
    long arrived = pending.arrivals();
    List<RowKey> batch = pending.poll(BATCH * sessions.size());
    if (batch.isEmpty() && pending.lookup(arrived).isEmpty()) {
      return;
    }
    fence.pass(sessions.get(0));
    follow(sessions.get(0), arrived);
    if (!batch.isEmpty()) {
      long begun = System.nanoTime();
      write(batch);
      pending.settle();
      LOG.trace(
          "{} keys are applied, in {} ms", batch.size(), (System.nanoTime() - begun) / 1_000_000);
    }
  }

  /** Under a lock that stops all writers, and for who holds a pause: looks up rows of cascades. */
  public void follow(Session session) throws SQLException, InterruptedException {
    follow(session, pending.arrivals());
  }

  /** Not much more than a batch at once, so that they do not come faster than they are applied. */
  private void follow(Session session, long arrived) throws SQLException, InterruptedException {
    int found = 0;
    for (var next = pending.lookup(arrived);
        next.isPresent() && found < BATCH;
        next = pending.lookup(arrived)) {
      PendingKeys.Lookup lookup = next.get();
      List<RowKey> keys =
          session.transaction(c -> sql.cascaded(c, lookup.cascade(), lookup.after(), BATCH));
      pending.resolveCascade(lookup, keys, keys.size() < BATCH);
      found += keys.size();
    }
  }

  /** Stops between two batches until the returned pause is closed. */
  public Pause pause() throws InterruptedException {
    turn.lockInterruptibly();
    return turn::unlock;
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }

  private void write(List<RowKey> batch) throws SQLException, InterruptedException {
    if (oneByOne > 0) {
      oneByOne--;
      writer.write(sessions.get(0), new KeyList(batch));
      return;
    }
    List<List<RowKey>> shares = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      shares.add(new ArrayList<>());
    }
    for (RowKey key : batch) {
      shares.get(Math.floorMod(order.partition(key), shares.size())).add(key);
    }
    List<Future<Boolean>> writing = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      KeyList share = new KeyList(shares.get(i));
      Session session = sessions.get(i);
      writing.add(workers.submit(() -> share.keys().isEmpty() || writer.attempt(session, share)));
    }
    List<RowKey> left = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      if (!done(writing.get(i))) {
        left.addAll(shares.get(i));
      }
    }
    // Rows that stand in each other's way, together and by one alone: two workers that clear the
    // way would clear each other's rows, and wait for each other.
    if (!left.isEmpty()) {
      oneByOne = CALM;
      writer.write(sessions.get(0), new KeyList(left));
    }
  }

  private static boolean done(Future<Boolean> work) throws SQLException, InterruptedException {
    try {
      return work.get();
    } catch (ExecutionException e) {
      throw rethrown(Optional.ofNullable(e.getCause()).orElse(e));
    }
  }

  private static RuntimeException rethrown(Throwable cause)
      throws SQLException, InterruptedException {
    if (cause instanceof SQLException e) {
      throw e;
    }
    if (cause instanceof InterruptedException e) {
      throw e;
    }
    if (cause instanceof RuntimeException e) {
      return e;
    }
    throw (Error) cause;
  }
}
