package dev.ghost.model;

import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.RowKey;
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
 * @param order in which the copy reads the rows
 * @param crashes how often ghost may die, and be run again; or, where keys are stored, lose a
 *     connection while a chunk commits
 * @param compared true when source and ghost are compared before the cutover
 * @param pieces true when a chunk that conflicts with rows of the ghost is written as a list of its
 *     keys, and they are removed; else they are read again with it
 * @param gathering true when the copy goes without unique indexes: the keys of changed rows are
 *     stored, and replayed when the indexes are built
 * @param broken rules that are taken out of the protocol
 */
record History(
    NavigableMap<Integer, Integer> rows,
    List<Transaction> transactions,
    int split,
    boolean ordered,
    Order order,
    int crashes,
    boolean compared,
    boolean pieces,
    boolean gathering,
    Set<Rule> broken) {

  /** In which order the copy reads the rows, and what that means for a ghost that is not empty. */
  enum Order {
    /** By a key whose order can be computed. What a killed run has left over is trimmed. */
    KNOWN,
    /** By a key that only the server can order. A chunk removes what it finds of its own range. */
    COLLATED,
    /** By a key that the ghost orders in another way. Nothing is trimmed, and no range removed. */
    OTHER_IN_GHOST,
    /** By pages: the same, and a row that is updated moves to the other chunk. */
    PAGES;

    /** True when the ghost of a resumed run holds no more than the checkpoint says. */
    boolean trims() {
      return this == KNOWN || this == COLLATED;
    }
  }

  /** The rules without which the protocol would lose rows, or suspect itself of that. */
  enum Rule {
    /** The stream runs before the first chunk is read. */
    STREAM_FIRST,
    /** A batch is applied when what its events came from is visible. */
    FENCE_BEFORE_APPLY,
    /** A chunk is read when all that has arrived before is visible. */
    FENCE_BEFORE_CHUNK,
    /** A key, or a cascade, waits for the chunks that were in flight when it arrived. */
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
    /** Where it cannot be removed, no key is beyond: its row may be in the ghost. */
    NOTHING_BEYOND_LEFT_ROWS,
    /** Under the cutover's lock, the last event is waited for. */
    LAST_MARKER,
    /** The rows of a cascade are looked up behind a fence, as those of a batch are read. */
    FENCE_BEFORE_FOLLOWING,
    /** Rows that a cascade has given another key are looked up in the source, too. */
    FOLLOWING_TO_THE_SOURCE,
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
    JUDGE_WHEN_PASSED,
    /** And not when a cascade has come meanwhile, whose rows may have been changed again. */
    JUDGE_WITHOUT_CASCADES,
    /**
     * When we do not know whether a chunk was written, its rows are removed before it is written
     * again: no index would forbid it.
     */
    REMOVED_BEFORE_WRITTEN_AGAIN,
    /** The indexes are built when a marker is back that was written after the last chunk. */
    MARKER_BEFORE_BUILD,
    /** And when the keys that came before it are stored. */
    STORED_BEFORE_BUILD,
    /** Rows whose keys are stored are deleted before: they may be out of date, or there twice. */
    COPIES_DELETED,
    /** What is stored is replayed after it. */
    GIVEN_BACK,
    /** Also what a killed run has stored, for its checkpoint says that nothing else is left. */
    STORED_FOR_LATER_RUNS,
    /** The stored keys are forgotten when they are applied. */
    APPLIED_BEFORE_FORGOTTEN
  }

  /** Rules of a copy without unique indexes. */
  static final Set<Rule> OF_GATHERING =
      EnumSet.range(Rule.REMOVED_BEFORE_WRITTEN_AGAIN, Rule.APPLIED_BEFORE_FORGOTTEN);

  /** Rules of cascades only. */
  static final Set<Rule> OF_CASCADES =
      EnumSet.of(
          Rule.FENCE_BEFORE_FOLLOWING, Rule.FOLLOWING_TO_THE_SOURCE, Rule.JUDGE_WITHOUT_CASCADES);

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
      EnumSet.of(
          Rule.WATCH_BEFORE_SETTLING,
          Rule.LOOK_WHEN_SETTLED,
          Rule.JUDGE_WHEN_PASSED,
          Rule.JUDGE_WITHOUT_CASCADES);

  /** What rows refer to is the number of hundreds in their value. */
  static int parent(int value) {
    return value / 100;
  }

  /**
   * What a transaction does to a row; or to a parent, and the server to the rows that refer to it.
   */
  record Change(Kind kind, int key, int other) {

    enum Kind {
      SET,
      DELETE,
      SWAP,
      DELETE_PARENT,
      MOVE_PARENT
    }

    /** How much greater the keys of rows are whose parent has moved. */
    private static final int FARTHER = 2;

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

    /** Rows that refer to a parent are deleted with it. */
    static Change deleteParent(int parent) {
      return new Change(Kind.DELETE_PARENT, parent, parent);
    }

    /** Rows that refer to a parent refer to another one, and have other keys. */
    static Change moveParent(int parent, int to) {
      return new Change(Kind.MOVE_PARENT, parent, to);
    }

    /** The rows that the log names. */
    List<Integer> keys() {
      return switch (kind) {
        case SWAP -> List.of(key, other);
        case SET, DELETE -> List.of(key);
        case DELETE_PARENT, MOVE_PARENT -> List.of();
      };
    }

    /** What is to be looked up instead. */
    List<Cascade> cascades() {
      Cascade before = new Cascade(0, true, RowKey.of((long) key));
      return switch (kind) {
        case SWAP, SET, DELETE -> List.of();
        case DELETE_PARENT -> List.of(before);
        case MOVE_PARENT -> List.of(before, new Cascade(0, false, RowKey.of((long) other)));
      };
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
        case DELETE_PARENT -> table.values().removeIf(v -> parent(v) == key);
        case MOVE_PARENT -> {
          NavigableMap<Integer, Integer> moved = new TreeMap<>(table);
          moved.values().removeIf(v -> parent(v) != key);
          table.keySet().removeAll(moved.keySet());
          moved.forEach((k, v) -> table.put(k + FARTHER, v + 100 * (other - key)));
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

    /** Of others that change a parent we only know that it may be that of our rows. */
    boolean touches(Transaction other) {
      return cascades() || other.cascades() || !Collections.disjoint(keys, other.keys());
    }

    private boolean cascades() {
      return changes.stream().anyMatch(c -> !c.cascades().isEmpty());
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
    return new History(
        rows,
        transactions,
        split,
        ordered,
        order,
        crashes,
        compared,
        pieces,
        gathering,
        Set.of(some));
  }

  /** True when rows take each other's values. */
  boolean swaps() {
    return transactions.stream()
        .flatMap(t -> t.changes().stream())
        .anyMatch(c -> c.kind() == Change.Kind.SWAP);
  }

  History inPieces() {
    return new History(
        rows, transactions, split, ordered, order, crashes, compared, true, gathering, broken);
  }

  History gathered() {
    return new History(
        rows, transactions, split, ordered, order, crashes, compared, pieces, true, broken);
  }

  /** True when the comparison is right to find something. */
  boolean wrong() {
    return !Collections.disjoint(broken, OF_THE_COPY);
  }
}
