package dev.ghost.internal.cutover;

import dev.ghost.api.CutoverException;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.function.SqlRunnable;
import dev.ghost.internal.log.Steps;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Swaps the names of one table, or of several at the same moment, under a guarded lock. Gives the
 * lock up when that takes too long. Used by one thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The lock is asked for only when nearly nothing is left to apply.
 *   <li>The application never queues behind us for longer than the lock timeout and then the drain
 *       timeout, nor one of its transactions for longer than the limit over all tries; each try
 *       either swaps or leaves everything as it was.
 *   <li>The server knows these limits too, and ends the lock by itself when nothing is heard of us.
 *       Whether the names were swapped by then is asked, never assumed.
 *   <li>Between the lock and the swap, all that was committed on the sources has been applied.
 *   <li>A table that is swapped is not touched again: where a server cannot swap several in one
 *       statement, what is left after a try is tried without it.
 * </ul>
 */
public final class Cutover {

  private static final Logger LOG = LoggerFactory.getLogger(Cutover.class);

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  /** With less time than this, a try would have no chance. */
  private static final Duration WORTH_A_TRY = Duration.ofMillis(100);

  private final Server server;
  private final Settings settings;
  private final StallAccount stalls;
  private final Rest rest;

  /** What is not swapped yet. */
  private final List<Part> parts;

  /** What is swapped and must not be applied to: until the end. */
  private final Map<Part, Pause> swapped = new LinkedHashMap<>();

  /** Who was in the way of the last try. */
  private List<Blocker> blockers = List.of();

  /**
   * How patient the cutover is.
   *
   * @param lockTimeout how long the application may queue behind our wait for the lock
   * @param drainTimeout how long the last changes may take to arrive while we hold the lock
   * @param maxStall how long one transaction of the application may wait for us, over all tries
   * @param tries how often to try
   * @param endBlockersAfter how long after the first try those who are in the way are ended; never,
   *     when empty
   */
  public record Settings(
      Duration lockTimeout,
      Duration drainTimeout,
      Duration maxStall,
      int tries,
      Optional<Duration> endBlockersAfter) {}

  /** What the cutover needs of the change stream. */
  public interface Backlog {
    /** Waits until nearly everything is applied, before the lock is asked for. */
    void awaitNearlyEmpty() throws SQLException, InterruptedException;

    /** Stops the appliers; what is pending is ours until it is closed. */
    Pause pause() throws InterruptedException;

    /**
     * With writers locked out: waits until the last change has arrived, applies what is pending,
     * and makes the last comparisons.
     *
     * @param meanwhile done while the last change is on its way
     * @param arrived done when it has arrived, before what is pending is applied
     * @return false when the last change did not arrive in time
     */
    boolean drain(Session writer, Duration limit, SqlRunnable meanwhile, SqlRunnable arrived)
        throws SQLException, InterruptedException;

    /** An attempt has given up. */
    void postponed(int attempt, String reason);

    /** This table is swapped, while others, which were to be swapped together with it, are not. */
    void aheadOfOthers();

    /** A session that was in the way was ended for it. */
    void ended(Blocker blocker);
  }

  /** Rests after an attempt that has given up. */
  @FunctionalInterface
  interface Rest {
    void after(int attempt) throws InterruptedException;
  }

  /** A table that is cut over. */
  public record Part(PlannedMigration planned, Backlog backlog) {}

  /**
   * A cutover that was made.
   *
   * @param stall the longest time for which one transaction of the application can have waited for
   *     the lock, over all tries
   * @param readerStall the longest time of one try in which readers had to wait as well
   */
  public record Made(Duration stall, Duration readerStall, int attempts) {}

  public Cutover(Server server, Settings settings, List<Part> parts) {
    this(server, settings, parts, Cutover::backOff);
  }

  Cutover(Server server, Settings settings, List<Part> parts, Rest rest) {
    this.server = server;
    this.settings = settings;
    this.rest = rest;
    this.stalls = new StallAccount(server.driver(), settings.maxStall());
    this.parts = new ArrayList<>(parts);
  }

