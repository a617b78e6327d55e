package dev.ghost.change;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.StoppedException;
import dev.ghost.dialect.StreamSpec;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * One reading of the server's log by Debezium, for the change streams of one migration or of
 * several. Debezium's thread delivers; all else may be called by any thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What is delivered is delivered to all streams that have not left, in the order of the log.
 *   <li>The server is told to forget what no stream needs again; never more.
 *   <li>It ends with the last stream that leaves.
 * </ul>
 */
public final class Feed {

  /** In Debezium's words. */
  private static final String GONE = "no longer available on the server";

  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  /**
   * Debezium's queue measures how long it waits for more events by the clock that can be set. After
   * it was set back, the queue waits for as long as that, or until a batch of events has come
   * together. A short while can be waited for.
   */
  private static final Duration MOST_SET_BACK = Duration.ofMinutes(1);

  private final CopyOnWriteArrayList<ChangeStream> streams;
  private final Confirmations confirmations;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          r -> {
            Thread t = new Thread(r, "ghost-stream");
            t.setDaemon(true);
            return t;
          });
  private final DebeziumEngine<ChangeEvent<SourceRecord, SourceRecord>> engine;

  // Guarded by this. Nobody calls a stream while holding it: streams call us while holding theirs.
  private final SetBack setBack = new SetBack(System::currentTimeMillis, System::nanoTime);
  private Position delivered;
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
    feed.thread.execute(feed.engine);
  }

  private Feed(StreamSpec spec, StreamSpec.Position start, List<ChangeStream> streams) {
    this.streams = new CopyOnWriteArrayList<>(streams);
    this.confirmations = new Confirmations(streams);
    Properties config = new Properties();
    String name = "ghost-" + UUID.randomUUID();
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
  }

  /** Ends it when the clock can keep it from going on. */
  void check() {
    Duration back;
    synchronized (this) {
      back = setBack.now();
    }
    if (back.compareTo(MOST_SET_BACK) > 0) {
      fail(
          new StoppedException(
              "The clock of the machine that ghost runs on was set back by %d s: the change stream would stand still for as long."
                  .formatted(back.toSeconds()),
              "Nothing was changed. Run the command again: it goes on where this one has ended."));
    }
  }

  /** A stream has ended. */
  void leave(ChangeStream stream) throws IOException, InterruptedException {
    forget(stream);
    synchronized (this) {
      if (!streams.isEmpty() || closing) {
        return;
      }
      closing = true;
    }
    try {
      engine.close();
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

  private void forget(ChangeStream stream) {
    streams.remove(stream);
    confirmations.leave(stream);
  }

  private void deliver(
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

  private void ended() {
    fail(stopped("it ended by itself", null));
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
