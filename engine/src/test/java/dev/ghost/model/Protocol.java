package dev.ghost.model;

import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.Frontier.Chunk;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.model.History.Change;
import dev.ghost.model.History.Order;
import dev.ghost.model.History.Rule;
import dev.ghost.model.History.Transaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One execution of the protocol, step by step, on tables that are maps. What is kept, held, dropped
 * and settled is decided by the engine's own {@link Frontier} and {@link PendingKeys}; the servers,
 * the stream, the copier, the applier and the checkpoint are written down here, each as coarse as
 * what cannot be interrupted in it.
 */
final class Protocol {

  /** What can happen next. */
  enum Kind {
    /** A transaction is in the log; others do not see it yet. */
    COMMIT,
    /** A transaction is visible. */
    VISIBLE,
    STREAM_START,
    /** The stream brings the next transaction's keys. */
    DELIVER,
    CHUNK_START,
    CHUNK_FENCE,
    CHUNK_READ,
    CHUNK_COMMIT,
    /** The applier takes keys. */
    POLL,
    APPLY_FENCE,
    /** It looks up the rows of a cascade. */
    FOLLOW,
    APPLY,
    /** The checkpointer notes a position that it hopes to write once it is settled. */
    PROPOSE,
    CHECKPOINT,
    COMPARE_FENCE,
    /** A chunk of source and ghost is compared. */
    COMPARE,
    /** It is noted from here on which of the suspects change; a marker is written. */
    WATCH,
    /** The marker is back. */
    WATCH_MARKED,
    /** The suspects are compared again; a marker is written. */
    LOOK,
    /** What differs must have changed. */
    JUDGE,
    /** The process dies; the same command is run again. */
    CRASH,
    /** Writers are locked out, what is left is applied, and the names are swapped. */
    CUTOVER
  }

  record Step(Kind kind, int number) {
    @Override
    public String toString() {
      return number < 0 ? kind.name() : kind.name() + " " + number;
    }
  }

  private enum Stage {
    NONE,
    STARTED,
    FENCED,
    READ,
    DONE
  }

  private enum Progress {
    OPEN,
    LOGGED,
    VISIBLE
  }

  private static final int CHUNKS = 2;
  private static final int NOWHERE = -1;

  private final History history;
  private final Tables tables;

  private final Progress[] transactions;
  private final List<Integer> log = new ArrayList<>();
  private int position = NOWHERE;

  /** Keys of the source whose rows are in the other chunk than at the beginning. */
  private final Set<Integer> moved = new TreeSet<>();

  private final Set<Integer> arrived = new TreeSet<>();

  private Frontier frontier;

  /** The frontier as the pending keys see it; another one only where a rule is broken. */
  private Frontier seen;

  private PendingKeys pending;
  private final Stage[] stages = new Stage[CHUNKS];
  private final Chunk[] chunks = new Chunk[CHUNKS];

  /** Where the pending keys see another frontier. */
  private final Chunk[] chunkSeen = new Chunk[CHUNKS];

  private final Map<Integer, NavigableMap<Integer, Integer>> read = new TreeMap<>();

  private List<RowKey> batch = List.of();
  private boolean polled;
  private long arrivals;
  private boolean fenced;

  private int proposed = NOWHERE;
  private long cut;
  private Set<Integer> unseen = Set.of();
  private int settled = NOWHERE;
  private int savedPosition = NOWHERE;
  private CompletedRange savedExtent = CompletedRange.NOTHING;
  private int crashes;
  private Comparison comparison;
  private boolean alarmed;
  private boolean over;

  Protocol(History history) {
    this.history = history;
    this.tables = new Tables(history.rows());
    this.transactions = new Progress[history.transactions().size()];
    Arrays.fill(transactions, Progress.OPEN);
    begin(CompletedRange.NOTHING);
  }

  private KeyOrder order() {
    // A protocol that drops what is only probably beyond believes in an order that it cannot know.
    return history.order() == Order.KNOWN || !history.holds(Rule.CERTAINLY_BEYOND)
        ? new KeyOrder(List.of(KeyOrder.Part.NATURAL))
        : KeyOrder.unknown(List.of(KeyOrder.Part.NATURAL));
  }

  private void begin(CompletedRange done) {
    boolean leftRows =
        crashes > 0 && !history.order().trims() && history.holds(Rule.NOTHING_BEYOND_LEFT_ROWS);
    frontier = new Frontier(order(), done, leftRows);
    seen =
        history.holds(Rule.IN_FLIGHT) && history.holds(Rule.IN_FLIGHT_BEFORE_FENCE)
            ? frontier
            : new Frontier(order(), done, leftRows);
    pending = new PendingKeys(seen, Long.MAX_VALUE);
    batch = List.of();
    polled = false;
    fenced = false;
    proposed = NOWHERE;
    comparison = new Comparison(history, history.compared() ? CHUNKS : 0);
    arrived.clear();
    read.clear();
    for (int i = 0; i < CHUNKS; i++) {
      boolean finished = done.whole() || (done.upTo() != null && i == 0);
      stages[i] = finished ? Stage.DONE : Stage.NONE;
      chunks[i] = null;
      chunkSeen[i] = null;
    }
  }

