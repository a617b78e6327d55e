package dev.ghost.internal.change;

import dev.ghost.api.GhostException;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.log.Masked;
import dev.ghost.internal.thread.DaemonThreads;
import io.debezium.embedded.Connect;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of Debezium's engine, from a position until it is closed or fails. {@link #run} belongs
 * to the feed's thread; all else may be called by any thread.
 */
final class EngineRun {

  private static final Logger LOG = LoggerFactory.getLogger(EngineRun.class);

  /** The reader of a binary log ends in silence when the server closes its connection. */
  private static final Duration SILENT_END = Duration.ofSeconds(1);

  /** In Debezium's words; it does not say why. */
  private static final String NO_CONNECTION = "Unable to connect";

  private static final Duration LOOK = Duration.ofMillis(250);

  /** How long an engine may take to start, for one that is to be ended. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(15);

  /** One that lives for so long has worked: the next failure is another one. */
  private static final Duration WORKING = Duration.ofMinutes(1);

  private final DebeziumEngine<ChangeEvent<SourceRecord, SourceRecord>> engine;
  private final boolean endsInSilence;
  private final ObjectName metrics;

  private final StreamFailure failures;

  // Written by the engine when it ends, on the feed's thread.
  private GhostException failure;
  private boolean isTransient;

  // Guarded by this.
  private boolean everConnected;
  private long nextLook = System.nanoTime();
  private long disconnectedSince;
  private boolean lost;

  /**
   * @param consumer of what is read
   */
  EngineRun(
      StreamSpec spec,
      StreamSpec.Position start,
      DebeziumEngine.ChangeConsumer<ChangeEvent<SourceRecord, SourceRecord>> consumer) {
    Properties config = new Properties();
    String name = "ghost-" + UUID.randomUUID();
    config.putAll(spec.connector());
    config.setProperty("name", name);
    config.setProperty("offset.storage", SeededOffsets.class.getName());
    config.setProperty("offset.flush.interval.ms", "1000");
    // It would continue from a position of its own, and on PostgreSQL could pass over a change
    // there.
    config.setProperty("errors.max.retries", "0");
    config.setProperty("event.processing.failure.handling.mode", "fail");
    config.setProperty("tombstones.on.delete", "false");
    config.setProperty("skipped.operations", "none");
    SeededOffsets.seed(config, name, start);
    this.failures = new StreamFailure(spec);
    this.failure = failures.told("it ended by itself", null);
    this.endsInSilence = !spec.serverKnowsPosition();
    this.metrics = metrics(config.getProperty("topic.prefix"));
    this.engine =
        DebeziumEngine.create(Connect.class)
            .using(config)
            .using(
                (success, message, error) -> {
                  if (!success) {
                    failed(message, unreachable(spec, message).orElse(error));
                  }
                })
            .notifying(consumer)
            .build();
  }

  private void failed(@Nullable String message, @Nullable Throwable error) {
    failure = failures.told(message, error);
    isTransient = failures.isTransient(message, error);
  }

  private static Optional<Throwable> unreachable(StreamSpec spec, @Nullable String message) {
    return String.valueOf(message).contains(NO_CONNECTION)
        ? spec.whyUnreachable().map(Throwable.class::cast)
        : Optional.empty();
  }

  private static ObjectName metrics(String prefix) {
    try {
      return new ObjectName(
          "debezium.*:type=connector-metrics,context=streaming,server=%s,*".formatted(prefix));
    } catch (JMException e) {
      throw new IllegalArgumentException(prefix, e);
    }
  }

  /**
   * Why a run of the engine has ended.
   *
   * @param failure for those who wait for the stream
   * @param isTransient true when the log can be read again from where it ended
   * @param worked true when it had been reading for a while
   */
  record End(GhostException failure, boolean isTransient, boolean worked) {}

  /** Reads until the end. */
  End run() {
    long begun = System.nanoTime();
    engine.run();
    boolean worked = System.nanoTime() - begun > WORKING.toNanos();
    synchronized (this) {
      return lost
          ? new End(failures.told("the server closed its connection", null), true, worked)
          : new End(failure, isTransient, worked);
    }
  }

  /**
   * Ends a reading whose connection the server has closed. The reader of a binary log would rest
   * for ever then: that it reconnects by itself is switched off.
   */
  void endIfDisconnected() {
    if (endsInSilence && isDisconnected()) {
      DaemonThreads.single("stream-close").newThread(this::closeLost).start();
    }
  }

  /** True once, when it was connected and has not been for a while. */
  private synchronized boolean isDisconnected() {
    long now = System.nanoTime();
    if (lost || now - nextLook < 0) {
      return false;
    }
    nextLook = now + LOOK.toNanos();
    boolean connected = connected();
    everConnected |= connected;
    if (connected || !everConnected) {
      disconnectedSince = now;
    }
    lost = now - disconnectedSince > SILENT_END.toNanos();
    return lost;
  }

  /** What Debezium's own metrics say; false while there are none. */
  private boolean connected() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      for (ObjectName name : server.queryNames(metrics, null)) {
        if (Boolean.TRUE.equals(server.getAttribute(name, "Connected"))) {
          return true;
        }
      }
      return false;
    } catch (InstanceNotFoundException e) {
      // It has ended since it was found.
      return false;
    } catch (JMException e) {
      throw new IllegalStateException("Debezium's metrics of the stream cannot be read", e);
    }
  }

  private void closeLost() {
    try {
      close();
    } catch (IOException e) {
      LOG.debug(
          "An engine whose connection was lost did not close: {}", Masked.message(e.getMessage()));
    }
  }

  /** Ends it, as soon as Debezium lets it be ended. */
  void close() throws IOException {
    long deadline = System.nanoTime() + CLOSE_LIMIT.toNanos();
    while (!tryToClose(System.nanoTime() - deadline > 0)) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /** False while the engine is starting: it cannot be ended then. */
  private boolean tryToClose(boolean last) throws IOException {
    try {
      engine.close();
      return true;
    } catch (IllegalStateException e) {
      String said = String.valueOf(e.getMessage());
      if (said.contains("starting") && !last) {
        return false;
      }
      // Debezium says so when the engine has ended by itself; why it has, is in its outcome.
      if (!said.contains("already")) {
        throw e;
      }
      return true;
    }
  }
}
