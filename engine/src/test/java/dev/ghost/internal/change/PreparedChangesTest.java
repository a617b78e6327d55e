package dev.ghost.internal.change;

import static dev.ghost.fakes.FakeDatabase.errorClass;
import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ghost.fakes.FakeDatabase;
import dev.ghost.fakes.Waiting;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.thread.Pause;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rows of prepared (XA) transactions are held until they are decided, and none is lost. */
@Timeout(20)
class PreparedChangesTest {

  private final FakeDatabase database = new FakeDatabase();
  private final Frontier frontier = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);
  private final PreparedChanges prepared =
      new PreparedChanges(pending, database.rows(), 4L * key(1).weight());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Future<?> running;

  @BeforeEach
  void copyAll() {
    frontier.finish(frontier.start(KeyRange.ALL));
  }

  @AfterEach
  void end() {
    prepared.close();
    threads.shutdownNow();
  }

  private void run() {
    running =
        threads.submit(
            () -> {
              prepared.run(database.session());
              return null;
            });
  }

  private void prepare(long... ids) throws Exception {
    for (RowKey key : keys(ids)) {
      prepared.arrive(key);
    }
  }

  @Test
  void aPreparedRowIsHeldForAsLongAsItIsLocked() throws Exception {
    database.locked.add(key(1));
    prepare(1);
    run();
    await().until(() -> database.count("unlocked") >= 2);
    assertThat(pending.size()).isZero();
    assertThat(prepared.keys()).containsExactly(key(1));
    database.locked.clear();
    await().until(() -> pending.size() == 1);
    await().until(() -> prepared.keys().isEmpty());
    prepared.close();
    running.get(10, SECONDS);
  }

  @Test
  void rowsThatAreDecidedDoNotWaitForOthersThatAreNot() throws Exception {
    database.locked.add(key(3));
    prepare(1, 2, 3, 4);
    run();
    await().until(() -> prepared.keys().equals(Set.of(key(3))));
    assertThat(pending.poll(10)).containsExactlyInAnyOrderElementsOf(keys(1, 2, 4));
  }

  /** At every moment a key is in one of the two sets. */
  @Test
  void aKeyIsPendingBeforeItLeaves() throws Exception {
    AtomicReference<Object> meanwhile = new AtomicReference<>();
    prepare(1);
    database.before("unlocked", () -> meanwhile.set(prepared.keys()));
    run();
    await().until(() -> pending.size() == 1);
    assertThat(meanwhile.get()).isEqualTo(Set.of(key(1)));
  }

  @Test
  void aRowThatIsPreparedAgainWhileItIsLookedAtStays() throws Exception {
    prepare(1);
    database.before(
        "unlocked",
        () -> {
          try {
            prepared.arrive(key(1));
          } catch (InterruptedException e) {
            throw new SQLException(e);
          }
          database.locked.add(key(1));
        });
    run();
    // The first look has seen it locked after all; only a later one may let it go.
    await().until(() -> database.count("unlocked") >= 2);
    assertThat(prepared.keys()).containsExactly(key(1));
    assertThat(pending.size()).isZero();
    database.locked.clear();
    await().until(() -> prepared.keys().isEmpty());
    assertThat(pending.size()).isOne();
    prepare(2, 3, 4, 5);
    await().until(() -> pending.size() == 5);
  }

  @Test
  void aCutIsDecidedWhenWhatArrivedBeforeItIs() throws Exception {
    assertThat(prepared.decided(prepared.cut())).as("nothing has arrived").isTrue();
    prepare(1);
    long cut = prepared.cut();
    assertThat(prepared.decided(cut)).isFalse();
    prepared.decideAll();
    prepare(2);
    assertThat(prepared.decided(cut)).as("the second came later").isTrue();
    assertThat(prepared.decided(prepared.cut())).isFalse();
  }

  @Test
  void aKeyThatArrivesAgainCountsFromItsFirstArrival() throws Exception {
    prepare(1);
    long cut = prepared.cut();
    prepare(1);
    assertThat(prepared.decided(cut)).isFalse();
  }

  @Test
  void underTheLockAllArePendingAtOnceWhateverRoomThereIs() throws Exception {
    PendingKeys full = new PendingKeys(frontier, 1);
    full.addSuspect(key(9));
    PreparedChanges some = new PreparedChanges(full, database.rows(), 1 << 20);
    some.arrive(key(1));
    some.arrive(key(2));
    some.decideAll();
    assertThat(full.size()).isEqualTo(3);
    assertThat(some.keys()).isEmpty();
    assertThat(database.count("unlocked")).as("nobody is asked").isZero();
  }

  @Test
  void aFullSetMakesTheStreamWaitUntilThereIsRoom() throws Exception {
    prepare(1, 2, 3, 4);
    prepare(1);
    Future<?> fifth = threads.submit(() -> arriveUnchecked(key(5)));
    assertThat(prepared.keys()).hasSize(4);
    prepared.decideAll();
    fifth.get(10, SECONDS);
    assertThat(prepared.keys()).containsExactly(key(5));
  }

  private Object arriveUnchecked(RowKey key) throws InterruptedException {
    prepared.arrive(key);
    return null;
  }

  @Test
  void closingLetsTheStreamGo() throws Exception {
    prepare(1, 2, 3, 4);
    Future<?> fifth = threads.submit(() -> arriveUnchecked(key(5)));
    prepared.close();
    fifth.get(10, SECONDS);
    run();
    running.get(10, SECONDS);
  }

  @Test
  void nobodyLooksDuringAPause() throws Exception {
    try (Pause pause = prepared.pause()) {
      prepare(1);
      run();
      await().until(() -> Waiting.at(ReentrantLock.class, "lockInterruptibly"));
      assertThat(database.count("unlocked")).isZero();
      assertThat(prepared.keys()).containsExactly(key(1));
    }
    await().until(() -> pending.size() == 1);
  }

  @Test
  void aLookThatFailsKeepsTheKeys() throws Exception {
    prepare(1, 2);
    database.fails("unlocked", ErrorClass.DENIED);
    run();
    assertThatThrownBy(() -> running.get(10, SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
    assertThat(prepared.keys()).containsExactlyInAnyOrderElementsOf(keys(1, 2));
    assertThat(pending.size()).isZero();
  }
}