  /** The server's own order of keys; where we do not know it, it is not that of the numbers. */
  private int place(int key) {
    return history.order() == Order.KNOWN ? key : -key;
  }

  private KeyRange range(int chunk) {
    RowKey split = RowKey.of((long) history.split());
    return chunk == 0 ? new KeyRange(null, split) : new KeyRange(split, null);
  }

  private boolean inChunk(int chunk, int key) {
    boolean first = place(key) <= place(history.split());
    return (first != moved.contains(key)) == (chunk == 0);
  }

  private NavigableMap<Integer, Integer> rowsOf(int chunk) {
    NavigableMap<Integer, Integer> rows = new TreeMap<>(tables.source());
    rows.keySet().removeIf(key -> !inChunk(chunk, key));
    return rows;
  }

  /** The steps that are possible now. */
  List<Step> possible() {
    List<Step> steps = new ArrayList<>();
    if (over) {
      return steps;
    }
    for (int i = 0; i < transactions.length; i++) {
      if (transactions[i] == Progress.OPEN && mayCommit(i)) {
        steps.add(new Step(Kind.COMMIT, i));
      }
      if (transactions[i] == Progress.LOGGED && mayBeSeen(i)) {
        steps.add(new Step(Kind.VISIBLE, i));
      }
    }
    boolean streaming = position != NOWHERE;
    if (!streaming && (history.ordered() || allVisible(log))) {
      // A slot of PostgreSQL begins when every transaction before it has ended.
      steps.add(new Step(Kind.STREAM_START, NOWHERE));
    }
    if (streaming && position < log.size()) {
      steps.add(new Step(Kind.DELIVER, NOWHERE));
    }
    for (int i = 0; i < CHUNKS; i++) {
      boolean next = i == 0 || stages[i - 1] != Stage.NONE;
      switch (stages[i]) {
        case NONE -> {
          if (next && (streaming || !history.holds(Rule.STREAM_FIRST))) {
            steps.add(new Step(Kind.CHUNK_START, i));
          }
        }
        case STARTED -> {
          if (fencePasses() || !history.holds(Rule.FENCE_BEFORE_CHUNK)) {
            steps.add(new Step(Kind.CHUNK_FENCE, i));
          }
        }
        case FENCED -> {
          if (history.holds(Rule.IN_FLIGHT_BEFORE_FENCE)
              || i == 0
              || chunkSeen[i - 1] != null
              || stages[i - 1] == Stage.DONE) {
            steps.add(new Step(Kind.CHUNK_READ, i));
          }
        }
        case READ -> steps.add(new Step(Kind.CHUNK_COMMIT, i));
        case DONE -> {}
      }
    }
    if (!polled
        && (PendingKeysInspector.ready(pending) || pending.lookup(Long.MAX_VALUE).isPresent())) {
      steps.add(new Step(Kind.POLL, NOWHERE));
    }
    if (polled && !fenced && (fencePasses() || !history.holds(Rule.FENCE_BEFORE_APPLY))) {
      steps.add(new Step(Kind.APPLY_FENCE, NOWHERE));
    }
    if (polled && fenced) {
      boolean follows = pending.lookup(arrivals()).isPresent();
      steps.add(new Step(follows ? Kind.FOLLOW : Kind.APPLY, NOWHERE));
    }
    if (crashes < history.crashes() && streaming) {
      if (proposed == NOWHERE && position > Math.max(settled, 0)) {
        steps.add(new Step(Kind.PROPOSE, NOWHERE));
      }
      if (proposalHolds() || savedPosition != settled || !savedExtent.equals(frontier.finished())) {
        steps.add(new Step(Kind.CHECKPOINT, NOWHERE));
      }
      if (savedPosition != NOWHERE) {
        steps.add(new Step(Kind.CRASH, NOWHERE));
      }
    }
    boolean copied = stages[CHUNKS - 1] == Stage.DONE && stages[0] == Stage.DONE;
    if (copied && streaming) {
      comparison
          .possible(position, fencePasses(), pending)
          .ifPresent(k -> steps.add(new Step(k, NOWHERE)));
    }
    if (copied && comparison.over() && !polled && streaming && allVisible(log)) {
      steps.add(new Step(Kind.CUTOVER, NOWHERE));
    }
    return steps;
  }

