package dev.ghost.internal.migration;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.GhostException;
import dev.ghost.api.LiveSettings;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.Progress;
import dev.ghost.api.ResourceUsage;
import dev.ghost.api.UsageException;
import dev.ghost.internal.checkpoint.CommandRecord;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.Journal.Message;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.storage.StoredJson;
import dev.ghost.internal.throttle.AdaptiveYield;
import dev.ghost.internal.throttle.Probe;
import dev.ghost.internal.throttle.Throttle;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Takes commands from the journal, and writes there what the run is doing. {@link #run} belongs to
 * one thread; the rest is thread-safe.
 */
final class CommandLoop {

  private static final long LOOK_MILLIS = 400;
  private static final double MOST_ROWS = 1e9;
  private static final Duration MOST_CHUNK_TIME = Duration.ofHours(1);
  private static final long STATUS_NANOS = Duration.ofSeconds(1).toNanos();

  /** Who runs this process, for people. */
  static String whoami() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // It has no name that resolves; what it calls itself is as good, for people.
      host = String.valueOf(e.getMessage()).replaceFirst(":.*", "");
    }
    return System.getProperty("user.name") + "@" + host;
  }

  private final PlannedMigration planned;
  private final List<Probe> replicas;
  private final Journal journal;
  private final Throttle throttle;
  private final AdaptiveYield adaptiveYield;
  private final ProgressReporter reporter;
  private final Settings settings;
  private final StopSignal stopSignal;
  private final ServerWatch watch;
  private final String process = whoami() + ", process " + ProcessHandle.current().pid();
  private final Instant startedAt = now();

  // Guarded by this.
  private Settings.Throttling throttling;
  private Duration chunkTime;
  private boolean postponed;
  private String lastOrder = "";
  private boolean closed;

  CommandLoop(
      PlannedMigration planned,
      List<Probe> replicas,
      Journal journal,
      Throttle throttle,
      AdaptiveYield adaptiveYield,
      ProgressReporter reporter,
      Settings settings,
      StopSignal stopSignal,
      ServerWatch watch) {
    this.planned = planned;
    this.replicas = replicas;
    this.journal = journal;
    this.throttle = throttle;
    this.adaptiveYield = adaptiveYield;
    this.reporter = reporter;
    this.settings = settings;
    this.stopSignal = stopSignal;
    this.watch = watch;
    this.throttling = settings.throttling();
    this.chunkTime = settings.chunkTime();
    this.postponed = settings.postponeCutover();
  }

  /** Reads and writes until closed. */
  void run(Session session) throws SQLException, InterruptedException {
    long nextStatus = System.nanoTime();
    while (true) {
      boolean ordered = takeOrders(session);
      long now = System.nanoTime();
      if (ordered || now - nextStatus >= 0) {
        nextStatus = now + STATUS_NANOS;
        String status = StoredJson.write(status(watch.look(session)));
        session.execute(c -> journal.write(c, EntryKind.STATUS, status));
      }
      if (!rest(LOOK_MILLIS)) {
        return;
      }
    }
  }

  /** Waits a while, or until there is a command to look at; false when closed. */
  synchronized boolean rest(long millis) throws InterruptedException {
    long deadline = System.nanoTime() + millis * 1_000_000;
    for (long left = millis; !closed && left > 0; ) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return !closed;
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** How long a chunk should take now. */
  synchronized Duration chunkTime() {
    return chunkTime;
  }

  /** Why the cutover has to wait; empty when it has not. */
  String cutoverHeld() {
    if (postponed()) {
      return "it is postponed; ghost cutover --table %s makes it"
          .formatted(planned.names().source().table());
    }
    return settings
        .cutoverWindow()
        .filter(w -> !w.open())
        .map("it is not the time for it, %s"::formatted)
        .orElse("");
  }

  private synchronized boolean postponed() {
    return postponed;
  }

  private boolean takeOrders(Session session) throws SQLException, InterruptedException {
    boolean any = false;
    for (Message message : session.transaction(journal::unanswered)) {
      any = true;
      CommandRecord answered = taken(message.text());
      session.execute(c -> journal.answer(c, message.number(), answered.text()));
    }
    return any;
  }

  private CommandRecord taken(String text) throws SQLException {
    CommandRecord note = CommandRecord.of(text);
    try {
      String answer = take(note);
      synchronized (this) {
        lastOrder = note.toString();
      }
      reporter.warning("Order: " + note);
      return note.answered(true, answer);
    } catch (GhostException e) {
      return note.answered(false, (e.what() + " " + e.remedy()).strip());
    } catch (IllegalArgumentException e) {
      return note.answered(false, String.valueOf(e.getMessage()));
    }
  }

  private synchronized String take(CommandRecord record) {
    ControlCommand command = record.command();
    switch (command.kind()) {
      case PAUSE -> {
        throttle.hold("paused by " + record.by());
        return "Copy and comparison are held; changes are replayed.";
      }
      case RESUME -> {
        throttle.release();
        return "It continues.";
      }
      case POSTPONE -> {
        postponed = true;
        return "It will not cut over until ordered.";
      }
      case CUTOVER -> {
        postponed = false;
        return "It cuts over as soon as everything is copied and verified.";
      }
      case STOP -> {
        stopSignal.stop();
        return "It stops, and keeps what is done.";
      }
      case CANCEL -> {
        stopSignal.cancel();
        return "It ends, and removes what is its own.";
      }
      case SET -> {
        set(command.settings(), record.settings());
        return "It continues with " + new TreeMap<>(record.settings()) + ".";
      }
    }
    throw new IllegalStateException("no such command: " + command);
  }

  /**
   * Takes all of them, or none: they are checked before the first is taken.
   *
   * @param sent the same, as they were written
   */
  private void set(LiveSettings wanted, Map<String, String> sent) {
    wanted.threads().ifPresent(n -> check("threads", sent, n, 1, Settings.MOST_THREADS));
    wanted.maxRowsPerSecond().ifPresent(n -> check("max-rows-per-second", sent, n, 0, MOST_ROWS));
    wanted
        .chunkTime()
        .filter(t -> t.isZero() || t.compareTo(MOST_CHUNK_TIME) > 0)
        .ifPresent(
            t -> {
              throw new UsageException(
                  "chunk-time is %s.".formatted(sent.get("chunk-time")),
                  "It can be from 1 ms to 1 h.");
            });
    wanted.chunkTime().ifPresent(t -> chunkTime = t);
    wanted.threads().ifPresent(throttle::workers);
    wanted.maxRowsPerSecond().ifPresent(throttle::rate);
    wanted.fullSpeed().ifPresent(full -> adaptiveYield.wanted(!full));
    wanted.maxLoad().ifPresent(limits -> probe(throttling.withMaxLoad(limits)));
    wanted.criticalLoad().ifPresent(limits -> probe(throttling.withCriticalLoad(limits)));
  }

  private static void check(
      String name, Map<String, String> sent, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new UsageException(
          "%s is %s.".formatted(name, sent.get(name)),
          "It can be from %.0f to %.0f.".formatted(least, most));
    }
  }

  private void probe(Settings.Throttling wanted) {
    throttling = wanted;
    throttle.probe(wanted.soft(planned.stats(), replicas), wanted.critical(planned.stats()));
  }

  private synchronized MigrationStatus status(ResourceUsage footprint) {
    Progress p = reporter.latest();
    return new MigrationStatus(
        "",
        "",
        true,
        p.phase().name().toLowerCase(Locale.ROOT),
        p.rowsDone(),
        p.rowsEstimate(),
        p.rowsPerSecond(),
        p.pendingKeys(),
        p.keysApplied(),
        p.streamLag().toMillis(),
        throttle.reason(),
        adaptiveYield.says(),
        postponed,
        reporter.accepted(),
        reporter.comparedAt().orElse(null),
        startedAt,
        now(),
        process,
        lastOrder,
        footprint);
  }

  static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }
}
