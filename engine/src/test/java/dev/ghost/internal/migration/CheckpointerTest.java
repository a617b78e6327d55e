package dev.ghost.internal.migration;

import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static dev.ghost.internal.change.FedStream.POSITION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.change.FedStream;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.change.PreparedChanges;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Which position of the stream is stored, and told to the server: one before which nothing is still
 * to be done.
 */
@Timeout(20)
class CheckpointerTest {

  private static final Checkpoint FIRST = Checkpoint.first(Map.of(POSITION, 0));
  private static final UnaryOperator<Checkpoint> NO_PROGRESS = UnaryOperator.identity();

  private final FakeDatabase database = new FakeDatabase();
  private final Set<Long> invisible = new HashSet<>();
  private final PlannedMigration planned =
      database.planned(
          (method, arguments) -> {
            if (!method.equals("invisible")) {
              return Fake.DEFAULT;
            }
            Set<Object> left = new HashSet<>((Set<?>) arguments[3]);
            left.retainAll(invisible);
            return left;
          });
  private final Frontier frontier = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);
  private final PreparedChanges prepared = new PreparedChanges(pending, database.rows(), 1 << 20);
  private final Marker marker = new Marker(planned, 1);
  private final FedStream fed = new FedStream(planned, pending, prepared, marker);
  private final List<Checkpoint> stored = new ArrayList<>();
  private Checkpointer checkpointer;

  @BeforeEach
  void prepare() throws SQLException {
    frontier.finish(frontier.start(KeyRange.ALL));
    Journal journal =
        Fake.of(
            Journal.class,
            (method, arguments) -> {
              database.happens("journal");
              assertThat(method).isEqualTo("write");
              assertThat(arguments[1]).isEqualTo(Journal.EntryKind.CHECKPOINT);
              stored.add(Checkpoint.of((String) arguments[2]));
              return null;
            });
    checkpointer = new Checkpointer(journal, pending, prepared, marker, database.session(), FIRST);
  }

  private static StreamEvent changed(long id, long transaction, boolean inXa) {
    return new StreamEvent.Changed(keys(id), List.of(), transaction, inXa);
  }

  private void beat() throws Exception {
    checkpointer.beat(fed.stream(), NO_PROGRESS);
  }

  private void beats() throws Exception {
    for (int i = 0; i < 3; i++) {
      beat();
    }
  }

  private void apply() {
    pending.poll(100);
    pending.settle();
  }

  /** The position that a run which resumes now would start at. */
  private long position() throws Exception {
    checkpointer.write(NO_PROGRESS);
    Map<String, ?> position = stored.isEmpty() ? FIRST.position() : last().position();
    return ((Number) position.get(POSITION)).longValue();
  }

  private Checkpoint last() {
    return stored.get(stored.size() - 1);
  }

  private List<Long> forgotten() throws Exception {
    fed.brings(new StreamEvent.Other());
    return fed.confirmed();
  }

  @Test
  void aPositionIsNotSettledWhileAKeyBeforeItIsPending() throws Exception {
    fed.brings(changed(1, 0, false));
    beats();
    assertThat(position()).isZero();
    assertThat(forgotten()).isEmpty();
    pending.poll(10);
    beats();
    assertThat(position()).as("being applied").isZero();
    pending.settle();
    beat();
    assertThat(position()).isOne();
    assertThat(forgotten()).containsExactly(1L);
  }

  @Test
  void norWhileAPreparedTransactionBeforeItIsNotDecided() throws Exception {
    fed.brings(changed(1, 0, true));
    beats();
    assertThat(position()).isZero();
    prepared.decideAll();
    beats();
    assertThat(position()).as("decided, but not applied").isZero();
    assertThat(forgotten()).isEmpty();
    apply();
    beat();
    assertThat(position()).isOne();
  }

  /** The run that resumes there would know nothing of the transaction, and not wait for it. */
  @Test
  void norWhileATransactionBeforeItIsInvisible() throws Exception {
    invisible.add(7L);
    fed.brings(changed(1, 7, false));
    beat();
    apply();
    beats();
    assertThat(position()).isZero();
    assertThat(forgotten()).isEmpty();
    invisible.clear();
    beat();
    assertThat(position()).isOne();
  }

  @Test
  void whatArrivesAfterThePositionDoesNotDelayIt() throws Exception {
    fed.brings(changed(1, 0, false));
    beats();
    apply();
    fed.brings(changed(2, 0, false), changed(3, 8, true));
    invisible.add(8L);
    beats();
    assertThat(position()).isOne();
    assertThat(forgotten()).containsExactly(1L);
  }

  @Test
  void theNextPositionIsTakenUpWhenTheLastIsSettled() throws Exception {
    fed.brings(changed(1, 0, false));
    beats();
    apply();
    beats();
    fed.brings(changed(2, 0, false));
    apply();
    beats();
    assertThat(position()).isEqualTo(2);
  }

  @Test
  void withoutAPositionTheProgressIsStoredWithTheOneBefore() throws Exception {
    assertThat(checkpointer.write(c -> c.withCopied(new CompletedRange(key(5), false), 5)))
        .isTrue();
    assertThat(last()).isEqualTo(FIRST.withCopied(new CompletedRange(key(5), false), 5));
    beats();
    assertThat(position()).isZero();
  }

  @Test
  void whatIsKnownAlreadyIsNotStoredAgain() throws Exception {
    assertThat(checkpointer.write(NO_PROGRESS)).isFalse();
    UnaryOperator<Checkpoint> progress = c -> c.withCopied(CompletedRange.WHOLE, 9);
    assertThat(checkpointer.write(progress)).isTrue();
    assertThat(checkpointer.write(progress)).isFalse();
    assertThat(stored).hasSize(1);
  }

  @Test
  void theFirstProgressIsStoredAtOnceAndTheNextAfterAWhile() throws Exception {
    checkpointer.beat(fed.stream(), NO_PROGRESS);
    assertThat(stored).isEmpty();
    checkpointer.beat(fed.stream(), c -> c.withCopied(new CompletedRange(key(1), false), 1));
    assertThat(stored).hasSize(1);
    checkpointer.beat(fed.stream(), c -> c.withCopied(new CompletedRange(key(2), false), 2));
    assertThat(stored).as("not within two seconds").hasSize(1);
  }

  @Test
  void whatCouldNotBeStoredIsStoredTheNextTime() throws Exception {
    database.fails("journal", ErrorClass.DISK_FULL);
    UnaryOperator<Checkpoint> progress = c -> c.withCopied(CompletedRange.WHOLE, 9);
    assertThatThrownBy(() -> checkpointer.write(progress)).isInstanceOf(SQLException.class);
    assertThat(checkpointer.write(progress)).isTrue();
    assertThat(last().rowsCopied()).isEqualTo(9);
  }
}
