package dev.ghost.change;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.StoppedException;
import dev.ghost.dialect.StreamEvent;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.plan.RowKey;
import io.debezium.embedded.Connect;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The change-data-capture feed of the source and of our control table. Debezium's thread delivers;
 * other threads wait for markers. The first failure is kept, and given to everybody who asks.
 */
public final class ChangeStream implements AutoCloseable {

  /** In Debezium's words. */
  private static final String GONE = "no longer available on the server";

  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  /**
   * Debezium's queue measures how long it waits for more events by the clock that can be set. After
   * it was set back, the queue waits for as long as that, or until 4,096 events have come together.
   * A short while can be waited for.
   */
  private static final Duration MOST_SET_BACK = Duration.ofMinutes(1);

  private final StreamSpec spec;
  private final PendingKeys pending;
  private final PreparedChanges prepared;
  private final Marker marker;
  private final StreamSpec.Position start;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          r -> {
            Thread t = new Thread(r, "ghost-stream");
            t.setDaemon(true);
            return t;
          });
  private DebeziumEngine<ChangeEvent<SourceRecord, SourceRecord>> engine;

  // Guarded by this.
  private Position delivered;
  private Position confirmed;
  private long markerSeen;
  private boolean closing;
  private RuntimeException failure;
  private final SetBack setBack = new SetBack(System::currentTimeMillis, System::nanoTime);

  /** How far the stream was delivered at some moment. */
  public static final class Position {
    private final ChangeEvent<SourceRecord, SourceRecord> last;

    private Position(ChangeEvent<SourceRecord, SourceRecord> last) {
      this.last = last;
    }

    /** In Debezium's terms: a stream that starts there brings all that comes after. */
    public Map<String, ?> offset() {
      return last.value().sourceOffset();
    }
  }

  public ChangeStream(
      StreamSpec spec,
      PendingKeys pending,
      PreparedChanges prepared,
      Marker marker,
      StreamSpec.Position start) {
    this.spec = spec;
    this.pending = pending;
    this.prepared = prepared;
    this.marker = marker;
    this.start = start;
  }

  /** Starts the stream at its position. Whether it runs, a marker has to prove. */
  public void start() {
    String name = "ghost-" + UUID.randomUUID();
    Properties config = new Properties();
    config.putAll(spec.connector());
    config.setProperty("name", name);
    config.setProperty("offset.storage", SeededOffsets.class.getName());
    config.setProperty("offset.flush.interval.ms", "1000");
    config.setProperty("errors.max.retries", "10");
    config.setProperty("errors.retry.delay.initial.ms", "300");
    config.setProperty("errors.retry.delay.max.ms", "5000");
    // By itself it would rest for ten seconds after each lost connection.
    config.setProperty("retriable.restart.connector.wait.ms", "500");
    config.setProperty("event.processing.failure.handling.mode", "fail");
    config.setProperty("tombstones.on.delete", "false");
    config.setProperty("skipped.operations", "none");
    config.setProperty("poll.interval.ms", "5");
    SeededOffsets.seed(config, name, start);
    engine =
        DebeziumEngine.create(Connect.class)
            .using(config)
            .using(
                (success, message, error) -> {
                  if (!success) {
                    fail(stopped(message, error));
                  } else {
                    ended();
                  }
                })
            .notifying(this::deliver)
            .build();
    thread.execute(engine);
  }

  /**
   * Waits until a marker has come back: all that was committed before it has arrived.
   *
   * @return false when it did not come back in time
   */
  public synchronized boolean await(long marker, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (markerSeen < marker) {
      check();
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    check();
    return true;
  }

  /** How far all has been delivered: its keys are pending, or settled, or were dropped. */
  public synchronized Optional<Position> position() {
    return Optional.ofNullable(delivered);
  }

  /**
   * Nothing up to this position is needed again: the server may forget it. Until then a stream that
   * is interrupted, in this process or by its end, goes on from the last position confirmed.
   */
  public synchronized void confirm(Position position) {
    confirmed = position;
  }

  private synchronized Position takeConfirmed() {
    Position position = confirmed;
    confirmed = null;
    return position;
  }

  private synchronized void delivered(ChangeEvent<SourceRecord, SourceRecord> last) {
    if (last != null) {
      delivered = new Position(last);
    }
  }

  /** True when a marker has come back. */
  public synchronized boolean hasSeen(long marker) {
    return markerSeen >= marker;
  }

  /** Throws what has stopped the stream, if anything has. */
  public synchronized void check() {
    Duration back = setBack.now();
    if (back.compareTo(MOST_SET_BACK) > 0) {
      fail(
          new StoppedException(
              "The clock of the machine that ghost runs on was set back by %d s: the change stream would stand still for as long."
                  .formatted(back.toSeconds()),
              "Nothing was changed. Run the command again: it goes on where this one has ended."));
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    synchronized (this) {
      closing = true;
    }
    pending.close();
    prepared.close();
    try {
      if (engine != null) {
        engine.close();
      }
    } catch (IllegalStateException e) {
      // Debezium says so when the engine has ended by itself; why it has, is in our failure.
      if (e.getMessage() == null || !e.getMessage().contains("already")) {
        throw e;
      }
    } finally {
      // An engine that is interrupted while it stops leaves its connections open.
      thread.shutdown();
      if (!thread.awaitTermination(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    }
  }

  private void deliver(
      List<ChangeEvent<SourceRecord, SourceRecord>> batch,
      DebeziumEngine.RecordCommitter<ChangeEvent<SourceRecord, SourceRecord>> committer)
      throws InterruptedException {
    try {
      ChangeEvent<SourceRecord, SourceRecord> last = null;
      for (ChangeEvent<SourceRecord, SourceRecord> event : batch) {
        if (event.value() != null) {
          receive(spec.decode(event.value()));
          last = event;
        }
      }
      delivered(last);
      Position settled = takeConfirmed();
      if (settled != null) {
        committer.markProcessed(settled.last);
        committer.markBatchFinished();
      }
    } catch (RuntimeException e) {
      fail(e);
      throw e;
    }
  }

  private void receive(StreamEvent event) throws InterruptedException {
    if (event instanceof StreamEvent.Changed changed) {
      if (changed.transaction() != 0) {
        marker.arrived(changed.transaction());
      }
      for (RowKey key : changed.keys()) {
        if (changed.prepared()) {
          prepared.arrive(key);
        } else {
          pending.arrive(key);
        }
      }
    } else if (event instanceof StreamEvent.Marked marked) {
      if (marker.awaits(marked.slot())) {
        seen(marked.sequence());
      }
    } else if (event instanceof StreamEvent.Altered altered) {
      // Not thrown here: our own swap comes back like this too, when nobody asks any more.
      fail(
          new MigrationException(
              "Somebody altered the source while it was being migrated: " + altered.statement(),
              "The source is as they left it. Run the command again on the new definition."));
    }
  }

  private synchronized void seen(long marker) {
    markerSeen = Math.max(markerSeen, marker);
    notifyAll();
  }

  private synchronized void fail(RuntimeException cause) {
    if (failure == null && !closing) {
      failure = cause;
    }
    notifyAll();
  }

  private synchronized void ended() {
    if (!closing) {
      fail(stopped("it ended by itself", null));
    }
  }

  /** What our own reader has to say is said as it is; all else can pass. */
  private static GhostException stopped(String message, Throwable error) {
    Throwable root = error;
    while (root != null && root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    if (root instanceof MigrationException own) {
      return own;
    }
    String said = root != null ? String.valueOf(root.getMessage()) : message;
    if (said.contains(GONE)) {
      return new StoppedException(
          "The change stream cannot go on: the log that it would have to read next is gone. A"
              + " replication slot was dropped, or binary logs were purged.",
          "Nothing was changed. Run the command again with --start-over: what the application has"
              + " written meanwhile is not known to this run.",
          error);
    }
    return new StoppedException(
        "The change stream stopped: " + said,
        "Nothing was changed. Mend the cause and run the command again.",
        error);
  }
}
