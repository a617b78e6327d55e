package dev.ghost.internal.change;

import dev.ghost.internal.change.PendingKeys.Lookup;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.RowKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Cascades whose rows are not all known yet. Guarded by the {@link PendingKeys} that owns it. */
final class Cascades {

  private static final class Entry {
    final long generation;
    long arrival;
    long chunk;
    @Nullable RowKey after;

    Entry(long generation) {
      this.generation = generation;
    }
  }

  private final Map<Cascade, Entry> ready = new LinkedHashMap<>();
  private final Map<Cascade, Entry> held = new LinkedHashMap<>();

  boolean has(Cascade cascade) {
    return ready.containsKey(cascade) || held.containsKey(cascade);
  }

  int size() {
    return ready.size() + held.size();
  }

  /**
   * One arrives, for the first time or again: its rows are looked up from the beginning.
   *
   * @param chunk that it has to wait for
   * @param oldest chunk that is in flight
   */
  void arrive(Cascade cascade, long generation, long arrival, long chunk, long oldest) {
    Entry before = ready.remove(cascade);
    if (before == null) {
      before = held.remove(cascade);
    }
    Entry entry = before == null ? new Entry(generation) : before;
    entry.arrival = arrival;
    entry.chunk = chunk;
    entry.after = null;
    (chunk < oldest ? ready : held).put(cascade, entry);
  }

  /** A chunk has committed. */
  void chunkFinished(long oldest) {
    Iterator<Map.Entry<Cascade, Entry>> it = held.entrySet().iterator();
    while (it.hasNext()) {
      Map.Entry<Cascade, Entry> next = it.next();
      if (next.getValue().chunk < oldest) {
        ready.put(next.getKey(), next.getValue());
        it.remove();
      }
    }
  }

  /**
   * The next one to look up: of those that are ready, the one that has waited longest.
   *
   * @param arrived how much had arrived before the last fence
   */
  Optional<Lookup> next(long arrived) {
    return ready.entrySet().stream()
        .findFirst()
        .filter(e -> e.getValue().arrival <= arrived)
        .map(e -> new Lookup(e.getKey(), e.getValue().after, e.getValue().arrival));
  }

  /** The generation that the rows of one belong to. */
  long generation(Cascade cascade) {
    Entry entry = ready.getOrDefault(cascade, held.get(cascade));
    if (entry == null) {
      throw new IllegalStateException("done with before: " + cascade);
    }
    return entry.generation;
  }

  /**
   * Its rows are known up to a key.
   *
   * @param last null when they are all known
   * @return true when it is done with; not if it has arrived again meanwhile
   */
  boolean followed(Lookup lookup, @Nullable RowKey last) {
    Entry entry = ready.get(lookup.cascade());
    if (entry == null || entry.arrival != lookup.arrival()) {
      return false;
    }
    entry.after = last;
    return last == null && ready.remove(lookup.cascade()) != null;
  }
}
