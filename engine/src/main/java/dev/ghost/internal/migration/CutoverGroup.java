package dev.ghost.internal.migration;

import dev.ghost.api.GhostException;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.request.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Migrations whose tables are swapped at the same moment, because {@code --atomic} asks for it. A
 * migration of one table knows none. Each has a thread of its own, which leads it up to its
 * cutover. When all have their ghosts, one change stream is started for all of them; then they are
 * copied one after the other. At its cutover each keeps its ghost in step until all have come; then
 * the thread that comes last makes the cutover of all. Thread-safe.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A run is used by one thread at a time: its own; or, while that stands still in {@link
 *       #cutOver}, the one that makes the cutover.
 *   <li>Nobody leaves {@link #cutOver} before the cutover is made, or has failed.
 *   <li>When one fails, all end, and keep what they have done.
 * </ul>
 */
public final class CutoverGroup {

  /**
   * One that has come to its cutover.
   *
   * @param tick what its thread would do again and again
   */
  record Member(Cutover.Part part, Task tick) {}

  /** Makes the cutover of all. */
  @FunctionalInterface
  interface Lead {
    Cutover.Made of(List<Cutover.Part> parts) throws SQLException, InterruptedException;
  }

  private static final long TICK_MILLIS = 200;

  private final Dialect dialect;
  private final List<TableName> tables;

  // Guarded by this.
  private final Map<TableName, PlannedMigration> benches = new LinkedHashMap<>();
  private final Set<TableName> absent;
  private final List<StreamStart.Followed> followed = new ArrayList<>();
  private boolean starting;

  /** Where the stream starts; null until it does. */
  private StreamSpec.@Nullable Position begin;

  private final Set<TableName> arrived = new HashSet<>();
  private final Set<TableName> ended = new HashSet<>();
  private final List<Member> entered = new ArrayList<>();
  private boolean open;
  private boolean leading;
  private Cutover.@Nullable Made made;
  private @Nullable Throwable failure;

  /**
   * @param tables in the order in which they are copied
   */
  public CutoverGroup(Dialect dialect, List<TableName> tables) {
    this.dialect = dialect;
    this.tables = List.copyOf(tables);
    this.absent = new HashSet<>(tables);
  }

  boolean several() {
    return tables.size() > 1;
  }

  /** The tables that one is swapped together with. */
  Set<TableName> companions(TableName table) {
    return tables.stream().filter(t -> !t.equals(table)).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * A ghost is built, or taken up.
   *
   * @throws dev.ghost.api.RefusedException if it cannot be swapped together with those before
   */
  synchronized void joined(PlannedMigration planned) {
    benches.put(planned.names().source(), planned);
    refuseOtherTimeZone(planned);
    dialect.group(List.copyOf(benches.values())).refuseTogether();
  }

  /** One session applies the last changes of all. */
  private void refuseOtherTimeZone(PlannedMigration planned) {
    for (PlannedMigration other : benches.values()) {
      if (!other.profile().timeZone().equals(planned.profile().timeZone())) {
        throw new RefusedException(
            "%s and %s need sessions in different time zones: one of the changes converts between moments and local times."
                .formatted(other.names().source(), planned.names().source()),
            "Make that change by itself, without --atomic.");
      }
    }
  }

  /**
   * Waits until the ghosts of all are there, and has one stream started for all of them.
   *
   * @param start starts it, in the thread that comes last
   * @return where the stream starts
   * @throws StoppedException if another has failed
   */
  StreamSpec.Position follow(StreamStart.Followed own, StreamStart start)
      throws SQLException, InterruptedException {
    synchronized (this) {
      followed.add(own);
      notifyAll();
    }
    while (true) {
      List<StreamStart.Followed> all = toBeStarted();
      if (!all.isEmpty()) {
        StreamSpec.Position position = start.of(all);
        synchronized (this) {
          begin = position;
          notifyAll();
        }
      }
      synchronized (this) {
        if (begin != null) {
          return begin;
        }
      }
      start.tick().run();
    }
  }

  /**
   * Returns all to exactly one caller, which must start their stream; none to the others, after a
   * while.
   */
  private synchronized List<StreamStart.Followed> toBeStarted() throws InterruptedException {
    refuseAfterFailure();
    if (begin == null && (starting || someAreMissing())) {
      TimeUnit.MILLISECONDS.timedWait(this, TICK_MILLIS);
    }
    if (starting || someAreMissing()) {
      return List.of();
    }
    starting = true;
    return List.copyOf(followed);
  }

  private boolean someAreMissing() {
    return followed.size() + ended.size() < tables.size();
  }

  /**
   * Asked again and again by one whose stream runs.
   *
   * @return false while another is to be copied before
   */
  synchronized boolean isTurnOf(TableName table) {
    refuseAfterFailure();
    return tables.stream()
        .takeWhile(t -> !t.equals(table))
        .allMatch(t -> arrived.contains(t) || ended.contains(t));
  }

  /**
   * Asked again and again by one that is ready for its cutover.
   *
   * @param why it has to wait for reasons of its own; empty when it has not
   * @return why it has to wait
   * @throws StoppedException if another has failed
   */
  synchronized String held(TableName table, String why) {
    refuseAfterFailure();
    arrived.add(table);
    if (why.isEmpty()) {
      absent.remove(table);
    } else {
      absent.add(table);
    }
    absent.removeAll(ended);
    open |= absent.isEmpty();
    notifyAll();
    if (open) {
      return "";
    }
    return why.isEmpty()
        ? "it is made together with that of %s"
            .formatted(
                absent.stream().map(TableName::toString).sorted().collect(Collectors.joining(", ")))
        : why;
  }

  /**
   * Makes the cutover of all when the last of them has come, or waits until that is done.
   *
   * @throws StoppedException if it has failed
   */
  Cutover.Made cutOver(Member member, Lead lead) throws SQLException, InterruptedException {
    List<Member> all;
    synchronized (this) {
      refuseAfterFailure();
      entered.add(member);
      if (entered.size() + ended.size() < tables.size()) {
        return awaitOutcome();
      }
      all = List.copyOf(entered);
      leading = true;
    }
    try {
      Cutover.Made result = lead.of(all.stream().map(Member::part).toList());
      over(result);
      return result;
    } catch (SQLException | InterruptedException | RuntimeException | Error e) {
      Throwable first = over(e);
      Thread.interrupted();
      throw stopped(first);
    }
  }

  /**
   * This table is swapped, while others are not yet. Its run has nothing more to do; its stream has
   * seen the swap, and would say that somebody has altered the table.
   */
  synchronized void aheadOfOthers(TableName table) {
    entered.removeIf(m -> m.part().planned().names().source().equals(table));
  }

  private synchronized void over(Cutover.Made result) {
    leading = false;
    made = result;
    notifyAll();
  }

  /** Returns what was the first to go wrong. */
  private synchronized Throwable over(Throwable e) {
    leading = false;
    return failed(e);
  }

  /** Not to be interrupted: what is ours is in use by another thread until then. */
  private Cutover.Made awaitOutcome() {
    boolean interrupted = false;
    try {
      while (true) {
        if (made != null) {
          return made;
        }
        if (failure != null && !leading) {
          throw stopped(failure);
        }
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Runs the periodic work of every member while its own thread waits for the cutover. */
  void tick(Task own) throws SQLException, InterruptedException {
    List<Member> all;
    synchronized (this) {
      all = leading ? List.copyOf(entered) : List.of();
    }
    if (all.isEmpty()) {
      own.run();
    }
    for (Member member : all) {
      member.tick().run();
    }
  }

  /**
   * One has failed, for a reason of its own.
   *
   * @return what was the first to go wrong
   */
  public synchronized Throwable failed(Throwable e) {
    Throwable first = failure == null ? e : failure;
    failure = first;
    notifyAll();
    return first;
  }

  /** One is at its end, whether it came to a cutover or not. */
  public synchronized void ended(TableName table) {
    absent.remove(table);
    ended.add(table);
    notifyAll();
  }

  /**
   * Waits until one has its ghost, or has come to its end.
   *
   * @return false when one has failed
   */
  public synchronized boolean awaitGhost(TableName table) throws InterruptedException {
    while (failure == null
        && !ended.contains(table)
        && followed.stream().noneMatch(f -> f.table().equals(table))) {
      wait();
    }
    return failure == null;
  }

  /** What was the first to go wrong; empty when nothing has. */
  public synchronized Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Throws what was the first to go wrong. */
  public void rethrow() {
    Throwable first = failure().orElseThrow();
    if (first instanceof RuntimeException e) {
      throw e;
    }
    if (first instanceof Error e) {
      throw e;
    }
    throw stopped(first);
  }

  private void refuseAfterFailure() {
    if (failure != null) {
      throw stopped(failure);
    }
  }

  private static StoppedException stopped(Throwable first) {
    return new StoppedException(
        "The tables are swapped together, and one of them could not be: "
            + (first instanceof GhostException told ? told.what() : first.getMessage()),
        "Mend that, and run the command again: what was done is kept.",
        first);
  }
}
