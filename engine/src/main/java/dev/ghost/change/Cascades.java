package dev.ghost.change;

import dev.ghost.change.PendingKeys.Lookup;
import dev.ghost.plan.Cascade;
import dev.ghost.plan.RowKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Cascades whose rows are not all known yet. Guarded by the {@link PendingKeys} that owns it. */
final class Cascades {

  private static final class Entry {
    final long generation;
    final long firstArrival;
    long arrival;
    long chunk;
    RowKey after;

    Entry(long generation, long arrival) {
      this.generation = generation;
      this.firstArrival = arrival;
    }
  }

  private final Map<Cascade, Entry> entries = new LinkedHashMap<>();

  boolean has(Cascade cascade) {
    return entries.containsKey(cascade);
  }

  int size() {
    return entries.size();
  }

  /** One arrives, for the first time or again: its rows are looked up from the beginning. */
  void arrive(Cascade cascade, long generation, long arrival, long chunk) {
    Entry entry = entries.computeIfAbsent(cascade, c -> new Entry(generation, arrival));
    entry.arrival = arrival;
    entry.chunk = chunk;
    entry.after = null;
  }

  /**
   * The next one to look up.
   *
   * @param oldest chunk that is in flight
   * @param arrived how much had arrived before the last fence
   */
  Optional<Lookup> next(long oldest, long arrived) {
    return entries.entrySet().stream()
        .filter(e -> e.getValue().chunk < oldest && e.getValue().arrival <= arrived)
        .findFirst()
        .map(e -> new Lookup(e.getKey(), e.getValue().after, e.getValue().arrival));
  }

  /** The generation that the rows of one belong to. */
  long generation(Cascade cascade) {
    return entries.get(cascade).generation;
  }

  /**
   * Its rows are known up to a key.
   *
   * @param last null when they are all known
   * @return true when it is done with
   */
  boolean followed(Lookup lookup, RowKey last) {
    Entry entry = entries.get(lookup.cascade());
    if (entry.arrival != lookup.arrival()) {
      return false;
    }
    entry.after = last;
    if (last == null) {
      entries.remove(lookup.cascade());
    }
    return last == null;
  }

  /** True when one that arrived no later than this is there still. */
  boolean anyUntil(long arrival) {
    return entries.values().stream().anyMatch(e -> e.firstArrival <= arrival);
  }
}
