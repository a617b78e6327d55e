package dev.ghost.internal.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.internal.copy.Frontier.Chunk;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrontierTest {

  private final Frontier numbers = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
  private final Frontier texts = new Frontier(new KeyOrder(List.of(Part.COLLATED)));

  @Test
  void beforeTheFirstChunkEverythingIsBeyond() {
    assertThat(numbers.standing(key(1))).isEqualTo(Frontier.BEYOND);
    assertThat(texts.standing(RowKey.of("a"))).isEqualTo(Frontier.BEYOND);
  }

  @Test
  void aKeyWaitsForTheChunkThatHoldsItAndForNoOther() {
    Chunk first = numbers.start(range(null, 10));
    Chunk second = numbers.start(range(10, 20));
    assertThat(numbers.standing(key(10))).isEqualTo(first.number());
    assertThat(numbers.standing(key(11))).isEqualTo(second.number());
    assertThat(numbers.standing(key(21))).isEqualTo(Frontier.BEYOND);
    numbers.finish(first);
    assertThat(numbers.standing(key(10))).isEqualTo(Frontier.SETTLED);
    assertThat(numbers.standing(key(20))).isEqualTo(second.number());
    assertThat(numbers.oldestInFlight()).isEqualTo(second.number());
  }

  @Test
  void theLastChunkReachesToTheEnd() {
    Chunk only = numbers.start(range(null, null));
    assertThat(numbers.standing(key(Long.MAX_VALUE))).isEqualTo(only.number());
    assertThat(numbers.complete()).isFalse();
    numbers.finish(only);
    assertThat(numbers.complete()).isTrue();
    assertThat(numbers.standing(key(5))).isEqualTo(Frontier.SETTLED);
  }

  @Test
  void collatedTextWaitsForEveryChunkThatCouldHoldIt() {
    texts.start(new KeyRange(null, RowKey.of("m")));
    Chunk second = texts.start(new KeyRange(RowKey.of("m"), RowKey.of("p")));
    assertThat(texts.standing(RowKey.of("zzz"))).isEqualTo(second.number());
    assertThat(texts.standing(RowKey.of("a"))).isEqualTo(second.number());
  }

  @Test
  void aNumberBeforeACollatedTextIsOrderedAsFarAsItGoes() {
    Frontier mixed = new Frontier(new KeyOrder(List.of(Part.NATURAL, Part.COLLATED)));
    Chunk chunk = mixed.start(new KeyRange(null, RowKey.of(5L, "m")));
    assertThat(mixed.standing(RowKey.of(6L, "a"))).isEqualTo(Frontier.BEYOND);
    assertThat(mixed.standing(RowKey.of(5L, "z"))).isEqualTo(chunk.number());
  }

  @Test
  void aGapBetweenChunksIsABug() {
    numbers.start(range(null, 10));
    assertThatThrownBy(() -> numbers.start(range(11, 20)))
        .isInstanceOf(IllegalStateException.class);
  }

  private static RowKey key(long id) {
    return RowKey.of(id);
  }

  private static KeyRange range(Integer after, Integer upTo) {
    return new KeyRange(after == null ? null : key(after), upTo == null ? null : key(upTo));
  }

  @Test
  void whatIsFinishedHasNoGaps() {
    Frontier frontier = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
    Chunk first = frontier.start(range(null, 10));
    Chunk second = frontier.start(range(10, 20));
    assertThat(frontier.finished()).isEqualTo(CompletedRange.NOTHING);
    frontier.finish(second);
    assertThat(frontier.finished()).isEqualTo(CompletedRange.NOTHING);
    frontier.finish(first);
    assertThat(frontier.finished()).isEqualTo(new CompletedRange(key(20), false));
    frontier.finish(frontier.start(range(20, null)));
    assertThat(frontier.finished()).isEqualTo(new CompletedRange(null, true));
  }

  @Test
  void anEarlierRunsWorkIsNotBeyond() {
    Frontier resumed =
        new Frontier(
            new KeyOrder(List.of(Part.NATURAL)), new CompletedRange(key(20), false), false);
    assertThat(resumed.standing(key(20))).isEqualTo(Frontier.SETTLED);
    assertThat(resumed.standing(key(21))).isEqualTo(Frontier.BEYOND);
    Frontier whole =
        new Frontier(new KeyOrder(List.of(Part.NATURAL)), new CompletedRange(null, true), false);
    assertThat(whole.standing(key(1_000))).isEqualTo(Frontier.SETTLED);
    assertThat(whole.complete()).isTrue();
  }

  /** A row of the earlier run may be in the ghost, whatever its key; no chunk would remove it. */
  @Test
  void whereAnEarlierRunHasLeftRowsNothingIsBeyond() {
    KeyOrder order = new KeyOrder(List.of(Part.NATURAL));
    Frontier none = new Frontier(order, CompletedRange.NOTHING, true);
    assertThat(none.standing(key(1))).isEqualTo(Frontier.SETTLED);
    assertThat(none.standing()).isEqualTo(Frontier.SETTLED);
    Frontier some = new Frontier(order, new CompletedRange(key(20), false), true);
    assertThat(some.standing(key(21))).isEqualTo(Frontier.SETTLED);
    Chunk chunk = some.start(range(20, 30));
    assertThat(some.standing(key(25))).isEqualTo(chunk.number());
    assertThat(some.standing(key(31))).isEqualTo(Frontier.SETTLED);
  }
}
