package dev.ghost.internal.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ghost.fakes.Waiting;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.Frontier.Chunk;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PendingKeysTest {

  /** Longer than the test may take. */
  private static final Duration FOR_EVER = Duration.ofHours(1);

  private final Frontier frontier = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);

  @Test
  void whatNoChunkHasReadIsDropped() throws Exception {
    frontier.start(range(null, 10L));
    pending.arrive(key(11));
    assertThat(pending.size()).isZero();
  }

  /** By the changes, ghost knows that somebody else is at work. */
  @Test
  void whatWeFoundOurselvesIsNoChange() throws Exception {
    frontier.finish(frontier.start(range(null, 10L)));
    pending.addSuspect(key(5));
    assertThat(pending.arrivals()).isZero();
    pending.arrive(key(6));
    assertThat(pending.arrivals()).isOne();
    assertThat(pending.poll(10)).containsExactly(key(5), key(6));
  }

  @Test
  void aKeyIsHeldWhileItsChunkIsInFlight() throws Exception {
    Chunk chunk = frontier.start(range(null, 10L));
    pending.arrive(key(5));
    assertThat(pending.poll(10)).isEmpty();
    frontier.finish(chunk);
    pending.chunkFinished();
    assertThat(pending.poll(10)).containsExactly(key(5));
  }

  @Test
  void aHotRowCountsOnceAndKeepsItsPlace() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.arrive(key(2));
    pending.arrive(key(1));
    assertThat(pending.poll(10)).containsExactly(key(1), key(2));
  }

  @Test
  void aKeyThatChangesWhileItIsAppliedIsPendingAgain() throws Exception {
    copyAll();
    pending.arrive(key(1));
    assertThat(pending.poll(10)).containsExactly(key(1));
    pending.arrive(key(1));
    pending.settle();
    assertThat(pending.size()).isOne();
    assertThat(pending.poll(10)).containsExactly(key(1));
  }

  @Test
  void aBatchThatIsGivenBackIsReadyAgainAndCountedOnce() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.arrive(key(2));
    pending.poll(10);
    pending.arrive(key(2));
    pending.unpoll();
    assertThat(pending.size()).isEqualTo(2);
    assertThat(pending.poll(10)).containsExactlyInAnyOrder(key(1), key(2));
    pending.settle();
    assertThat(pending.fullness()).isZero();
  }

  @Test
  void rowsWrittenOnBehalfOfOthersAreAppliedOnceMore() throws Exception {
    copyAll();
    pending.requeue(List.of(key(3)));
    assertThat(pending.poll(10)).containsExactly(key(3));
  }

  @Test
  void aRowOfTheBatchThatIsToBeAppliedAgainKeepsItUnsettled() throws Exception {
    copyAll();
    pending.arrive(key(1));
    long cut = pending.newEpoch();
    pending.poll(10);
    pending.requeue(List.of(key(1), key(2)));
    pending.settle();
    assertThat(pending.settled(cut)).isFalse();
    assertThat(pending.poll(1)).containsExactly(key(1));
    pending.settle();
    assertThat(pending.settled(cut)).as("the other has a change of its own").isTrue();
  }

  @Test
  void oneBatchAtATime() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.poll(1);
    assertThatThrownBy(() -> pending.poll(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aFullSetMakesTheStreamWaitAndLosesNothing() throws Exception {
    copyAll();
    PendingKeys small = new PendingKeys(frontier, 3L * key(1).weight());
    for (long id = 1; id <= 3; id++) {
      small.arrive(key(id));
    }
    small.arrive(key(2)); // it is there already: no wait
    CountDownLatch arrived = new CountDownLatch(1);
    Thread stream =
        new Thread(
            () -> {
              try {
                small.arrive(key(4));
                arrived.countDown();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    stream.start();
    await().until(() -> stream.getState() == Thread.State.WAITING);
    assertThat(small.fullness()).isEqualTo(1);
    assertThat(small.poll(10)).containsExactly(key(1), key(2), key(3));
    small.settle();
    assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(small.poll(10)).containsExactly(key(4));
  }

  @Test
  void settledMeansAllThatArrivedBeforeTheCall() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.poll(10);
    boolean settled =
        pending.awaitSettled(
            () -> {
              pending.arrive(key(2));
              pending.settle();
            });
    assertThat(settled).isTrue();
    assertThat(pending.size()).as("key 2 came later").isOne();
  }

  @Test
  void aWatchSeesAlsoWhatIsDropped() throws Exception {
    try (PendingKeys.Watch watch = pending.watch(k -> !k.equals(key(7)))) {
      pending.arrive(key(5));
      pending.arrive(key(7));
      assertThat(watch.seen()).containsExactly(key(5));
    }
  }

  @Test
  void othersAreWaitedForUntilThereAreEnough() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.arrive(key(2));
    assertThat(pending.awaitBatch(2, FOR_EVER)).isTrue();
    assertThat(pending.awaitBatch(3, Duration.ofMillis(1))).as("too few, but waited").isTrue();
  }

  @Test
  void nobodyIsWaitedForWhileSomebodyWaitsForTheKeysToBeSettled() throws Exception {
    copyAll();
    pending.arrive(key(1));
    CompletableFuture<Boolean> settled =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return pending.awaitSettled(() -> {});
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(pending.awaitBatch(2, FOR_EVER)).isTrue();
    pending.poll(2);
    pending.settle();
    assertThat(settled.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void closingEndsAllWaiting() throws Exception {
    pending.close();
    assertThat(pending.awaitBatch(1, FOR_EVER)).isFalse();
    assertThat(pending.awaitSettled(() -> {})).isFalse();
  }

  private static final Cascade CASCADE = new Cascade(0, true, key(7));

  @Test
  void aCascadeBeforeAnythingIsCopiedIsDropped() throws Exception {
    pending.arrive(CASCADE);
    assertThat(pending.size()).isZero();
    assertThat(pending.arrivals()).isOne();
  }

  /** A chunk that has read rows before it may bring them any moment. */
  @Test
  void aCascadeIsHeldUntilAllChunksInFlightHaveCommitted() throws Exception {
    Chunk first = frontier.start(range(null, 10L));
    Chunk second = frontier.start(range(10L, 20L));
    pending.arrive(CASCADE);
    Chunk third = frontier.start(range(20L, 30L));
    frontier.finish(second);
    pending.chunkFinished();
    assertThat(pending.lookup(1)).isEmpty();
    frontier.finish(first);
    pending.chunkFinished();
    assertThat(pending.lookup(0)).as("it arrived after the fence").isEmpty();
    assertThat(pending.lookup(1)).map(l -> l.cascade()).contains(CASCADE);
    frontier.finish(third);
  }

  @Test
  void aCascadeIsSettledWhenItsRowsAre() throws Exception {
    copyAll();
    pending.arrive(CASCADE);
    long cut = pending.newEpoch();
    pending.resolveCascade(pending.lookup(1).orElseThrow(), List.of(key(1), key(2)), false);
    pending.resolveCascade(pending.lookup(1).orElseThrow(), List.of(key(3)), true);
    assertThat(pending.lookup(1)).isEmpty();
    assertThat(pending.settled(cut)).isFalse();
    assertThat(pending.poll(10)).containsExactly(key(1), key(2), key(3));
    pending.settle();
    assertThat(pending.settled(cut)).isTrue();
    assertThat(pending.size()).isZero();
    assertThat(pending.fullness()).isZero();
  }

  @Test
  void aCascadeThatArrivesAgainIsLookedUpFromTheBeginning() throws Exception {
    copyAll();
    pending.arrive(CASCADE);
    pending.resolveCascade(pending.lookup(1).orElseThrow(), List.of(key(1)), false);
    var second = pending.lookup(1).orElseThrow();
    assertThat(second.after()).isEqualTo(key(1));
    pending.arrive(CASCADE);
    pending.resolveCascade(second, List.of(), true);
    assertThat(pending.lookup(1)).isEmpty();
    assertThat(pending.lookup(2)).map(l -> l.after()).isEmpty();
    assertThat(pending.lookup(2)).isPresent();
    assertThat(pending.size()).isEqualTo(2);
  }

  /**
   * Anyone who explains a difference asks which rows have changed: with a cascade, any may have.
   */
  @Test
  void aWatchKnowsOfCascades() throws Exception {
    copyAll();
    pending.arrive(CASCADE);
    try (PendingKeys.Watch watch = pending.watch(k -> true)) {
      pending.arrive(key(1));
      assertThat(watch.cascaded()).isFalse();
      pending.resolveCascade(pending.lookup(1).orElseThrow(), List.of(key(5)), true);
      assertThat(watch.seen()).containsExactlyInAnyOrder(key(1), key(5));
      pending.arrive(CASCADE);
      assertThat(watch.cascaded()).isTrue();
    }
  }

  /** What a thread waits for; it must have begun to wait before the test continues. */
  private static <T> CompletableFuture<T> waiting(String method, Callable<T> wait) {
    return waiting(PendingKeys.class, method, wait);
  }

  private static <T> CompletableFuture<T> waiting(Class<?> type, String method, Callable<T> wait) {
    CompletableFuture<T> result =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return wait.call();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    await().until(() -> Waiting.at(type, method));
    return result;
  }

  @Test
  void whoWaitsForABatchIsWokenByAKeyThatArrives() throws Exception {
    copyAll();
    var batch = waiting("awaitBatch", () -> pending.awaitBatch(1, FOR_EVER));
    pending.arrive(key(1));
    assertThat(batch.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoWaitsForABatchIsWokenByAChunkThatFinishes() throws Exception {
    Chunk chunk = frontier.start(range(null, 10L));
    pending.arrive(key(5));
    var batch = waiting("awaitBatch", () -> pending.awaitBatch(1, FOR_EVER));
    assertThat(batch).isNotDone();
    frontier.finish(chunk);
    pending.chunkFinished();
    assertThat(batch.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoWaitsForABatchIsWokenByACascadeAndByTheEnd() throws Exception {
    copyAll();
    var lookup = waiting("awaitBatch", () -> pending.awaitBatch(0, FOR_EVER));
    pending.arrive(CASCADE);
    assertThat(lookup.get(10, TimeUnit.SECONDS)).isTrue();
    pending.resolveCascade(pending.lookup(1).orElseThrow(), List.of(), true);
    var batch = waiting("awaitBatch", () -> pending.awaitBatch(1, FOR_EVER));
    pending.close();
    assertThat(batch.get(10, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void whoWaitsUntilFewArePendingIsWokenWhenTheyAre() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.awaitAtMost(1);
    pending.arrive(key(2));
    var few =
        waiting(
            "awaitAtMost",
            () -> {
              pending.awaitAtMost(1);
              return true;
            });
    pending.poll(1);
    assertThat(few).as("being applied").isNotDone();
    pending.settle();
    assertThat(few.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void itIsNotSettledBeforeTheLastKeyIs() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.arrive(key(2));
    AtomicInteger checks = new AtomicInteger();
    var settled = waiting("awaitSettled", () -> pending.awaitSettled(checks::incrementAndGet));
    pending.poll(1);
    pending.settle();
    int before = checks.get();
    await().until(() -> checks.get() > before + 1);
    assertThat(settled).isNotDone();
    pending.poll(1);
    pending.settle();
    assertThat(settled.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aCheckEndsTheWaitForKeysToBeSettledByThrowing() throws Exception {
    copyAll();
    pending.arrive(key(1));
    assertThatThrownBy(
            () ->
                pending.awaitSettled(
                    () -> {
                      throw new IllegalStateException("the stream is gone");
                    }))
        .hasMessage("the stream is gone");
    // Nobody is in a hurry any more: others are waited for again.
    var batch = waiting(TimeUnit.class, "timedWait", () -> pending.awaitBatch(2, FOR_EVER));
    assertThat(batch).isNotDone();
    pending.arrive(key(2));
    assertThat(batch.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void allThatAreNotSettledCountWhereverTheyAre() throws Exception {
    frontier.finish(frontier.start(range(null, 10L)));
    Chunk second = frontier.start(range(10L, 20L));
    pending.arrive(key(1));
    pending.poll(1);
    pending.arrive(key(2));
    pending.arrive(key(15));
    pending.arrive(CASCADE);
    assertThat(pending.size()).as("applied, ready, held, and a cascade").isEqualTo(4);
    frontier.finish(second);
  }

  @Test
  void howFullItIsGoesByWeight() throws Exception {
    copyAll();
    PendingKeys small = new PendingKeys(frontier, 4L * key(1).weight());
    small.arrive(key(1));
    assertThat(small.fullness()).isEqualTo(0.25);
    small.arrive(key(2));
    assertThat(small.fullness()).isEqualTo(0.5);
  }

  @Test
  void aCascadeWaitsForRoomToo() throws Exception {
    copyAll();
    PendingKeys small = new PendingKeys(frontier, key(1).weight());
    small.arrive(key(1));
    var arrived =
        waiting(
            "arrive",
            () -> {
              small.arrive(CASCADE);
              return true;
            });
    assertThat(arrived).isNotDone();
    assertThat(small.poll(1)).containsExactly(key(1));
    small.settle();
    assertThat(arrived.get(10, TimeUnit.SECONDS)).isTrue();
    small.arrive(CASCADE); // it is there already: no wait
    assertThat(small.size()).isOne();
  }

  @Test
  void aWatchSeesAlsoWhatIsToBeAppliedAgain() {
    copyAll();
    try (PendingKeys.Watch watch = pending.watch(k -> true)) {
      pending.requeue(List.of(key(3)));
      assertThat(watch.seen()).containsExactly(key(3));
    }
    assertThat(pending.size()).isOne();
  }

  @Test
  void aKeyThatIsGivenBackAndCameAgainIsSettledOnce() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.poll(1);
    long first = pending.newEpoch();
    pending.arrive(key(1));
    long second = pending.newEpoch();
    pending.unpoll();
    pending.poll(1);
    assertThat(pending.settled(first)).isFalse();
    pending.settle();
    assertThat(pending.settled(second)).isTrue();
    assertThat(pending.size()).isZero();
  }

  @Test
  void whatIsPutAsideIsSettledButNotApplied() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.arrive(key(2));
    long cut = pending.newEpoch();
    pending.poll(10);
    assertThat(pending.settled(cut)).isFalse();
    pending.putAside(2);
    assertThat(pending.settled(cut)).isTrue();
    assertThat(pending.settledTotal()).isZero();
    assertThat(pending.size()).as("left to be applied").isEqualTo(2);
    assertThat(pending.fullness()).as("it takes no memory").isZero();
    assertThat(pending.poll(10)).isEmpty();
  }

  @Test
  void whatIsTakenBackIsPendingAndAppliedOnce() throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.arrive(key(2));
    pending.poll(10);
    pending.putAside(2);
    pending.takeBack(List.of(key(1), key(2)));
    long cut = pending.newEpoch();
    assertThat(pending.settled(cut)).isFalse();
    assertThat(pending.size()).isEqualTo(2);
    assertThat(pending.poll(10)).containsExactly(key(1), key(2));
    pending.settle();
    assertThat(pending.settled(cut)).isTrue();
    assertThat(pending.settledTotal()).isEqualTo(2);
    assertThat(pending.size()).isZero();
  }

  /** By the changes, ghost knows that somebody else is at work. */
  @Test
  void whatIsTakenBackIsNoNewChange() throws Exception {
    copyAll();
    pending.takeBack(List.of(key(1)));
    assertThat(pending.arrivals()).isZero();
  }

  @Test
  void aKeyThatComesAgainWhileItIsStoredIsPendingAgainAndCountsOnceWhenItIsStored()
      throws Exception {
    copyAll();
    pending.arrive(key(1));
    pending.poll(10);
    pending.putAside(1);
    pending.arrive(key(1));
    long cut = pending.newEpoch();
    assertThat(pending.settled(cut)).isFalse();
    assertThat(pending.poll(10)).containsExactly(key(1));
    pending.putAside(0);
    assertThat(pending.settled(cut)).isTrue();
    assertThat(pending.size()).isOne();
    pending.arrive(key(1));
    pending.takeBack(List.of(key(1)));
    assertThat(pending.size()).as("pending already when it is taken back").isOne();
    assertThat(pending.poll(10)).containsExactly(key(1));
  }

  @Test
  void whatAKilledRunHasStoredCountsFromWhenItIsTakenBack() throws Exception {
    copyAll();
    pending.takeBack(List.of(key(1), key(2)));
    assertThat(pending.size()).isEqualTo(2);
    pending.poll(10);
    pending.settle();
    assertThat(pending.size()).isZero();
  }

  @Test
  void whoTakesBackWaitsWhileTheSetIsFull() throws Exception {
    copyAll();
    PendingKeys small = new PendingKeys(frontier, key(1).weight());
    var taken = takingBack(small);
    assertThat(taken).isNotDone();
    assertThat(small.poll(10)).containsExactly(key(1));
    small.settle();
    assertThat(taken.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(small.poll(10)).containsExactly(key(2));
  }

  @Test
  void nobodyIsWaitedForWhileTheSetIsFull() throws Exception {
    copyAll();
    PendingKeys small = new PendingKeys(frontier, 2L * key(1).weight());
    small.arrive(key(1));
    var batch = waiting(TimeUnit.class, "timedWait", () -> small.awaitBatch(10, FOR_EVER));
    assertThat(batch).isNotDone();
    small.arrive(key(2));
    assertThat(batch.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void closingEndsTakingBack() throws Exception {
    copyAll();
    PendingKeys small = new PendingKeys(frontier, key(1).weight());
    var taken = takingBack(small);
    small.close();
    assertThat(taken.get(10, TimeUnit.SECONDS)).isTrue();
  }

  /** One who takes two keys back, into a set that has no room for the second. */
  private static CompletableFuture<Boolean> takingBack(PendingKeys small) {
    return waiting(
        "addSuspect",
        () -> {
          small.takeBack(List.of(key(1), key(2)));
          return true;
        });
  }

  private void copyAll() {
    frontier.finish(frontier.start(KeyRange.ALL));
  }

  private static RowKey key(long id) {
    return RowKey.of(id);
  }

  private static KeyRange range(Long after, Long upTo) {
    return new KeyRange(after == null ? null : key(after), upTo == null ? null : key(upTo));
  }
}
