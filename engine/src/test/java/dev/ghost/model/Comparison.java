package dev.ghost.model;

import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.key.RowKey;
import dev.ghost.model.History.Rule;
import dev.ghost.model.Protocol.Kind;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The comparison in one execution, as the engine's verifier makes it: each chunk in one snapshot;
 * then what has differed is looked at again, and what differs still must have changed meanwhile.
 * Which keys have changed is told by the engine's own watch on the {@link PendingKeys}.
 */
final class Comparison {

  /** Fewer than in the engine, so that there are rows that no look has found at rest. */
  private static final int ROUNDS = 2;

  private enum Stage {
    FENCED_OFF,
    COMPARING,
    DIFFERING,
    WATCHING,
    SETTLING,
    LOOKED,
    OVER
  }

  private final History history;
  private final int chunks;
  private Stage stage;
  private int compared;
  private int round;

  /** Keys that differ, as far as is known. */
  private Set<Integer> suspects = new TreeSet<>();

  private PendingKeys.Watch watch;

  /** Transactions in the log before the marker that is waited for. */
  private int marker;

  private long cut;

  /**
   * @param chunks to compare; 0 to compare nothing
   */
  Comparison(History history, int chunks) {
    this.history = history;
    this.chunks = chunks;
    this.stage = chunks == 0 ? Stage.OVER : Stage.FENCED_OFF;
  }

  boolean over() {
    return stage == Stage.OVER;
  }

  /** The chunk that is compared next. */
  int next() {
    return compared;
  }

  /** Keys that no look has found at rest. */
  Set<Integer> restless() {
    return suspects;
  }

  /**
   * What can happen next.
   *
   * @param delivered transactions that the stream has brought
   * @param fence true when what has arrived is visible
   */
  Optional<Kind> possible(int delivered, boolean fence, PendingKeys pending) {
    boolean marked = delivered >= marker;
    return switch (stage) {
      case FENCED_OFF ->
          fence || !history.holds(Rule.FENCE_BEFORE_COMPARISON)
              ? Optional.of(Kind.COMPARE_FENCE)
              : Optional.empty();
      case COMPARING -> Optional.of(Kind.COMPARE);
      case DIFFERING -> Optional.of(Kind.WATCH);
      case WATCHING -> marked ? Optional.of(Kind.WATCH_MARKED) : Optional.empty();
      case SETTLING ->
          pending.settled(cut) || !history.holds(Rule.LOOK_WHEN_SETTLED)
              ? Optional.of(Kind.LOOK)
              : Optional.empty();
      case LOOKED ->
          marked || !history.holds(Rule.JUDGE_WHEN_PASSED)
              ? Optional.of(Kind.JUDGE)
              : Optional.empty();
      case OVER -> Optional.empty();
    };
  }

  void fenced() {
    stage = Stage.COMPARING;
  }

  /**
   * Compares the next chunk, in one snapshot.
   *
   * @param differing the keys in it that differ
   */
  void compare(Set<Integer> differing) {
    suspects.addAll(differing);
    compared++;
    if (compared == chunks) {
      stage = suspects.isEmpty() ? Stage.OVER : Stage.DIFFERING;
    }
  }

  void watch(int logged, PendingKeys pending) {
    stage = Stage.WATCHING;
    if (history.holds(Rule.WATCH_BEFORE_SETTLING)) {
      watch = pending.watch(key -> true);
    }
    marker = logged;
  }

  void marked(PendingKeys pending) {
    stage = Stage.SETTLING;
    cut = pending.newEpoch();
  }

  /** In one snapshot; a marker is written after it. */
  void look(Set<Integer> differing, int logged, PendingKeys pending) {
    stage = Stage.LOOKED;
    if (!history.holds(Rule.WATCH_BEFORE_SETTLING)) {
      watch = pending.watch(key -> true);
    }
    Set<Integer> left = new TreeSet<>(suspects);
    left.retainAll(differing);
    suspects = left;
    marker = logged;
  }

  /** The keys that nothing explains. */
  Set<Integer> judge() {
    Set<Integer> unexplained = new TreeSet<>(suspects);
    boolean cascaded = watch.cascaded() && history.holds(Rule.JUDGE_WITHOUT_CASCADES);
    unexplained.removeIf(key -> cascaded || watch.seen().contains(RowKey.of((long) key)));
    watch.close();
    watch = null;
    round++;
    stage = suspects.isEmpty() || round == ROUNDS ? Stage.OVER : Stage.DIFFERING;
    return unexplained;
  }

  /** All that decides what can come. */
  String fingerprint(PendingKeys pending) {
    boolean awaited = stage == Stage.WATCHING || stage == Stage.LOOKED;
    return "|"
        + stage
        + compared
        + round
        + suspects
        + (watch == null ? "" : watch.seen() + "" + watch.cascaded())
        + (awaited ? marker : "")
        + (stage == Stage.SETTLING ? PendingKeysInspector.describe(pending, cut) : "");
  }
}
