package dev.ghost.model;

import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Source and ghost: keys and values, the values being unique, as what is visible by now. */
record Tables(NavigableMap<Integer, Integer> source, NavigableMap<Integer, Integer> ghost) {

  Tables(Map<Integer, Integer> rows) {
    this(new TreeMap<>(rows), new TreeMap<>());
  }

  /** The keys of rows that are not the same in both. */
  Set<Integer> differing() {
    Set<Integer> keys = new TreeSet<>(source.keySet());
    keys.addAll(ghost.keySet());
    keys.removeIf(key -> Objects.equals(source.get(key), ghost.get(key)));
    return keys;
  }

  /** True when the ghost cannot take these rows: a key, or a value, is there already. */
  boolean clash(Map<Integer, Integer> rows) {
    return !Collections.disjoint(ghost.keySet(), rows.keySet())
        || !Collections.disjoint(ghost.values(), rows.values());
  }

  /**
   * Makes the ghost hold what the source holds of these rows.
   *
   * @return the keys of rows that were in their way, and are removed
   */
  Set<Integer> refresh(Set<Integer> keys) {
    Set<Integer> removed = inTheWayOf(keys);
    replace(keys, removed);
    return removed;
  }

  /**
   * Makes the ghost hold what the source holds of these rows, and of those in their way.
   *
   * @return the keys of the latter
   */
  Set<Integer> write(Set<Integer> keys) {
    Set<Integer> all = new TreeSet<>(keys);
    for (Set<Integer> more = inTheWayOf(all); !more.isEmpty(); more = inTheWayOf(all)) {
      all.addAll(more);
    }
    replace(all, Set.of());
    all.removeAll(keys);
    return all;
  }

  /** Rows of the ghost that hold a value which one of these rows has in the source. */
  private Set<Integer> inTheWayOf(Set<Integer> keys) {
    Set<Integer> values = new HashSet<>();
    for (int key : keys) {
      values.add(source.get(key));
    }
    Set<Integer> others = new TreeSet<>(ghost.keySet());
    others.removeIf(key -> keys.contains(key) || !values.contains(ghost.get(key)));
    return others;
  }

  private void replace(Set<Integer> keys, Set<Integer> removed) {
    ghost.keySet().removeAll(removed);
    for (int key : keys) {
      Integer value = source.get(key);
      if (value == null) {
        ghost.remove(key);
      } else {
        ghost.put(key, value);
      }
    }
  }

  @Override
  public String toString() {
    return "the source is " + source + ", the ghost is " + ghost;
  }
}