  /**
   * Tries until the names are swapped.
   *
   * @param locker the session that will hold the lock
   * @param guards end the locker's wait, and look at who is in the way; as many as the tables'
   *     {@link PlannedMigration#guards}
   * @throws CutoverException when all tries are used up
   */
  public Made run(Session locker, List<Session> guards) throws SQLException, InterruptedException {
    Session guard = guards.get(0);
    Duration longestForReaders = Duration.ZERO;
    String reason = "";
    long begun = System.nanoTime();
    try {
      for (int attempt = 1; attempt <= settings.tries(); attempt++) {
        Steps steps = new Steps(LOG, "%s: cutover attempt %d".formatted(tables(parts), attempt));
        for (Part part : parts) {
          part.backlog().awaitNearlyEmpty();
        }
        steps.done("nearly nothing is left to apply");
        for (Part part : parts) {
          guard.execute(part.planned()::checkUnchanged);
        }
        stalls.awaitThrough(guard, LONGEST_PAUSE);
        steps.done("the definitions are unchanged, and nobody waits for an earlier attempt");
        Attempt.Outcome tried = pausedAttempt(locker, guards, steps);
        blockers = tried.blockers();
        stalls.add(tried.stall(), tried.heldUp());
        longestForReaders = longer(longestForReaders, tried.readerStall());
        if (tried.swapped()) {
          return new Made(stalls.longest(), longestForReaders, attempt);
        }
        reason = tried.reason() + swappedAlready();
        parts.get(0).backlog().postponed(attempt, reason);
        if (attempt < settings.tries() && !endBlockers(guard, begun)) {
          rest.after(attempt);
        }
      }
    } finally {
      swapped.values().forEach(Pause::close);
    }
    throw new CutoverException(
        "The cutover of %s was tried %d times. The last time, %s"
            .formatted(tables(parts), settings.tries(), reason),
        "%s Run the command again when the table is quieter, end the sessions named above, or allow more time with --lock-timeout and --cutover-tries."
            .formatted(swapped.isEmpty() ? "Nothing was changed." : "The rest is as it was."));
  }

  private static String tables(Collection<Part> parts) {
    return parts.stream()
        .map(p -> p.planned().names().source().toString())
        .collect(Collectors.joining(", "));
  }

  private String swappedAlready() {
    return swapped.isEmpty()
        ? ""
        : "\nSwapped already: %s. To follow: %s."
            .formatted(tables(swapped.keySet()), tables(parts));
  }

  private Attempt.Outcome pausedAttempt(Session locker, List<Session> guards, Steps steps)
      throws SQLException, InterruptedException {
    Attempt.Limits limits = Attempt.Limits.of(settings, stalls.left());
    if (limits.all().compareTo(WORTH_A_TRY) < 0) {
      return Attempt.Outcome.notBegun(
          blockers,
          "%d transactions that an earlier try held up had not ended, and one of them has waited for %d ms; the lock was not asked for."
              .formatted(stalls.open(), stalls.longest().toMillis()));
    }
    Map<Part, Pause> pauses = new LinkedHashMap<>();
    try {
      Attempt.Outcome tried =
          new Attempt(server, parts, locker, guards, limits, steps).make(pauses);
      if (!tried.swapped() && parts.size() > 1) {
        for (Part part : List.copyOf(parts)) {
          if (guards.get(0).transaction(part.planned()::swapped)) {
            parts.remove(part);
            swapped.put(part, pauses.remove(part));
            part.backlog().aheadOfOthers();
          }
        }
      }
      return tried;
    } finally {
      pauses.values().forEach(Pause::close);
    }
  }

  /** Ends who was in the way, where that is wanted and due; true if anybody was ended. */
  private boolean endBlockers(Session guard, long begun) throws SQLException, InterruptedException {
    Duration tried = Duration.ofNanos(System.nanoTime() - begun);
    boolean any = false;
    if (settings.endBlockersAfter().filter(due -> tried.compareTo(due) >= 0).isPresent()) {
      for (Blocker blocker : blockers) {
        if (blocker.certain()
            && guard.transaction(c -> server.driver().endSession(c, blocker.session()))) {
          parts.get(0).backlog().ended(blocker);
          any = true;
        }
      }
    }
    return any;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  /** Why a lock was not to be had, for people. */
  public static String notGranted(Duration lockTimeout, Swap.Lock lock) {
    return "the lock was not granted within %d ms%s".formatted(lockTimeout.toMillis(), named(lock));
  }

  static String named(Swap.Lock lock) {
    if (!lock.queue().seen() && lock.blockers().isEmpty()) {
      return "; the server ended the wait before it could be seen who held the lock.";
    }
    return lock.blockers().isEmpty()
        ? "; it has been released since."
        : lock.blockers().stream()
            .map(Blocker::what)
            .collect(Collectors.joining("\n  ", ". In the way:\n  ", ""));
  }

  /** Rests after a try, the longer the more there were. */
  public static void backOff(int attempt) throws InterruptedException {
    long most = longestRest(attempt).toMillis();
    TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(most / 2, most) + 1);
  }

  /** The longest rest after a try. */
  static Duration longestRest(int attempt) {
    return Duration.ofMillis(
        Math.min(LONGEST_PAUSE.toMillis(), SHORTEST_PAUSE.toMillis() << Math.min(attempt - 1, 6)));
  }
}
