package dev.ghost.model;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What happens to a table while it is migrated: the world that the protocol has to survive.
 *
 * @param rows of the source at the beginning: key and value, the value being unique
 * @param transactions of the application, in no order but where they touch the same rows
 * @param split the last key of the first of two chunks
 * @param ordered true when transactions become visible in the order of the log, as on MySQL
 * @param known true when the order of keys can be computed
 * @param crashes how often ghost may die, and be run again
 * @param compared true when source and ghost are compared before the cutover
 * @param broken rules that are taken out of the protocol
 */
record History(
    NavigableMap<Integer, Integer> rows,
    List<Transaction> transactions,
    int split,
    boolean ordered,
    boolean known,
    int crashes,
    boolean compared,
    Set<Rule> broken) {

  /** The rules without which the protocol would lose rows, or suspect itself of that. */
  enum Rule {
    /** The stream runs before the first chunk is read. */
    STREAM_FIRST,
    /** A batch is applied when what its events came from is visible. */
    FENCE_BEFORE_APPLY,
    /** A chunk is read when all that has arrived before is visible. */
    FENCE_BEFORE_CHUNK,
    /** A key waits for the chunks that were in flight when it arrived. */
    IN_FLIGHT,
    /** A chunk is in flight before its fence, not only when it reads. */
    IN_FLIGHT_BEFORE_FENCE,
    /** Only keys that are certainly beyond every chunk are dropped. */
    CERTAINLY_BEYOND,
    /** A position counts when the keys that came before it are applied. */
    SETTLED_POSITION,
    /** A position counts when the transactions that came before it are visible. */
    VISIBLE_POSITION,
    /** What was copied after the last checkpoint is removed before it is copied again. */
    TRIM,
    /** Under the cutover's lock, the last event is waited for. */
    LAST_MARKER,
    /**
     * The comparison begins when all that has arrived before is visible: or it would not see what a
     * chunk has not seen.
     */
    FENCE_BEFORE_COMPARISON,
    /** Which of the suspects change is noted before what came before is settled. */
    WATCH_BEFORE_SETTLING,
    /** Suspects are looked at again when what came before is settled. */
    LOOK_WHEN_SETTLED,
    /** What still differs is judged when the stream has passed the look. */
    JUDGE_WHEN_PASSED
  }

  /** Mistakes in the copy, which have been made when the comparison begins. */
  static final Set<Rule> OF_THE_COPY =
      EnumSet.of(
          Rule.STREAM_FIRST,
          Rule.FENCE_BEFORE_CHUNK,
          Rule.IN_FLIGHT,
          Rule.IN_FLIGHT_BEFORE_FENCE,
          Rule.CERTAINLY_BEYOND);

  /** Without these it would suspect the copy of mistakes that were not made. */
  static final Set<Rule> OF_THE_COMPARISON =
      EnumSet.of(Rule.WATCH_BEFORE_SETTLING, Rule.LOOK_WHEN_SETTLED, Rule.JUDGE_WHEN_PASSED);

  /** What a transaction does to a row. */
  record Change(Kind kind, int key, int other) {

    enum Kind {
      SET,
      DELETE,
      SWAP
    }

    /** Writes a row with a value that no other has. */
    static Change set(int key, int value) {
      return new Change(Kind.SET, key, value);
    }

    static Change delete(int key) {
      return new Change(Kind.DELETE, key, key);
    }

    /** Two rows exchange their values. */
    static Change swap(int key, int other) {
      return new Change(Kind.SWAP, key, other);
    }

    List<Integer> keys() {
      return kind == Kind.SWAP ? List.of(key, other) : List.of(key);
    }

    void apply(NavigableMap<Integer, Integer> table) {
      switch (kind) {
        case SET -> table.put(key, other);
        case DELETE -> table.remove(key);
        case SWAP -> {
          Integer mine = table.get(key);
          Integer theirs = table.get(other);
          if (mine != null && theirs != null) {
            table.put(key, theirs);
            table.put(other, mine);
          }
        }
      }
    }
  }

  /**
   * Changes that become visible together.
   *
   * @param keys of the rows that they change, each once
   */
  record Transaction(List<Change> changes, List<Integer> keys) {

    Transaction(List<Change> changes) {
      this(changes, changes.stream().flatMap(c -> c.keys().stream()).distinct().toList());
    }

    static Transaction of(Change... changes) {
      return new Transaction(List.of(changes));
    }

    boolean touches(Transaction other) {
      return !Collections.disjoint(keys, other.keys());
    }

    @Override
    public String toString() {
      return changes.toString();
    }
  }

  static NavigableMap<Integer, Integer> rows(int count) {
    NavigableMap<Integer, Integer> rows = new TreeMap<>();
    for (int key = 1; key <= count; key++) {
      rows.put(key, key * 10);
    }
    return rows;
  }

  boolean holds(Rule rule) {
    return !broken.contains(rule);
  }

  History without(Rule... some) {
    return new History(rows, transactions, split, ordered, known, crashes, compared, Set.of(some));
  }

  /** True when the comparison is right to find something. */
  boolean wrong() {
    return !Collections.disjoint(broken, OF_THE_COPY);
  }
}