  private boolean mayCommit(int i) {
    Transaction mine = history.transactions().get(i);
    for (int j = 0; j < transactions.length; j++) {
      // Rows stay locked until their transaction is visible.
      if (transactions[j] == Progress.LOGGED && mine.touches(history.transactions().get(j))) {
        return false;
      }
    }
    return true;
  }

  private boolean mayBeSeen(int i) {
    return !history.ordered() || allVisible(log.subList(0, log.indexOf(i)));
  }

  private boolean allVisible(Collection<Integer> some) {
    for (int i : some) {
      if (transactions[i] != Progress.VISIBLE) {
        return false;
      }
    }
    return true;
  }

  /** One of ghost's markers comes after all of the log; or each that has arrived is asked for. */
  private boolean fencePasses() {
    return allVisible(history.ordered() ? log : arrived);
  }

  /**
   * Takes a step.
   *
   * @return what has gone wrong for good; empty while nothing has
   */
  String take(Step step) {
    try {
      return taken(step);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody is to wait for room, which has no limit here", e);
    }
  }

  private String taken(Step step) throws InterruptedException {
    switch (step.kind()) {
      case COMMIT -> {
        transactions[step.number()] = Progress.LOGGED;
        log.add(step.number());
      }
      case VISIBLE -> {
        transactions[step.number()] = Progress.VISIBLE;
        for (Change change : history.transactions().get(step.number()).changes()) {
          change.apply(tables.source());
          move(change);
        }
      }
      case STREAM_START -> {
        position = log.size();
        settled = position;
        savedPosition = position;
      }
      case DELIVER -> deliver();
      case CHUNK_START -> start(step.number());
      case CHUNK_FENCE -> stages[step.number()] = Stage.FENCED;
      case CHUNK_READ -> {
        stages[step.number()] = Stage.READ;
        if (!history.holds(Rule.IN_FLIGHT_BEFORE_FENCE)) {
          chunkSeen[step.number()] = seen.start(range(step.number()));
        }
        read.put(step.number(), rowsOf(step.number()));
      }
      case CHUNK_COMMIT -> commit(step.number());
      case POLL -> {
        arrivals = pending.arrivals();
        batch = pending.poll(1);
        polled = true;
      }
      case FOLLOW -> follow(pending.lookup(arrivals()).orElseThrow());
      case APPLY_FENCE -> fenced = true;
      case APPLY -> apply();
      case PROPOSE -> {
        proposed = position;
        cut = pending.newEpoch();
        unseen = Set.copyOf(arrived);
      }
      case CHECKPOINT -> checkpoint();
      case COMPARE_FENCE -> comparison.fenced();
      case COMPARE -> {
        int chunk = comparison.next();
        Set<Integer> differing = tables.differing();
        differing.removeIf(key -> !inChunk(chunk, key));
        comparison.compare(differing);
      }
      case WATCH -> comparison.watch(log.size(), pending);
      case WATCH_MARKED -> comparison.marked(pending);
      case LOOK -> comparison.look(tables.differing(), log.size(), pending);
      case JUDGE -> {
        Set<Integer> unexplained = comparison.judge();
        return unexplained.isEmpty() ? "" : alarm(unexplained);
      }
      case CRASH -> crash();
      case CUTOVER -> {
        return cutOver();
      }
    }
    return "";
  }

  /** An update may write the row to any page. */
  private void move(Change change) {
    if (history.order() == Order.PAGES) {
      for (int key : change.keys()) {
        if (!moved.remove(key)) {
          moved.add(key);
        }
      }
    }
  }

  private void deliver() throws InterruptedException {
    int transaction = log.get(position++);
    arrived.add(transaction);
    for (int key : history.transactions().get(transaction).keys()) {
      pending.arrive(RowKey.of((long) key));
    }
    for (Change change : history.transactions().get(transaction).changes()) {
      for (Cascade cascade : change.cascades()) {
        pending.arrive(cascade);
      }
    }
  }

  /** What had arrived before the fence that the applier has passed. */
  private long arrivals() {
    return history.holds(Rule.FENCE_BEFORE_FOLLOWING) ? arrivals : Long.MAX_VALUE;
  }

  private void follow(PendingKeys.Lookup lookup) {
    boolean before = lookup.cascade().before();
    List<RowKey> keys = new ArrayList<>();
    if (before || history.holds(Rule.FOLLOWING_TO_THE_SOURCE)) {
      (before ? tables.ghost() : tables.source())
          .forEach(
              (key, value) -> {
                if (lookup.cascade().parent().equals(RowKey.of((long) History.parent(value)))) {
                  keys.add(RowKey.of((long) key));
                }
              });
    }
    pending.resolveCascade(lookup, keys, true);
  }

  private void start(int i) {
    stages[i] = Stage.STARTED;
    chunks[i] = frontier.start(range(i));
    if (!history.holds(Rule.IN_FLIGHT)) {
      seen.finish(seen.start(range(i)));
    }
  }

