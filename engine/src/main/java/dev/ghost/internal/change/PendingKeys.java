package dev.ghost.internal.change;

import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.RowKey;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The changed keys that still have to be applied: a set, so a hot row counts once. Thread-safe;
 * decides what is dropped, held and ready, does no I/O.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A key that arrived is dropped only when the frontier says that no chunk has read it yet.
 *   <li>A key is handed out only when every chunk that was in flight and could hold it when it last
 *       arrived has committed; else that chunk could bring back what the apply has removed.
 *   <li>A key that arrives while it is being applied is pending again; so is one whose row was
 *       written together with rows that it conflicted with.
 *   <li>A cascade is looked up only when every chunk that was in flight when it last arrived has
 *       committed, and no batch is being applied: then the ghost shows all rows that were read too
 *       early for it. It counts as not settled until its rows have become keys.
 *   <li>Memory is bounded: {@link #arrive} waits while the set is full, and nothing is lost.
 * </ul>
 */
public final class PendingKeys {

  /** When a key first arrived, and which chunk it waits for. */
  private static final class Entry {
    final long generation;
    long chunk;

    Entry(long generation, long chunk) {
      this.generation = generation;
      this.chunk = chunk;
    }
  }

  /**
   * A cascade whose rows are to be looked up.
   *
   * @param after the last key that is known; null at the beginning
   * @param arrival which of its arrivals this is for
   */
  public record Lookup(Cascade cascade, @Nullable RowKey after, long arrival) {}

  private final Frontier frontier;
  private final long capacity;

  private final LinkedHashMap<RowKey, Entry> ready = new LinkedHashMap<>();
  private final LinkedHashMap<RowKey, Entry> held = new LinkedHashMap<>();
  private final Map<RowKey, Entry> applying = new LinkedHashMap<>();

  private final Cascades cascades = new Cascades();

  /**
   * How many keys and cascades of each generation are not settled; none for a generation that is
   * missing.
   */
  private final TreeMap<Long, Integer> unsettled = new TreeMap<>();

  private final Set<Watch> watches = new HashSet<>();
  private long generation;
  private long weight;
  private long arrivals;
  private long settledTotal;

  /** Keys that are stored elsewhere until they can be applied. */
  private long aside;

  private boolean closed;

  /** How many wait for keys to be settled. */
  private int hurried;

  /**
   * @param capacity bytes of heap that the keys may take, by {@link RowKey#weight()}
   */
  public PendingKeys(Frontier frontier, long capacity) {
    this.frontier = frontier;
    this.capacity = capacity;
  }

  /** A row with this key has changed. Waits while the set is full. */
  public synchronized void arrive(RowKey key) throws InterruptedException {
    arrivals++;
    addSuspect(key);
  }

  /** Rows that are to be looked up have changed. Waits while the set is full. */
  public synchronized void arrive(Cascade cascade) throws InterruptedException {
    arrivals++;
    watches.forEach(w -> w.cascaded = true);
    while (!closed && weight >= capacity && !cascades.has(cascade)) {
      wait();
    }
    long chunk = frontier.standing();
    if (closed || chunk == Frontier.BEYOND) {
      return;
    }
    if (!cascades.has(cascade)) {
      weight += cascade.weight();
      unsettled.merge(generation, 1, Integer::sum);
    }
    cascades.arrive(cascade, generation, arrivals, chunk, frontier.oldestInFlight());
    notifyAll();
  }

  /** The same for a row that was found to differ: nobody need have changed it just now. */
  public synchronized void addSuspect(RowKey key) throws InterruptedException {
    // Before any wait: anyone who watches must not miss a change because we have no room for it.
    watches.forEach(w -> w.note(key));
    while (!closed && weight >= capacity && !ready.containsKey(key) && !held.containsKey(key)) {
      wait();
    }
    keep(key, generation);
  }

  /**
   * Rows with these keys were removed from the ghost, or read and written, on behalf of other rows.
   * They are applied once more. One that is being applied counts as settled only after that. Never
   * waits.
   */
  public synchronized void requeue(Collection<RowKey> keys) {
    watches.forEach(w -> keys.forEach(w::note));
    for (RowKey key : keys) {
      Entry now = applying.get(key);
      keep(key, now == null ? generation : now.generation);
    }
  }

  private void keep(RowKey key, long generation) {
    long chunk = frontier.standing(key);
    if (closed || chunk == Frontier.BEYOND) {
      return;
    }
    Entry entry = held.getOrDefault(key, ready.get(key));
    if (entry == null) {
      entry = new Entry(generation, chunk);
      weight += key.weight();
      unsettled.merge(generation, 1, Integer::sum);
    }
    entry.chunk = chunk;
    // A key that is there already keeps its place, so that a hot row does not wait for ever.
    if (chunk < frontier.oldestInFlight()) {
      held.remove(key);
      ready.putIfAbsent(key, entry);
      notifyAll();
    } else {
      ready.remove(key);
      held.putIfAbsent(key, entry);
    }
  }

  /** A chunk has committed: what waited for it may go on. */
  public synchronized void chunkFinished() {
    long oldest = frontier.oldestInFlight();
    cascades.chunkFinished(oldest);
    Iterator<Map.Entry<RowKey, Entry>> it = held.entrySet().iterator();
    while (it.hasNext()) {
      Map.Entry<RowKey, Entry> next = it.next();
      if (next.getValue().chunk < oldest) {
        ready.put(next.getKey(), next.getValue());
        it.remove();
      }
    }
    notifyAll();
  }

  /**
   * Waits until a key is ready, and then a while for others to be applied together with it: each
   * batch takes commits that the application's have to wait for. Does not wait for others while
   * somebody waits for the keys to be settled, or the set is full.
   *
   * @param enough keys that make a batch
   * @return false when the set was closed
   */
  public synchronized boolean awaitBatch(int enough, Duration linger) throws InterruptedException {
    while (ready.isEmpty() && lookup(arrivals).isEmpty() && !closed) {
      wait();
    }
    long deadline = System.nanoTime() + linger.toNanos();
    for (long left = linger.toNanos();
        left > 0 && !closed && hurried == 0 && ready.size() < enough && weight < capacity;
        left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return !closed;
  }

  /**
   * A cascade whose rows can be looked up while nothing is being applied; {@link #resolveCascade}
   * is told what was found.
   *
   * @param arrived how much had arrived before the last fence
   */
  public synchronized Optional<Lookup> lookup(long arrived) {
    return cascades.next(arrived);
  }

  /**
   * Rows of a cascade have been looked up: they are applied. Never waits.
   *
   * @param end true when there are no more
   */
  public synchronized void resolveCascade(Lookup lookup, List<RowKey> keys, boolean end) {
    long since = cascades.generation(lookup.cascade());
    watches.forEach(w -> keys.forEach(w::note));
    keys.forEach(key -> keep(key, since));
    if (cascades.followed(lookup, end ? null : keys.get(keys.size() - 1))) {
      weight -= lookup.cascade().weight();
      oneLess(since);
    }
    notifyAll();
  }

  private synchronized void hurry(int more) {
    hurried += more;
    notifyAll();
  }

  /**
   * Takes the keys that are to be applied next, without waiting; {@link #settle} gives them back.
   */
  public synchronized List<RowKey> poll(int most) {
    if (!applying.isEmpty()) {
      throw new IllegalStateException("the last batch has not been settled");
    }
    List<RowKey> batch = new ArrayList<>(Math.min(most, ready.size()));
    Iterator<Map.Entry<RowKey, Entry>> it = ready.entrySet().iterator();
    while (it.hasNext() && batch.size() < most) {
      Map.Entry<RowKey, Entry> next = it.next();
      batch.add(next.getKey());
      applying.put(next.getKey(), next.getValue());
      it.remove();
    }
    return batch;
  }

  /** The batch that was taken last has been applied and committed. */
  public synchronized void settle() {
    settledTotal += applying.size();
    giveBack();
  }

  /**
   * The batch that was taken last is stored, and {@link #takeBack} brings it again: nobody needs to
   * wait for it until then.
   *
   * @param more how many of its keys were not stored before
   */
  public synchronized void putAside(int more) {
    aside += more;
    giveBack();
  }

  private void giveBack() {
    applying.forEach(
        (key, entry) -> {
          weight -= key.weight();
          oneLess(entry.generation);
        });
    applying.clear();
    notifyAll();
  }

  /** Keys that were put aside are to be applied. Waits while the set is full. */
  public void takeBack(Collection<RowKey> keys) throws InterruptedException {
    for (RowKey key : keys) {
      addSuspect(key);
    }
    synchronized (this) {
      aside = Math.max(0, aside - keys.size());
    }
  }

  /** The batch that was taken last has not been applied: its keys are ready again. */
  public synchronized void unpoll() {
    applying.forEach(
        (key, entry) -> {
          Map<RowKey, Entry> place = held.containsKey(key) ? held : ready;
          Entry newer = place.put(key, entry);
          if (newer != null) {
            // It arrived again meanwhile: it counts once, as what it was before.
            entry.chunk = newer.chunk;
            weight -= key.weight();
            oneLess(newer.generation);
          }
        });
    applying.clear();
    notifyAll();
  }

  private void oneLess(long since) {
    unsettled.merge(since, -1, (a, b) -> a + b == 0 ? null : a + b);
  }

  /**
   * Waits until every key that has arrived so far is settled.
   *
   * @param check called about ten times a second; ends the wait by throwing
   * @return false when the set was closed
   */
  public boolean awaitSettled(Task check) throws SQLException, InterruptedException {
    long until = newEpoch();
    hurry(1);
    try {
      while (!settledUntil(until)) {
        check.run();
      }
    } finally {
      hurry(-1);
    }
    return !isClosed();
  }

  /** A line between the keys that have arrived so far and those to come. */
  public synchronized long newEpoch() {
    return generation++;
  }

  /** True when every key that arrived before a {@link #newEpoch} is settled. */
  public synchronized boolean settled(long cut) {
    return unsettled.isEmpty() || unsettled.firstKey() > cut;
  }

  /** Waits until no more than so many keys are pending, or the set is closed. */
  public synchronized void awaitAtMost(int keys) throws InterruptedException {
    while (!closed && size() > keys) {
      wait();
    }
  }

  /** Waits for a tenth of a second at the most. */
  private synchronized boolean settledUntil(long until) throws InterruptedException {
    long deadline = System.nanoTime() + 100_000_000L;
    long left = 100;
    while (!closed && !settled(until) && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return closed || settled(until);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Begins to note which keys arrive. */
  public synchronized Watch watch(Predicate<RowKey> wanted) {
    Watch watch = new Watch(wanted);
    watches.add(watch);
    return watch;
  }

  /** Keys and cascades that are not applied yet. */
  public synchronized long size() {
    return aside + ready.size() + held.size() + applying.size() + cascades.size();
  }

  /** Changes that have arrived since the beginning, whatever became of them. */
  public synchronized long arrivals() {
    return arrivals;
  }

  /** Keys settled since the beginning. */
  public synchronized long settledTotal() {
    return settledTotal;
  }

  /** How full the set is, from 0 to 1. */
  public synchronized double fullness() {
    return Math.min(1, (double) weight / capacity);
  }

  /** Ends all waiting; nothing is taken or kept any more. */
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Notes which of the keys it was made for arrive, until it is closed. */
  public final class Watch implements AutoCloseable {
    private final Predicate<RowKey> wanted;
    private final Set<RowKey> seen = new HashSet<>();
    private boolean cascaded;

    private Watch(Predicate<RowKey> wanted) {
      this.wanted = wanted;
    }

    private void note(RowKey key) {
      if (wanted.test(key)) {
        seen.add(key);
      }
    }

    /** The keys that have arrived. */
    public Set<RowKey> seen() {
      synchronized (PendingKeys.this) {
        return Set.copyOf(seen);
      }
    }

    /**
     * True when a cascade has arrived. It may have changed any row, also one that the next has
     * changed back, so that it is not among those that are found for it.
     */
    public boolean cascaded() {
      synchronized (PendingKeys.this) {
        return cascaded;
      }
    }

    @Override
    public void close() {
      synchronized (PendingKeys.this) {
        watches.remove(this);
      }
    }
  }
}
