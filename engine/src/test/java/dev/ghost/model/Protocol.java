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
import java.util.Optional;
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
    /** It is committed, but the connection is lost before we know: it is written again. */
    CHUNK_LOST,
    /** The applier takes keys. */
    POLL,
    APPLY_FENCE,
    /** It looks up the rows of a cascade. */
    FOLLOW,
    APPLY,
    /** As long as there is no index, it stores them. */
    STORE,
    /** A resumed run removes what was copied after the last checkpoint. */
    TRIM,
    /** All is copied; a checkpoint is written, and a marker. */
    MARK,
    /** The marker is back. */
    MARKED,
    /** The replay is paused; the copies of rows with stored keys are deleted. */
    DELETE_COPIES,
    /** The indexes are built; from now on, keys are replayed. */
    BUILD,
    /** The stored keys are pending again. */
    GIVE_BACK,
    /** They are applied. */
    FORGET,
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

  /** What comes between the copy and the comparison, where the copy goes without indexes. */
  private enum Indexes {
    MISSING,
    AWAITING_MARKER,
    STORING,
    PAUSED,
    BUILT,
    GIVEN_BACK,
    /** Nothing is stored. */
    OVER
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

  private Indexes indexes;

  /** Keys that are stored, and stay so when we die. */
  private final Set<Integer> stored = new TreeSet<>();

  /** Keys of which the ghost has more than one row: it may, without an index. */
  private final Set<Integer> twice = new TreeSet<>();

  private boolean toBeTrimmed;

  /** Chunks of which we do not know whether they were written. */
  private final Set<Integer> lost = new TreeSet<>();

  /** Rows that are removed together with writing such a chunk again. */
  private final Map<Integer, Set<Integer>> removedFirst = new TreeMap<>();

  /** Transactions in the log before the marker that the indexes wait for. */
  private int marker;

  /**
   * The keys that have to be settled before the indexes are built, or the stored ones forgotten.
   */
  private long indexCut;

  private int proposed = NOWHERE;
  private long cut;
  private Set<Integer> unseen = Set.of();
  private int settled = NOWHERE;
  private int savedPosition = NOWHERE;
  private CompletedRange savedExtent = CompletedRange.NOTHING;
  private int faults;
  private boolean resumed;
  private Comparison comparison;
  private boolean alarmed;
  private boolean over;

  Protocol(History history) {
    this.history = history;
    this.tables = new Tables(history.rows());
    this.transactions = new Progress[history.transactions().size()];
    Arrays.fill(transactions, Progress.OPEN);
    indexes = history.gathering() ? Indexes.MISSING : Indexes.OVER;
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
        resumed && !history.order().trims() && history.holds(Rule.NOTHING_BEYOND_LEFT_ROWS);
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
    removedFirst.clear();
    lost.clear();
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
          if (next && !toBeTrimmed && (streaming || !history.holds(Rule.STREAM_FIRST))) {
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
        case READ -> {
          steps.add(new Step(Kind.CHUNK_COMMIT, i));
          if (gathering() && faults < history.crashes()) {
            steps.add(new Step(Kind.CHUNK_LOST, i));
          }
        }
        case DONE -> {}
      }
    }
    if (toBeTrimmed) {
      steps.add(new Step(Kind.TRIM, NOWHERE));
    }
    if (gathering()) {
      if (indexes != Indexes.PAUSED && PendingKeysInspector.ready(pending)) {
        steps.add(new Step(Kind.STORE, NOWHERE));
      }
    } else if (!polled
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
    if (faults < history.crashes() && streaming) {
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
    if (copied && streaming && indexes != Indexes.OVER) {
      indexing().ifPresent(k -> steps.add(new Step(k, NOWHERE)));
    }
    if (copied && streaming && indexes == Indexes.OVER) {
      comparison
          .possible(position, fencePasses(), pending)
          .ifPresent(k -> steps.add(new Step(k, NOWHERE)));
    }
    if (copied
        && indexes == Indexes.OVER
        && comparison.over()
        && !polled
        && streaming
        && allVisible(log)) {
      steps.add(new Step(Kind.CUTOVER, NOWHERE));
    }
    return steps;
  }

  private boolean gathering() {
    return indexes.compareTo(Indexes.BUILT) < 0;
  }

  /** What comes next on the way to the indexes. */
  private Optional<Kind> indexing() {
    boolean possible =
        switch (indexes) {
          case MISSING, PAUSED, BUILT -> true;
          case AWAITING_MARKER -> position >= marker || !history.holds(Rule.MARKER_BEFORE_BUILD);
          case STORING -> pending.settled(indexCut) || !history.holds(Rule.STORED_BEFORE_BUILD);
          case GIVEN_BACK ->
              pending.settled(indexCut) || !history.holds(Rule.APPLIED_BEFORE_FORGOTTEN);
          case OVER -> false;
        };
    Kind next =
        switch (indexes) {
          case MISSING -> Kind.MARK;
          case AWAITING_MARKER -> Kind.MARKED;
          case STORING -> Kind.DELETE_COPIES;
          case PAUSED -> Kind.BUILD;
          case BUILT -> Kind.GIVE_BACK;
          case GIVEN_BACK, OVER -> Kind.FORGET;
        };
    return possible ? Optional.of(next) : Optional.empty();
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
        if (!history.holds(Rule.IN_FLIGHT_BEFORE_FENCE) && !lost.contains(step.number())) {
          chunkSeen[step.number()] = seen.start(range(step.number()));
        }
        if (lost.contains(step.number()) && history.holds(Rule.REMOVED_BEFORE_WRITTEN_AGAIN)) {
          removedFirst.put(step.number(), copiesOf(step.number()));
        }
        read.put(step.number(), rowsOf(step.number()));
      }
      case CHUNK_COMMIT -> commit(step.number());
      case CHUNK_LOST -> {
        write(step.number());
        lost.add(step.number());
        faults++;
        stages[step.number()] = Stage.FENCED;
      }
      case POLL -> {
        arrivals = pending.arrivals();
        batch = pending.poll(1);
        polled = true;
      }
      case FOLLOW -> follow(pending.lookup(arrivals()).orElseThrow());
      case APPLY_FENCE -> fenced = true;
      case APPLY -> apply();
      case STORE -> {
        Set<Integer> keys = numbers(pending.poll(1));
        keys.removeAll(stored);
        stored.addAll(keys);
        pending.putAside(keys.size());
      }
      case TRIM -> {
        toBeTrimmed = false;
        trimRest();
      }
      case MARK -> {
        checkpoint();
        indexes = Indexes.AWAITING_MARKER;
        marker = log.size();
      }
      case MARKED -> {
        indexes = Indexes.STORING;
        indexCut = pending.newEpoch();
      }
      case DELETE_COPIES -> {
        indexes = Indexes.PAUSED;
        if (history.holds(Rule.COPIES_DELETED)) {
          remove(stored);
        }
      }
      case BUILD -> {
        return build();
      }
      case GIVE_BACK -> {
        indexes = Indexes.GIVEN_BACK;
        if (history.holds(Rule.GIVEN_BACK)) {
          pending.takeBack(stored.stream().map(key -> RowKey.of((long) key)).toList());
        }
        indexCut = pending.newEpoch();
      }
      case FORGET -> {
        indexes = Indexes.OVER;
        stored.clear();
      }
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
    write(i);
    frontier.finish(chunks[i]);
    if (!history.holds(Rule.IN_FLIGHT_BEFORE_FENCE)) {
      seen.finish(chunkSeen[i]);
    }
    pending.chunkFinished();
  }

  private void write(int i) {
    NavigableMap<Integer, Integer> rows = read.remove(i);
    boolean removesRange = history.order() == Order.COLLATED;
    if (gathering()) {
      remove(removedFirst.getOrDefault(i, Set.of()));
      removedFirst.remove(i);
      lost.remove(i);
      Set<Integer> there = new TreeSet<>(tables.ghost().keySet());
      there.retainAll(rows.keySet());
      twice.addAll(there);
      tables.ghost().putAll(rows);
    } else if (tables.clash(rows) && history.pieces()) {
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
  }

  private static Set<Integer> numbers(List<RowKey> keys) {
    Set<Integer> numbers = new TreeSet<>();
    keys.forEach(key -> numbers.add(Math.toIntExact((Long) key.part(0))));
    return numbers;
  }

  private void apply() {
    again(tables.refresh(numbers(batch)));
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
    faults++;
    resumed = true;
    position = savedPosition;
    settled = savedPosition;
    begin(savedExtent);
    boolean trims = !savedExtent.whole() && history.holds(Rule.TRIM);
    if (gathering()) {
      indexes = Indexes.MISSING;
      toBeTrimmed = trims;
    } else {
      indexes = stored.isEmpty() ? Indexes.OVER : Indexes.BUILT;
      if (trims && history.order().trims()) {
        trimRest();
      }
    }
    if (!history.holds(Rule.STORED_FOR_LATER_RUNS)) {
      stored.clear();
    }
  }

  /** Removes what was copied after the checkpoint that the run has resumed from. */
  private void trimRest() {
    for (int i = 0; i < CHUNKS; i++) {
      if (stages[i] != Stage.DONE) {
        remove(copiesOf(i));
      }
    }
  }

  /**
   * Rows of the ghost that are a chunk's. Where it cannot tell which they are, those that the
   * source has there now.
   */
  private Set<Integer> copiesOf(int chunk) {
    Set<Integer> rows = new TreeSet<>(tables.ghost().keySet());
    if (!history.order().trims()) {
      rows.retainAll(tables.source().keySet());
    }
    rows.removeIf(key -> !inChunk(chunk, key));
    return rows;
  }

  private void remove(Set<Integer> keys) {
    tables.ghost().keySet().removeAll(keys);
    twice.removeAll(keys);
  }

  private String build() {
    indexes = Indexes.BUILT;
    if (!twice.isEmpty()) {
      return "the unique index cannot be built: more than one row each of " + twice;
    }
    return new TreeSet<>(tables.ghost().values()).size() < tables.ghost().size()
        ? "the unique index cannot be built: two rows have one value, " + tables
        : "";
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
    Set<Integer> different = tables.differing();
    different.retainAll(comparison.restless());
    if (!different.isEmpty()) {
      return alarm(different);
    }
    if (!tables.differing().isEmpty()) {
      return tables.toString();
    }
    return pending.size() == 0 ? "" : "keys are pending, or said to be, when all is applied";
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
    boolean crashing = faults < history.crashes();
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
        .append(faults);
    if (crashing) {
      text.append(settled)
          .append('|')
          .append(savedPosition)
          .append(savedExtent.whole() ? "all" : savedExtent.upTo() == null ? "none" : "first")
          .append(proposed);
    }
    if (history.gathering()) {
      text.append(indexes)
          .append(stored)
          .append(twice)
          .append(toBeTrimmed)
          .append(lost)
          .append(resumed)
          .append(removedFirst)
          .append(indexes == Indexes.AWAITING_MARKER ? marker : "")
          .append(
              indexes == Indexes.STORING || indexes == Indexes.GIVEN_BACK
                  ? PendingKeysInspector.describe(pending, indexCut)
                  : "");
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
