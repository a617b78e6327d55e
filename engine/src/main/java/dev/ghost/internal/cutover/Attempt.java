package dev.ghost.internal.cutover;

import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.SwapUnknownException;
import dev.ghost.internal.log.Steps;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One attempt at the cutover: asks for the lock, has the last changes applied under it, and swaps
 * the names; or leaves everything as it was. Used by one thread.
 */
final class Attempt {

  /**
   * The longest rest of the locker's connection between two statements, when nothing is awaited.
   */
  private static final Duration BRISK = Duration.ofMillis(500);

  /** The server is given so long to answer, over what a try may take, before it counts as lost. */
  private static final Duration LATE_ANSWER = Duration.ofSeconds(5);

  private final Server server;
  private final List<Cutover.Part> parts;
  private final Session locker;
  private final List<Session> guards;
  private final Limits limits;
  private final Steps steps;

  /** Since when readers wait, in {@link System#nanoTime}; 0 when they do not. */
  private long readersWaitSince;

  /** Who was in the way. */
  private List<Blocker> blockers = List.of();

  /** Who was waiting at the end. */
  private Set<String> heldUp = Set.of();

  /**
   * @param parts what is not swapped yet
   * @param locker as in {@link Cutover#run}
   * @param guards as in {@link Cutover#run}
   */
  Attempt(
      Server server,
      List<Cutover.Part> parts,
      Session locker,
      List<Session> guards,
      Limits limits,
      Steps steps) {
    this.server = server;
    this.parts = List.copyOf(parts);
    this.locker = locker;
    this.guards = guards;
    this.limits = limits;
    this.steps = steps;
  }

  /**
   * What an attempt has come to.
   *
   * @param stall how long writers can have waited for it
   * @param readerStall how long readers can
   * @param heldUp the transactions that were waiting for it at its end
   * @param blockers who was in its way
   * @param reason why the names are not swapped
   */
  record Outcome(
      boolean swapped,
      Duration stall,
      Duration readerStall,
      Set<String> heldUp,
      List<Blocker> blockers,
      String reason) {

    /**
     * Returns that of an attempt that nobody has waited for.
     *
     * @param blockers who was in the way of the last one
     */
    static Outcome notBegun(List<Blocker> blockers, String reason) {
      return new Outcome(false, Duration.ZERO, Duration.ZERO, Set.of(), blockers, reason);
    }
  }

  /**
   * How long an attempt may take.
   *
   * @param lockWait for the lock
   * @param hold once it is granted
   * @param all together
   */
  record Limits(Duration lockWait, Duration hold, Duration all) {

    static Limits of(Cutover.Settings settings, Duration left) {
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

  /**
   * Makes it; to be called once.
   *
   * @param pauses takes up those that are begun; they end when all locks are released
   */
  Outcome make(Map<Cutover.Part, Pause> pauses) throws SQLException, InterruptedException {
    long asked = 0;
    String reason;
    try (Swap swap =
        server.dialect().group(parts.stream().map(Cutover.Part::planned).toList()).swap()) {
      reason = clear(swap);
      if (reason.isEmpty()) {
        for (Cutover.Part part : parts) {
          pauses.put(part, part.backlog().pause());
        }
        locker.answerWithin(limits.answer());
        for (Session guard : guards) {
          guard.answerWithin(limits.answer());
        }
        steps.done("the replay is paused; the lock is asked for");
        asked = System.nanoTime();
        readersWaitSince = swap.lockerWrites() ? asked : 0;
        reason = swapUnderLock(swap);
      }
    } catch (SQLException e) {
      reason = reasonOf(e);
    } finally {
      takeTime();
    }
    long now = System.nanoTime();
    steps.end(reason.isEmpty() ? "everything is unlocked" : "unlocked without effect");
    if (!reason.isEmpty()) {
      for (Cutover.Part part : parts) {
        guards.get(0).execute(part.planned()::open);
      }
    }
    return new Outcome(
        reason.isEmpty(),
        asked == 0 ? Duration.ZERO : Duration.ofNanos(now - asked),
        readersWaitSince == 0 ? Duration.ZERO : Duration.ofNanos(now - readersWaitSince),
        heldUp,
        blockers,
        reason);
  }

  /**
   * When a connection was lost, the locks are gone with it; what has become of the swap is seen.
   */
  private String reasonOf(SQLException e) throws SQLException, InterruptedException {
    // What comes now is not under the lock: it may take its time, and other connections.
    takeTime();
    boolean lost = locker.isConnectionLost(e);
    for (Session guard : guards) {
      lost |= guard.isConnectionLost(e);
    }
    if (!lost || e instanceof SwapUnknownException) {
      throw e;
    }
    try {
      return seen(e);
    } catch (SQLException unseen) {
      unseen.addSuppressed(e);
      throw new SwapUnknownException(e.getMessage() + "; " + unseen.getMessage(), unseen);
    }
  }

  /** What has become of the swap, seen by new connections. */
  private String seen(SQLException e) throws SQLException, InterruptedException {
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
    for (Cutover.Part part : parts) {
      if (!guards.get(0).transaction(part.planned()::swapped)) {
        return "a connection was lost: %s. All locks were released with it."
            .formatted(String.valueOf(e.getMessage()).strip());
      }
    }
    return "";
  }

  private void takeTime() throws SQLException {
    locker.clearDeadline();
    for (Session guard : guards) {
      guard.clearDeadline();
    }
  }

  /** Returns who stays in the way, whom the application does not wait for; empty for nobody. */
  private String clear(Swap swap) throws SQLException, InterruptedException {
    Swap.Lock lock = swap.clear(locker.connection(), connections());
    blockers = lock.blockers();
    return lock.granted()
        ? ""
        : "somebody works on the table, and does not release it" + Cutover.named(lock);
  }

  private List<Connection> connections() throws SQLException, InterruptedException {
    List<Connection> connections = new ArrayList<>();
    for (Session guard : guards) {
      connections.add(guard.connection());
    }
    return connections;
  }

  /** Returns why it was not to be; empty when the names are swapped. */
  private String swapUnderLock(Swap swap) throws SQLException, InterruptedException {
    long asked = System.nanoTime();
    Swap.Lock lock =
        swap.lock(locker.connection(), connections(), limits.lockWait(), limits.hold());
    if (!lock.granted()) {
      return notGranted(lock);
    }
    long granted = System.nanoTime();
    steps.done("the lock is granted");
    long deadline = Math.min(granted + limits.hold().toNanos(), asked + limits.all().toNanos());
    Session writer = swap.lockerWrites() ? locker : guards.get(0);
    for (Cutover.Part part : parts) {
      Duration left = until(deadline);
      writer.setDeadline(left);
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
      return notGranted(swapped);
    }
    steps.done("the names are swapped");
    return "";
  }

  private static Duration until(long deadline) {
    return Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
  }

  private String notGranted(Swap.Lock lock) {
    blockers = lock.blockers();
    heldUp = lock.queue().heldUp();
    return Cutover.notGranted(limits.lockWait(), lock);
  }
}
