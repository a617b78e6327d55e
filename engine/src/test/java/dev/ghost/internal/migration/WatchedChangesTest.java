package dev.ghost.internal.migration;

import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.change.PreparedChanges;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.verify.Verifier;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which differences a change may explain: those of rows that changed while they were looked at. */
@Timeout(20)
class WatchedChangesTest {

  private static final KeyOrder BY_NUMBER = new KeyOrder(List.of(Part.NATURAL));
  private static final KeyOrder BY_TEXT = new KeyOrder(List.of(Part.NATURAL, Part.COLLATED));

  private final Frontier frontier = new Frontier(BY_NUMBER);
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);
  private final PreparedChanges prepared =
      new PreparedChanges(pending, new FakeDatabase().rows(), 1 << 20);
  private Task settleAll = () -> {};
  private Task awaitMarker = () -> {};

  @BeforeEach
  void copyAll() {
    frontier.finish(frontier.start(KeyRange.ALL));
  }

  private WatchedChanges changes(KeyOrder order) {
    return new WatchedChanges(pending, prepared, order, settleAll, awaitMarker);
  }

  @Test
  void whatArrivesBetweenTheSettlingAndTheMarkerHasChanged() throws Exception {
    settleAll = () -> pending.arrive(key(1));
    awaitMarker = () -> pending.arrive(key(2));
    try (Verifier.Seen seen = changes(BY_NUMBER).settleAndWatch(keys(1, 2, 3))) {
      assertThat(keys(1, 2, 3).stream().filter(seen.untilNow()))
          .as("the watch begins before the settling")
          .containsExactlyElementsOf(keys(1, 2));
    }
  }

  @Test
  void whatHasChangedBeforeExplainsNothing() throws Exception {
    pending.arrive(key(1));
    try (Verifier.Seen seen = changes(BY_NUMBER).settleAndWatch(keys(1))) {
      assertThat(keys(1).stream().filter(seen.untilNow())).isEmpty();
    }
  }

  /** It can be committed at any moment, and no event will say so. */
  @Test
  void aPreparedRowMayChange() throws Exception {
    prepared.arrive(key(1));
    try (Verifier.Seen seen = changes(BY_NUMBER).settleAndWatch(keys(1, 2))) {
      assertThat(keys(1, 2).stream().filter(seen.untilNow())).containsExactly(key(1));
    }
  }

  @Test
  void withACascadeNothingIsJudged() throws Exception {
    awaitMarker = () -> pending.arrive(new Cascade(0, true, key(9)));
    try (Verifier.Seen seen = changes(BY_NUMBER).settleAndWatch(keys(1, 2))) {
      assertThat(keys(1, 2).stream().filter(seen.untilNow())).hasSize(2);
    }
  }

  /** A collation can make texts equal that look different to us. */
  @Test
  void whereTextIsCollatedAnyKeyThatMayBeTheSameHasChanged() throws Exception {
    RowKey lower = RowKey.of(1L, "a");
    RowKey other = RowKey.of(2L, "a");
    awaitMarker = () -> pending.arrive(RowKey.of(1L, "A"));
    try (Verifier.Seen seen = changes(BY_TEXT).settleAndWatch(List.of(lower, other))) {
      assertThat(List.of(lower, other).stream().filter(seen.untilNow())).containsExactly(lower);
    }
  }
}
