package dev.ghost.internal.change;

import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.StoppedException;
import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.fakes.Waiting;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where each event goes, who waits for markers, and who is told of a failure. */
@Timeout(20)
class ChangeStreamTest {

  private static final Duration LONG = Duration.ofSeconds(15);
  private static final int ATTEMPT = 1;

  private final FakeDatabase database = new FakeDatabase();
  private final Frontier frontier = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);
  private final PreparedChanges prepared = new PreparedChanges(pending, database.rows(), 1 << 20);
  private final Marker marker = new Marker(database.planned(), ATTEMPT);
  private final FedStream fed = new FedStream(database.planned(), pending, prepared, marker);
  private final ChangeStream stream = fed.stream();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void copyAll() {
    frontier.finish(frontier.start(KeyRange.ALL));
  }

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private static StreamEvent changed(long... ids) {
    return new StreamEvent.Changed(keys(ids), List.of(), 0, false);
  }

  private StreamEvent marked(long sequence) {
    return new StreamEvent.Marked(marker.slot(), sequence);
  }

  /** One of several can end while another has their feed started. */
  @Test
  void whatIsClosedBeforeIsNotFed() throws Exception {
    assertThat(stream.fedBy(null)).isTrue();
    stream.close();
    assertThat(stream.fedBy(null)).isFalse();
  }

  @Test
  void changedKeysArePendingAndThoseOfAPreparedTransactionAreNot() throws Exception {
    fed.brings(changed(1, 2), new StreamEvent.Changed(keys(3), List.of(), 0, true), changed(1));
    assertThat(pending.poll(10)).containsExactlyElementsOf(keys(1, 2));
    assertThat(prepared.keys()).containsExactly(key(3));
  }

  @Test
  void theFenceWaitsForATransactionThatHasANumber() throws Exception {
    fed.brings(changed(1), new StreamEvent.Changed(keys(2), List.of(), 77, false));
    assertThat(marker.invisibleTransactions()).containsExactly(77L);
  }

  @Test
  void cascadesArePendingToo() throws Exception {
    Cascade cascade = new Cascade(0, true, RowKey.of(7L));
    fed.brings(new StreamEvent.Changed(keys(), List.of(cascade), 0, false));
    assertThat(pending.lookup(1)).map(PendingKeys.Lookup::cascade).contains(cascade);
  }

  @Test
  void aPreparedTransactionWithCascadesEndsTheRunAndCannotBeResumed() {
    Cascade cascade = new Cascade(0, true, RowKey.of(7L));
    assertThatThrownBy(
            () -> fed.brings(new StreamEvent.Changed(keys(1), List.of(cascade), 0, true)))
        .isInstanceOfSatisfying(StoppedException.class, e -> assertThat(e.resumable()).isFalse());
    assertThatThrownBy(stream::check).isInstanceOf(StoppedException.class);
  }

  @Test
  void aMarkerIsAwaitedUntilItOrALaterOneComesBack() throws Exception {
    Future<Boolean> waiting = threads.submit(() -> stream.await(3, LONG));
    await().until(() -> Waiting.at(ChangeStream.class, "await"));
    fed.brings(marked(2));
    assertThat(stream.hasSeen(2)).isTrue();
    assertThat(stream.hasSeen(3)).isFalse();
    assertThat(waiting).isNotDone();
    fed.brings(marked(4), marked(1));
    assertThat(waiting.get(10, SECONDS)).isTrue();
    assertThat(stream.hasSeen(4)).as("an older one takes nothing back").isTrue();
  }

  @Test
  void aMarkerThatDoesNotComeInTimeIsToldOf() throws Exception {
    assertThat(stream.await(1, Duration.ofMillis(20))).isFalse();
    assertThat(stream.await(1, Duration.ZERO)).isFalse();
  }

  /** A stream that goes back brings the markers of the run before. */
  @Test
  void markersOfAnotherRunOrOfAFenceProveNothing() throws Exception {
    Marker earlier = new Marker(database.planned(), ATTEMPT + 1);
    fed.brings(
        new StreamEvent.Marked(earlier.slot(), 9), new StreamEvent.Marked(marker.slot() + 1, 9));
    assertThat(stream.hasSeen(1)).isFalse();
  }

  @Test
  void whatFailsOnTheStreamIsGivenToWhoWaitsAndToWhoAsksLater() throws Exception {
    Future<Boolean> waiting = threads.submit(() -> stream.await(3, LONG));
    await().until(() -> Waiting.at(ChangeStream.class, "await"));
    MigrationException failure = new MigrationException("broken", "report it", null);
    stream.fail(failure);
    stream.fail(new MigrationException("a consequence", "", null));
    assertThatThrownBy(() -> waiting.get(10, SECONDS)).hasCause(failure);
    assertThatThrownBy(stream::check).isSameAs(failure);
    assertThatThrownBy(() -> stream.await(0, LONG)).as("seen or not").isSameAs(failure);
  }

  @Test
  void aSourceThatSomebodyAltersEndsTheRunWithItsStatement() throws Exception {
    fed.brings(
        new StreamEvent.Altered(new TableName("s", "t"), "ALTER TABLE t DROP c"), changed(1));
    assertThat(pending.size()).as("the rest is read all the same").isOne();
    assertThatThrownBy(stream::check)
        .isInstanceOf(InterferenceException.class)
        .hasMessageContaining("ALTER TABLE t DROP c");
  }

  /** Our own swap comes back like a change by somebody else. */
  @Test
  void whatComesWhileItIsClosedIsNoFailure() throws Exception {
    stream.close();
    fed.brings(new StreamEvent.Altered(new TableName("s", "t"), "RENAME TABLE"));
    stream.check();
  }

  @Test
  void closingEndsTheWaitsForKeys() throws Exception {
    Future<Boolean> batch = threads.submit(() -> pending.awaitBatch(1, LONG));
    stream.close();
    assertThat(batch.get(10, SECONDS)).isFalse();
    prepared.arrive(key(1));
    prepared.run(database.session());
  }

  @Test
  void thePositionIsThatOfTheLastEventOfABatch() throws Exception {
    assertThat(stream.position()).isEmpty();
    fed.brings(changed(1), changed(2));
    Feed.Position first = stream.position().orElseThrow();
    assertThat(first.offset()).isEqualTo(Map.of(FedStream.POSITION, 2L));
    fed.brings(new StreamEvent.Other());
    Feed.Position second = stream.position().orElseThrow();
    assertThat(second.offset()).isEqualTo(Map.of(FedStream.POSITION, 3L));
    assertThat(second.number()).isGreaterThan(first.number());
  }

  @Test
  void theServerMayForgetOnlyWhatIsConfirmed() throws Exception {
    fed.brings(changed(1));
    Feed.Position first = stream.position().orElseThrow();
    fed.brings(changed(2));
    assertThat(fed.confirmed()).isEmpty();
    stream.confirm(first);
    fed.brings(changed(3));
    assertThat(fed.confirmed()).containsExactly(1L);
    fed.brings(changed(4));
    assertThat(fed.confirmed()).as("once").containsExactly(1L);
  }

  @Test
  void whatCannotBeReadEndsTheRunAndIsNotDelivered() {
    MigrationException unreadable = new MigrationException("not understood", "report it", null);
    FedStream other =
        new FedStream(
            database.planned(
                (method, arguments) -> {
                  if (method.equals("decode")) {
                    throw unreadable;
                  }
                  return Fake.DEFAULT;
                }),
            pending,
            prepared,
            marker);
    assertThatThrownBy(() -> other.brings(changed(1))).isSameAs(unreadable);
    assertThat(other.stream().position()).isEmpty();
    assertThatThrownBy(() -> other.stream().check()).isSameAs(unreadable);
  }
}
