package dev.ghost.internal.change;

import static dev.ghost.fakes.FakeDatabase.errorClass;
import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeChangedKeys;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.fakes.FakeRows;
import dev.ghost.fakes.Waiting;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.RowWriter;
import dev.ghost.internal.dialect.ChangedKeys;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.lang.reflect.InvocationTargetException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who writes which keys of a batch, behind which fence, and what becomes of failures. */
@Timeout(20)
class ApplierTest {

  private static final KeyOrder ORDER = new KeyOrder(List.of(Part.NATURAL));

  /** A list of keys that a connection has written, or tried to. */
  private record Written(Connection by, List<RowKey> keys) {}

  private final FakeDatabase database = new FakeDatabase();
  private final Frontier frontier = new Frontier(ORDER);
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);
  private final List<Written> written = new CopyOnWriteArrayList<>();
  private final List<Integer> fences = new CopyOnWriteArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final FakeChangedKeys changed = new FakeChangedKeys(database);
  private Applier applier;

  /** The same of a copy without unique indexes. */
  private Applier gathering;

  private Future<?> running;

  @BeforeEach
  void prepare() throws Exception {
    for (int i = 0; i < 3; i++) {
      sessions.add(database.session());
    }
    frontier.finish(frontier.start(KeyRange.ALL));
    RowSql rows = Fake.of(RowSql.class, this::recorded);
    PlannedMigration planned = database.planned((m, a) -> m.equals("rows") ? rows : Fake.DEFAULT);
    applier = applier(rows, planned, Optional.empty());
    gathering = applier(rows, planned, Optional.of(changed));
  }

  private Applier applier(RowSql rows, PlannedMigration planned, Optional<ChangedKeys> gathered) {
    return new Applier(
        pending,
        ORDER,
        rows,
        new RowWriter(database.driver(), planned, pending::requeue),
        gathered,
        session -> fences.add(written.size()),
        sessions);
  }

  private Object recorded(String method, Object[] arguments) throws Throwable {
    if (method.equals("write") || method.equals("read")) {
      written.add(new Written((Connection) arguments[0], ((KeyList) arguments[1]).keys()));
    }
    for (var m : RowSql.class.getMethods()) {
      if (m.getName().equals(method)) {
        try {
          return m.invoke(database.rows(), arguments);
        } catch (InvocationTargetException e) {
          throw e.getCause();
        }
      }
    }
    throw new AssertionError(method);
  }

  @AfterEach
  void end() {
    pending.close();
    applier.close();
    gathering.close();
    thread.shutdownNow();
  }

  private void run() {
    run(applier);
  }

  private void run(Applier some) {
    running =
        thread.submit(
            () -> {
              some.run();
              return null;
            });
  }

  private void arrive(long... ids) throws Exception {
    for (RowKey key : keys(ids)) {
      pending.arrive(key);
    }
  }

  private void settle() throws Exception {
    pending.awaitSettled(() -> assertThat(running).isNotDone());
  }

  @Test
  void whatHasChangedIsWrittenAndWhatIsGoneIsRemoved() throws Exception {
    database.withRows(20).withGhost(3, "old").withGhost(30, "deleted since");
    arrive(1, 2, 3, 30);
    run();
    settle();
    assertThat(database.ghost).isEqualTo(Map.of(key(1), "v1", key(2), "v2", key(3), "v3"));
    assertThat(pending.settledTotal()).isEqualTo(4);
    pending.close();
    running.get(10, SECONDS);
  }

  @Test
  void aHotRowIsWrittenOnceABatch() throws Exception {
    database.withRows(2);
    for (int i = 0; i < 100; i++) {
      arrive(1, 2);
    }
    run();
    settle();
    assertThat(written.stream().flatMap(w -> w.keys().stream()))
        .containsExactlyInAnyOrderElementsOf(keys(1, 2));
  }

  @Test
  void aBatchIsSharedOutByKeySoThatAKeyIsAlwaysWithTheSameWorker() throws Exception {
    database.withRows(60);
    run();
    for (int round = 0; round < 3; round++) {
      for (long id = 1; id <= 60; id++) {
        arrive(round == 1 ? 61 - id : id);
      }
      settle();
    }
    Map<RowKey, Connection> by = new HashMap<>();
    Map<Connection, Integer> shares = new HashMap<>();
    for (Written some : written) {
      shares.merge(some.by(), some.keys().size(), Integer::sum);
      for (RowKey key : some.keys()) {
        assertThat(by.merge(key, some.by(), (a, b) -> a)).as("%s", key).isSameAs(some.by());
      }
    }
    assertThat(shares).hasSize(3);
    assertThat(shares.values()).as("of 180 in all").allMatch(keys -> keys > 30);
  }

  @Test
  void oneFenceServesABatchAndComesBeforeIt() throws Exception {
    database.withRows(20);
    arrive(1, 2, 3, 4);
    run();
    settle();
    assertThat(fences).containsExactly(0);
    arrive(5);
    settle();
    assertThat(fences).as("before the next").hasSize(2);
    assertThat(fences.get(1)).isEqualTo(written.size() - 1);
  }

  /** Two workers that clear the way for each other would wait for each other. */
  @Test
  void rowsInEachOthersWayAreWrittenTogetherByOneAlone() throws Exception {
    database.withRows(60);
    database.ghost.putAll(database.source);
    database.with(1, "v2").with(2, "v1");
    arrive(1, 2);
    run();
    settle();
    assertThat(database.ghost).isEqualTo(database.source);
    Written last = written.get(written.size() - 1);
    assertThat(last.by()).isSameAs(sessions.get(0).connection());
    assertThat(last.keys()).containsExactlyInAnyOrderElementsOf(keys(1, 2));
  }

  @Test
  void afterThatSomeBatchesAreWrittenByOneAloneAndThenByAllAgain() throws Exception {
    database.withRows(9).fails("write", ErrorClass.DUPLICATE);
    arrive(1);
    run();
    settle();
    for (int batch = 0; batch < 10; batch++) {
      written.clear();
      arrive(1, 2, 3, 4, 5, 6);
      settle();
      assertThat(written).as("batch %d", batch).hasSize(1);
      assertThat(written.get(0).by()).isSameAs(sessions.get(0).connection());
    }
    written.clear();
    arrive(1, 2, 3, 4, 5, 6);
    settle();
    assertThat(written).hasSize(3);
  }

  @Test
  void whatFailsForAWorkerEndsTheReplayAsItIs() throws Exception {
    database.withRows(3).fails("write", ErrorClass.DENIED);
    arrive(1);
    run();
    assertThatThrownBy(() -> running.get(10, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
    assertThat(pending.size()).as("not settled").isOne();
  }

  @Test
  void aBugInAWorkerEndsItToo() throws Exception {
    database
        .withRows(3)
        .before(
            "write",
            () -> {
              throw new IllegalStateException("a bug");
            });
    arrive(1);
    run();
    assertThatThrownBy(() -> running.get(10, SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a bug");
  }

  @Test
  void nothingIsAppliedDuringAPause() throws Exception {
    database.withRows(3);
    try (Pause pause = applier.pause()) {
      arrive(1);
      run();
      await().until(() -> Waiting.at(ReentrantLock.class, "lockInterruptibly"));
      assertThat(written).isEmpty();
      assertThat(pending.poll(10)).as("all is the pauser's").containsExactly(key(1));
      pending.unpoll();
    }
    settle();
    assertThat(database.ghost).containsOnlyKeys(key(1));
  }

  @Test
  void theRowsOfACascadeAreLookedUpBehindAFenceAndApplied() throws Exception {
    database.withRows(5);
    ((FakeRows) database.rows()).cascaded = keys(2, 4);
    pending.arrive(new Cascade(0, true, key(7)));
    run();
    settle();
    assertThat(database.ghost).containsOnlyKeys(key(2), key(4));
    assertThat(pending.size()).isZero();
    assertThat(fences.get(0)).isZero();
  }

  @Test
  void aCascadeOfManyRowsIsLookedUpInPartsOfABatch() throws Exception {
    database.withRows(2_500);
    ((FakeRows) database.rows()).cascaded = List.copyOf(database.source.keySet());
    pending.arrive(new Cascade(0, true, key(7)));
    applier.follow(sessions.get(0));
    assertThat(database.count("cascaded")).as("no more than a batch at once").isOne();
    assertThat(pending.poll(10_000)).hasSize(1_000);
    pending.settle();
    run();
    settle();
    assertThat(database.ghost).hasSize(1_500);
    assertThat(database.count("cascaded")).isEqualTo(3);
  }

  @Test
  void asLongAsNoRowCanBeFoundKeysAreStoredWithoutFenceOrWrite() throws Exception {
    database.withRows(3).withGhost(2, "old");
    arrive(1, 2);
    run(gathering);
    settle();
    arrive(2, 3);
    settle();
    assertThat(changed.stored).containsExactlyElementsOf(keys(1, 2, 3));
    assertThat(written).isEmpty();
    assertThat(fences).isEmpty();
    assertThat(database.ghost).isEqualTo(Map.of(key(2), "old"));
    assertThat(pending.settledTotal()).as("applied").isZero();
    assertThat(pending.size()).as("each that is stored counts once").isEqualTo(3);
  }

  @Test
  void fromTheIndexesOnKeysAreAppliedAgain() throws Exception {
    database.withRows(3);
    arrive(1);
    run(gathering);
    settle();
    try (Pause pause = gathering.pause()) {
      changed.indexed();
    }
    arrive(2);
    settle();
    assertThat(database.ghost).containsOnlyKeys(key(2));
    assertThat(fences).containsExactly(0);
    pending.takeBack(changed.stored);
    settle();
    assertThat(database.ghost).containsOnlyKeys(key(1), key(2));
    assertThat(changed.stored).as("stored since").containsExactly(key(1));
    assertThat(pending.size()).isZero();
  }

  @Test
  void nothingIsStoredDuringAPause() throws Exception {
    try (Pause pause = gathering.pause()) {
      arrive(1);
      run(gathering);
      await().until(() -> Waiting.at(ReentrantLock.class, "lockInterruptibly"));
      changed.indexed();
    }
    settle();
    assertThat(changed.stored).as("what came before the indexes, but is applied").isEmpty();
    assertThat(fences).hasSize(1);
  }

  @Test
  void keysThatCannotBeStoredEndTheReplayAndAreNotSettled() throws Exception {
    database.fails("add", ErrorClass.DENIED);
    arrive(1);
    long cut = pending.newEpoch();
    run(gathering);
    assertThatThrownBy(() -> running.get(10, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
    assertThat(pending.settled(cut)).isFalse();
    assertThat(pending.size()).isOne();
  }
}
