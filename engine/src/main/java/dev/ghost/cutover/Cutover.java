package dev.ghost.cutover;

import dev.ghost.api.CutoverException;
import dev.ghost.dialect.Blocker;
import dev.ghost.dialect.PlannedMigration;
import dev.ghost.dialect.Swap;
import dev.ghost.dialect.SwapUnknownException;
import dev.ghost.log.Steps;
import dev.ghost.session.Server;
import dev.ghost.session.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /**
   * The longest rest of the locker's connection between two statements, when nothing is awaited.
   */
  private static final Duration BRISK = Duration.ofMillis(500);

  /** With less time than this, a try would have no chance. */
  private static final Duration WORTH_A_TRY = Duration.ofMillis(100);

  /** The server is given so long to answer, over what a try may take, before it counts as lost. */
  private static final Duration LATE_ANSWER = Duration.ofSeconds(5);

  private final Server server;
  private final Settings settings;
  private final StallAccount stalls;
  private final Rest rest;

  /** What is not swapped yet. */
  private final List<Part> parts;

  /** What is swapped and must not be applied to: until the end. */
  private final Map<Part, Pause> swapped = new LinkedHashMap<>();

  /** Since when readers wait in this try, in {@link System#nanoTime}; 0 when they do not. */
  private long readersWaitSince;

  /** Of the present try. */
  private Steps steps;

  /** Who was in the way of the last try. */
  private List<Blocker> blockers = List.of();

  /** Who was waiting for the last try at its end. */
  private Set<String> heldUp = Set.of();

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
    boolean drain(Session writer, Duration limit, Step meanwhile, Step arrived)
        throws SQLException, InterruptedException;

    /** An attempt has given up. */
    void postponed(int attempt, String reason);

    /** This table is swapped, while others, which were to be swapped together with it, are not. */
    void aheadOfOthers();

    /** A session that was in the way was ended for it. */
    void ended(Blocker blocker);
  }

  /** What the swap has to do at a moment of the drain. */
  @FunctionalInterface
  public interface Step {
    void run() throws SQLException;
  }

  /** While it is open, nobody else applies changes. */
  public interface Pause extends AutoCloseable {
    @Override
    void close();
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
        steps = new Steps(LOG, "%s: cutover attempt %d".formatted(tables(parts), attempt));
        for (Part part : parts) {
          part.backlog().awaitNearlyEmpty();
        }
        steps.done("nearly nothing is left to apply");
        for (Part part : parts) {
          guard.execute(part.planned()::checkUnchanged);
        }
        stalls.awaitThrough(guard, LONGEST_PAUSE);
        steps.done("the definitions are unchanged, and nobody waits for an earlier attempt");
        Try tried = pausedAttempt(locker, guards);
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

  private Try pausedAttempt(Session locker, List<Session> guards)
      throws SQLException, InterruptedException {
    Limits limits = Limits.of(settings, stalls.left());
    if (limits.all().compareTo(WORTH_A_TRY) < 0) {
      return Try.notBegun(
          "%d transactions that an earlier try held up had not ended, and one of them has waited for %d ms; the lock was not asked for."
              .formatted(stalls.open(), stalls.longest().toMillis()));
    }
    Map<Part, Pause> pauses = new LinkedHashMap<>();
    try {
      Try tried = attempt(locker, guards, limits, pauses);
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

  /**
   * What a try has come to.
   *
   * @param heldUp the transactions that were waiting for it at its end
   */
  private record Try(
      boolean swapped, Duration stall, Duration readerStall, Set<String> heldUp, String reason) {

    /** Nobody has waited for it. */
    static Try notBegun(String reason) {
      return new Try(false, Duration.ZERO, Duration.ZERO, Set.of(), reason);
    }
  }

  /**
   * How long a try may take.
   *
   * @param lockWait for the lock
   * @param hold once it is granted
   * @param all together
   */
  private record Limits(Duration lockWait, Duration hold, Duration all) {

    static Limits of(Settings settings, Duration left) {
      return new Limits(
          shorter(settings.lockTimeout(), left), shorter(settings.drainTimeout(), left), left);
    }

    /** For an answer of the server, before its connection counts as lost. */
    Duration answer() {
      return lockWait.plus(all).plus(LATE_ANSWER);
    }

    private static Duration shorter(Duration a, Duration b) {
      return a.compareTo(b) < 0 ? a : b;
    }
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  /**
   * @param pauses takes up those that are begun; they end when all locks are released
   */
  private Try attempt(Session locker, List<Session> guards, Limits limits, Map<Part, Pause> pauses)
      throws SQLException, InterruptedException {
    long asked = 0;
    readersWaitSince = 0;
    blockers = List.of();
    heldUp = Set.of();
    String reason;
    try (Swap swap = server.dialect().group(parts.stream().map(Part::planned).toList()).swap()) {
      reason = clear(swap, locker, guards);
      if (reason.isEmpty()) {
        for (Part part : parts) {
          pauses.put(part, part.backlog().pause());
        }
        locker.answerWithin(limits.answer());
        for (Session guard : guards) {
          guard.answerWithin(limits.answer());
        }
        steps.done("the replay is paused; the lock is asked for");
        asked = System.nanoTime();
        readersWaitSince = swap.lockerWrites() ? asked : 0;
        reason = swapUnderLock(swap, locker, guards, limits);
      }
    } catch (SQLException e) {
      reason = reasonOf(e, locker, guards);
    } finally {
      takeTime(locker, guards);
    }
    long now = System.nanoTime();
    steps.end(reason.isEmpty() ? "everything is unlocked" : "unlocked without effect");
    if (!reason.isEmpty()) {
      for (Part part : parts) {
        guards.get(0).execute(part.planned()::open);
      }
    }
    return new Try(
        reason.isEmpty(),
        asked == 0 ? Duration.ZERO : Duration.ofNanos(now - asked),
        readersWaitSince == 0 ? Duration.ZERO : Duration.ofNanos(now - readersWaitSince),
        heldUp,
        reason);
  }

  /**
   * When a connection was lost, the locks are gone with it; what has become of the swap is seen.
   */
  private String reasonOf(SQLException e, Session locker, List<Session> guards)
      throws SQLException, InterruptedException {
    // What comes now is not under the lock: it may take its time, and other connections.
    takeTime(locker, guards);
    boolean lost = locker.lost(e);
    for (Session guard : guards) {
      lost |= guard.lost(e);
    }
    if (!lost || e instanceof SwapUnknownException) {
      throw e;
    }
    try {
      return seen(e, locker, guards);
    } catch (SQLException unseen) {
      unseen.addSuppressed(e);
      throw new SwapUnknownException(e.getMessage() + "; " + unseen.getMessage(), unseen);
    }
  }

  /** What has become of the swap, seen by new connections. */
  private String seen(SQLException e, Session locker, List<Session> guards)
      throws SQLException, InterruptedException {
    List<Long> numbers = guards.stream().map(Session::number).collect(Collectors.toList());
    numbers.add(locker.number());
    locker.renew();
    for (Session guard : guards) {
      guard.renew();
    }
    // The server may not have noticed yet, and still be at work on the swap.
    for (long number : numbers) {
      if (guards.stream().noneMatch(g -> g.number() == number) && locker.number() != number) {
        guards.get(0).execute(c -> server.driver().awaitGone(c, number));
      }
    }
    for (Part part : parts) {
      if (!guards.get(0).transaction(part.planned()::swapped)) {
        return "a connection was lost: %s. All locks were released with it."
            .formatted(e.getMessage().strip());
      }
    }
    return "";
  }

  private static void takeTime(Session locker, List<Session> guards) throws SQLException {
    locker.takeTime();
    for (Session guard : guards) {
      guard.takeTime();
    }
  }

  /** Returns who stays in the way, whom the application does not wait for; empty for nobody. */
  private String clear(Swap swap, Session locker, List<Session> guards)
      throws SQLException, InterruptedException {
    Swap.Lock lock = swap.clear(locker.connection(), connections(guards));
    blockers = lock.blockers();
    return lock.granted()
        ? ""
        : "somebody works on the table, and does not release it" + named(lock);
  }

  private static List<Connection> connections(List<Session> sessions)
      throws SQLException, InterruptedException {
    List<Connection> connections = new ArrayList<>();
    for (Session session : sessions) {
      connections.add(session.connection());
    }
    return connections;
  }

  /** Returns why it was not to be; empty when the names are swapped. */
  private String swapUnderLock(Swap swap, Session locker, List<Session> guards, Limits limits)
      throws SQLException, InterruptedException {
    long asked = System.nanoTime();
    Swap.Lock lock =
        swap.lock(locker.connection(), connections(guards), limits.lockWait(), limits.hold());
    if (!lock.granted()) {
      return notGranted(limits, lock);
    }
    long granted = System.nanoTime();
    steps.done("the lock is granted");
    long deadline = Math.min(granted + limits.hold().toNanos(), asked + limits.all().toNanos());
    Session writer = swap.lockerWrites() ? locker : guards.get(0);
    for (Part part : parts) {
      Duration left = until(deadline);
      writer.hurry(left);
      boolean first = part.equals(parts.get(0));
      if (!first) {
        swap.toNextTable(writer.connection());
      }
      swap.holdAtMost(left);
      if (!part.backlog()
          .drain(
              writer,
              left,
              first ? swap::check : () -> {},
              () -> swap.holdAtMost(swap.lockerWrites() ? BRISK : until(deadline)))) {
        heldUp = swap.heldUp();
        return "the last changes of %s did not arrive, or could not be applied, within %d ms of the lock."
            .formatted(
                part.planned().names().source(), Duration.ofNanos(deadline - granted).toMillis());
      }
    }
    steps.done("the last changes are applied, and the last look is taken");
    if (!swap.lockerWrites()) {
      readersWaitSince = System.nanoTime();
    }
    swap.holdAtMost(BRISK);
    locker.answerWithin(limits.answer());
    Swap.Lock swapped = swap.swap();
    if (!swapped.granted()) {
      return notGranted(limits, swapped);
    }
    steps.done("the names are swapped");
    return "";
  }

  private static Duration until(long deadline) {
    return Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
  }

  private String notGranted(Limits limits, Swap.Lock lock) {
    blockers = lock.blockers();
    heldUp = lock.queue().heldUp();
    return notGranted(limits.lockWait(), lock);
  }

  /** Why a lock was not to be had, for people. */
  public static String notGranted(Duration lockTimeout, Swap.Lock lock) {
    return "the lock was not granted within %d ms%s".formatted(lockTimeout.toMillis(), named(lock));
  }

  private static String named(Swap.Lock lock) {
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
