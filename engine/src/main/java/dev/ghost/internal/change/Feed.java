package dev.ghost.internal.change;

import dev.ghost.api.MigrationException;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.thread.DaemonThreads;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * The server's log as Debezium reads it, for the change streams of one migration or of several. A
 * thread of Debezium's delivers, one at a time; all else may be called by any thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What is delivered is delivered to all streams that have not left, in the order of the log.
 *   <li>The server is told to forget what no stream needs again; never more.
 *   <li>After a lost connection it continues behind what was delivered, by a {@link EngineRun} of
 *       its own: each connection is made, and its certificate checked, in the same way as the
 *       first.
 *   <li>It ends with the last stream that leaves.
 * </ul>
 */
public final class Feed {

  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  /**
   * Readings in a row that are begun again after a lost connection and bring nothing. With the
   * rests between them, that is the better part of a minute.
   */
  private static final int MOST_RESTARTS = 12;

  private static final Duration SHORTEST_REST = Duration.ofMillis(300);
  private static final Duration LONGEST_REST = Duration.ofSeconds(5);

  private final StreamSpec spec;
  private final StreamSpec.Position start;
  private final CopyOnWriteArrayList<ChangeStream> streams;
  private final Confirmations confirmations;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(DaemonThreads.single("stream"));

  // Guarded by this. Nobody calls a stream while holding it: streams call us while holding theirs.
  private final ClockStep clock = new ClockStep(System::currentTimeMillis, System::nanoTime);
  private @Nullable EngineRun reading;
  private @Nullable Position delivered;
  private int restarts;
  private final Outage outage = new Outage();
  private boolean closing;

  /** How far the log was delivered at some moment. */
  public static final class Position {
    private final long number;
    private final ChangeEvent<SourceRecord, SourceRecord> last;

    Position(long number, ChangeEvent<SourceRecord, SourceRecord> last) {
      this.number = number;
      this.last = last;
    }

    /** A later position has a greater one. */
    long number() {
      return number;
    }

    /** In Debezium's terms: a stream that starts there brings all that comes after. */
    public Map<String, ?> offset() {
      return last.value().sourceOffset();
    }
  }

  /**
   * Starts at a position. Whether it runs, a marker has to prove.
   *
   * @param streams of the migrations that {@code spec} is for; one at least is open
   */
  public static void start(
      StreamSpec spec, StreamSpec.Position position, List<ChangeStream> streams) {
    Feed feed = new Feed(spec, position, streams);
    streams.stream().filter(stream -> !stream.fedBy(feed)).forEach(feed::forget);
    feed.thread.execute(feed::read);
  }

  Feed(StreamSpec spec, StreamSpec.Position start, List<ChangeStream> streams) {
    this.spec = spec;
    this.start = start;
    this.streams = new CopyOnWriteArrayList<>(streams);
    this.confirmations = new Confirmations(streams);
  }

  /** Reads until the feed is closed, or until something that does not pass has ended a reading. */
  private void read() {
    try {
      Optional<EngineRun> next = next();
      while (next.isPresent()) {
        EngineRun.End end = next.get().run();
        next = isTransient(end) ? next() : ended(end);
      }
    } catch (RuntimeException e) {
      fail(
          new MigrationException(
              "The change stream failed: " + e, "Please report this as a bug.", e));
    }
  }

  /** Empty when the feed is closed. */
  private synchronized Optional<EngineRun> next() {
    reading = closing ? null : new EngineRun(spec, position(start), this::deliver);
    return Optional.ofNullable(reading);
  }

  /** Where the next reading begins: after what was delivered, unless the server itself knows. */
  private StreamSpec.Position position(StreamSpec.Position first) {
    return delivered == null || spec.serverKnowsPosition()
        ? first
        : new StreamSpec.Position(first.partition(), delivered.offset());
  }

  /**
   * True when the log is to be read again, after a rest. Connections are made again here, and not
   * by the log's reader, which would not check a certificate again.
   */
  private boolean isTransient(EngineRun.End end) {
    int restart;
    synchronized (this) {
      restarts = end.worked() ? 0 : restarts;
      if (closing || !end.isTransient() || restarts == MOST_RESTARTS) {
        return false;
      }
      restart = ++restarts;
    }
    outage.restarts(restart, end.failure().what());
    long millis =
        Math.min(LONGEST_REST.toMillis(), SHORTEST_REST.toMillis() << Math.min(restart - 1, 5));
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Optional<EngineRun> ended(EngineRun.End end) {
    fail(end.failure());
    return Optional.empty();
  }

  /** How far all has been delivered: its keys are pending, or settled, or were dropped. */
  synchronized Optional<Position> position() {
    return Optional.ofNullable(delivered);
  }

  /** A stream needs nothing up to this position again. */
  void confirm(ChangeStream stream, Position position) {
    confirmations.confirm(stream, position);
  }

  private synchronized void delivered(ChangeEvent<SourceRecord, SourceRecord> last) {
    delivered = new Position(delivered == null ? 1 : delivered.number + 1, last);
    outage.over();
  }

  /** Reads again when the connection is lost; warns when the clock was set back. */
  void check() {
    EngineRun now;
    synchronized (this) {
      clock.check();
      now = reading;
    }
    if (now != null) {
      now.endIfDisconnected();
    }
  }

  /** A stream has ended. */
  void leave(ChangeStream stream) throws IOException, InterruptedException {
    forget(stream);
    EngineRun last;
    synchronized (this) {
      if (!streams.isEmpty() || closing) {
        return;
      }
      closing = true;
      last = reading;
    }
    try {
      if (last != null) {
        last.close();
      }
    } finally {
      // An engine that is interrupted while it stops leaves its connections open.
      thread.shutdown();
      if (!thread.awaitTermination(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    }
  }

  private void forget(ChangeStream stream) {
    streams.remove(stream);
    confirmations.leave(stream);
  }

  void deliver(
      List<ChangeEvent<SourceRecord, SourceRecord>> batch,
      DebeziumEngine.RecordCommitter<ChangeEvent<SourceRecord, SourceRecord>> committer)
      throws InterruptedException {
    try {
      ChangeEvent<SourceRecord, SourceRecord> last = null;
      for (ChangeEvent<SourceRecord, SourceRecord> event : batch) {
        if (event.value() != null) {
          for (ChangeStream stream : streams) {
            stream.receive(event.value());
          }
          last = event;
        }
      }
      if (last != null) {
        delivered(last);
      }
      Optional<Position> settled = confirmations.take();
      if (settled.isPresent()) {
        committer.markProcessed(settled.get().last);
        committer.markBatchFinished();
      }
    } catch (RuntimeException e) {
      fail(e);
      throw e;
    }
  }

  private void fail(RuntimeException cause) {
    streams.forEach(stream -> stream.fail(cause));
  }
}