  private void commit(int i) {
    stages[i] = Stage.DONE;
    NavigableMap<Integer, Integer> rows = read.remove(i);
    boolean removesRange = history.order() == Order.COLLATED;
    if (tables.clash(rows) && history.pieces()) {
      again(tables.refresh(rows.navigableKeySet()));
    } else if (tables.clash(rows) || removesRange) {
      // Something stood in the way: all is read again, by one statement, with what stood there.
      Set<Integer> keys = new TreeSet<>(rowsOf(i).keySet());
      if (removesRange) {
        tables.ghost().keySet().stream().filter(key -> inChunk(i, key)).forEach(keys::add);
      }
      again(tables.write(keys));
    } else {
      tables.ghost().putAll(rows);
    }
    frontier.finish(chunks[i]);
    if (!history.holds(Rule.IN_FLIGHT_BEFORE_FENCE)) {
      seen.finish(chunkSeen[i]);
    }
    pending.chunkFinished();
  }

  private void apply() {
    Set<Integer> keys = new TreeSet<>();
    batch.forEach(key -> keys.add(Math.toIntExact((Long) key.part(0))));
    again(tables.refresh(keys));
    pending.settle();
    batch = List.of();
    polled = false;
    fenced = false;
  }

  private void again(Set<Integer> keys) {
    pending.requeue(keys.stream().map(key -> RowKey.of((long) key)).toList());
  }

  private boolean proposalHolds() {
    return proposed != NOWHERE
        && (pending.settled(cut) || !history.holds(Rule.SETTLED_POSITION))
        && (allVisible(unseen) || !history.holds(Rule.VISIBLE_POSITION));
  }

  private void checkpoint() {
    if (proposalHolds()) {
      settled = proposed;
      proposed = NOWHERE;
    }
    savedPosition = settled;
    savedExtent = frontier.finished();
  }

  private void crash() {
    crashes++;
    position = savedPosition;
    settled = savedPosition;
    begin(savedExtent);
    if (history.order().trims() && !savedExtent.whole() && history.holds(Rule.TRIM)) {
      tables.ghost().keySet().removeIf(key -> savedExtent.upTo() == null || !inChunk(0, key));
    }
  }

  /** The migration ends, and the source is as it was. */
  private String alarm(Set<Integer> keys) {
    over = true;
    alarmed = true;
    return history.wrong() ? "" : "a false alarm over " + keys;
  }

  private String cutOver() throws InterruptedException {
    over = true;
    while (history.holds(Rule.LAST_MARKER) && position < log.size()) {
      deliver();
    }
    do {
      for (var next = pending.lookup(Long.MAX_VALUE);
          next.isPresent();
          next = pending.lookup(Long.MAX_VALUE)) {
        follow(next.get());
      }
      batch = pending.poll(1);
      apply();
    } while (PendingKeysInspector.ready(pending));
    if (pending.size() != 0) {
      return "keys are held although no chunk is in flight";
    }
    Set<Integer> different = tables.differing();
    different.retainAll(comparison.restless());
    if (!different.isEmpty()) {
      return alarm(different);
    }
    return tables.differing().isEmpty() ? "" : tables.toString();
  }

  boolean over() {
    return over;
  }

  /** True when the comparison has ended the migration. */
  boolean alarmed() {
    return alarmed;
  }

  /**
   * All that decides what can come; two executions with the same are the same from here on. What
   * only a crash would bring back does not count when no more crashes come.
   */
  String fingerprint() {
    boolean crashing = crashes < history.crashes();
    List<Integer> invisible = new ArrayList<>(history.ordered() ? Set.of() : arrived);
    invisible.removeIf(i -> transactions[i] == Progress.VISIBLE);
    StringBuilder text = new StringBuilder();
    text.append(tables)
        .append(Arrays.toString(transactions))
        .append(crashing || position < 0 ? log : log.subList(position, log.size()))
        .append(position)
        .append(invisible)
        .append(moved)
        .append(Arrays.toString(stages))
        .append(read)
        .append(batch.isEmpty() ? "" : batch.get(0).part(0))
        .append(polled)
        .append(fenced)
        .append(crashes);
    if (crashing) {
      text.append(settled)
          .append('|')
          .append(savedPosition)
          .append(savedExtent.whole() ? "all" : savedExtent.upTo() == null ? "none" : "first")
          .append(proposed);
    }
    boolean proposing = crashing && proposed != NOWHERE;
    if (proposing) {
      text.append(new TreeSet<>(unseen));
    }
    return text.append(comparison.fingerprint(pending))
        .append(PendingKeysInspector.describe(pending, proposing ? cut : Long.MIN_VALUE))
        .append(
            PendingKeysInspector.cascades(
                pending, proposing ? cut : Long.MIN_VALUE, polled ? arrivals : 0))
        .toString();
  }
}
