package dev.ghost.internal.change;

import static dev.ghost.fakes.FakeDatabase.errorClass;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a fence waits for, and which markers are told apart. */
@Timeout(20)
class MarkerTest {

  /** A call: the method, the slot and the sequence. */
  private record Call(String method, int slot, long sequence) {}

  private final FakeDatabase database = new FakeDatabase();
  private final List<Call> calls = new ArrayList<>();
  private final List<Set<Long>> asked = new ArrayList<>();

  /** How many more looks a transaction stays invisible for. */
  private final List<Long> invisible = new ArrayList<>();

  private final Marker marker = marker(1);
  private Session session;

  private Marker marker(int attempt) {
    return new Marker(database.planned(this::answer), attempt);
  }

  private Object answer(String method, Object[] arguments) throws SQLException {
    switch (method) {
      case "mark", "announce" ->
          calls.add(new Call(method, (int) arguments[1], (long) arguments[2]));
      case "invisible" -> {
        database.happens(method);
        calls.add(new Call(method, (int) arguments[1], (long) arguments[2]));
        Set<Long> left = new HashSet<>();
        ((Set<?>) arguments[3]).forEach(t -> left.add((Long) t));
        asked.add(Set.copyOf(left));
        left.removeIf(t -> !invisible.remove(t));
        return left;
      }
      default -> {
        return Fake.DEFAULT;
      }
    }
    return null;
  }

  @BeforeEach
  void connect() throws SQLException {
    session = database.session();
  }

  @Test
  void aFenceIsPassedWhenAllThatHaveArrivedAreVisible() throws Exception {
    marker.arrived(7);
    marker.arrived(8);
    invisible.addAll(List.of(7L, 7L));
    marker.fence().pass(session);
    assertThat(asked).containsExactly(Set.of(7L, 8L), Set.of(7L), Set.of(7L));
    assertThat(marker.invisibleTransactions()).as("need not be waited for again").isEmpty();
    marker.fence().pass(session);
    assertThat(asked.get(3)).isEmpty();
  }

  @Test
  void aFenceCommitsAlsoWhereNothingHasArrived() throws Exception {
    marker.fence().pass(session);
    assertThat(calls).hasSize(1);
    assertThat(database.count("commit")).isOne();
  }

  /** It would wait for ever under load. */
  @Test
  void whatArrivesWhileAFenceIsPassedIsNotWaitedFor() throws Exception {
    marker.arrived(7);
    invisible.add(7L);
    database.before("invisible", () -> marker.arrived(9));
    marker.fence().pass(session);
    assertThat(asked).containsExactly(Set.of(7L), Set.of(7L));
    assertThat(marker.invisibleTransactions()).containsExactly(9L);
  }

  @Test
  void aFenceThatFailsIsNotPassed() {
    marker.arrived(7);
    database.fails("invisible", ErrorClass.DENIED);
    Marker.Fence fence = marker.fence();
    assertThatThrownBy(() -> fence.pass(session))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
    assertThat(marker.invisibleTransactions()).containsExactly(7L);
  }

  @Test
  void fencesHaveSlotsOfTheirOwnBesideThoseOfTheAwaitedMarkers() throws Exception {
    marker.fence().pass(session);
    marker.touch().commit(session);
    marker.fence().pass(session);
    long sequence = marker.write(session);
    assertThat(calls.stream().map(Call::method))
        .containsExactly("invisible", "mark", "invisible", "announce");
    assertThat(calls.stream().map(Call::slot)).doesNotHaveDuplicates();
    assertThat(calls.stream().limit(3).map(Call::slot))
        .allMatch(slot -> slot > marker.slot() + StreamSpec.BATCH && !marker.isAwaitedSlot(slot));
    assertThat(calls.get(3)).isEqualTo(new Call("announce", marker.slot(), sequence));
    assertThat(calls.stream().map(Call::sequence)).isSorted().doesNotHaveDuplicates();
    assertThat(marker.isAwaitedSlot(marker.slot())).isTrue();
  }

  @Test
  void noRunTakesASlotOfTheNext() {
    Marker second = marker(2);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                marker.fence();
              }
            })
        .isInstanceOf(IllegalStateException.class);
    assertThat(second.slot()).isEqualTo(marker.slot() + 1_000);
    assertThat(marker.isAwaitedSlot(second.slot())).isFalse();
  }

  @Test
  void oneLookTellsWhatIsStillUnseenAndDoesNotWait() throws Exception {
    invisible.add(7L);
    assertThat(marker.stillUnseen(session, Set.of(7L, 8L))).containsExactly(7L);
    assertThat(asked).hasSize(1);
  }

  @Test
  void theAgeOfAReplicaIsThatOfTheFirstMarkerThatItLacks() throws Exception {
    long first = marker.write(session);
    assertThat(marker.secondsSinceNext(first)).as("it has all").isZero();
    marker.write(session);
    double age = marker.secondsSinceNext(first);
    assertThat(age).isPositive().isLessThan(20);
    for (int i = 0; i < 1_100; i++) {
      marker.write(session);
    }
    assertThat(marker.secondsSinceNext(0)).as("the oldest stays").isGreaterThanOrEqualTo(age);
  }
}
