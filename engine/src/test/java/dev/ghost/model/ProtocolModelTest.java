package dev.ghost.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.ghost.model.History.Change;
import dev.ghost.model.History.Rule;
import dev.ghost.model.History.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The protocol loses no row, in any order of events of small histories, and in many of larger ones;
 * and each of its rules is needed for that.
 */
class ProtocolModelTest {

  private static final int RANDOM = Integer.getInteger("ghost.model.random", 200_000);

  /** Small histories in which the rules have something to do. */
  private static Stream<History> small(int crashes, boolean compared) {
    List<List<Transaction>> worlds =
        List.of(
            List.of(Transaction.of(Change.delete(1)), Transaction.of(Change.set(3, 31))),
            List.of(Transaction.of(Change.set(1, 11)), Transaction.of(Change.delete(3))),
            List.of(Transaction.of(Change.swap(1, 3)), Transaction.of(Change.set(1, 12))),
            List.of(Transaction.of(Change.delete(3), Change.set(4, 30))),
            List.of(Transaction.of(Change.delete(1)), Transaction.of(Change.set(1, 13))));
    List<History> histories = new ArrayList<>();
    for (List<Transaction> transactions : worlds) {
      for (boolean ordered : new boolean[] {true, false}) {
        for (boolean known : new boolean[] {true, false}) {
          histories.add(
              new History(
                  History.rows(3), transactions, 2, ordered, known, crashes, compared, Set.of()));
        }
      }
    }
    return histories.stream();
  }

  static Stream<History> small() {
    return Stream.concat(small(2, false), compared());
  }

  static Stream<History> compared() {
    return small(0, true);
  }

  @ParameterizedTest
  @MethodSource("small")
  void noOrderOfEventsLosesARowOrRaisesAFalseAlarm(History history) {
    Explorer.Outcome outcome = Explorer.everything(List.of(history));
    assertThat(outcome.failure()).map(Explorer.Failure::toString).isEmpty();
    assertThat(outcome.finished()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FENCE_BEFORE_COMPARISON")
  void withoutARuleItGoesWrong(Rule rule) {
    Optional<Explorer.Failure> shortest =
        Explorer.everything(
                (History.OF_THE_COMPARISON.contains(rule) ? compared() : small(1, false))
                    .map(h -> h.without(rule))
                    .toList())
            .failure();
    assertThat(shortest).as("the model does not need the rule " + rule).isPresent();
    System.out.println("without " + rule + ": " + shortest.get());
  }

  static Set<Rule> mistakes() {
    return History.OF_THE_COPY;
  }

  /** Whatever goes wrong in the copy, in whichever order, the tables are not swapped. */
  @ParameterizedTest
  @MethodSource("mistakes")
  void theComparisonFindsMistakesOfTheCopy(Rule rule) {
    Explorer.Outcome outcome = Explorer.everything(compared().map(h -> h.without(rule)).toList());
    assertThat(outcome.failure()).map(Explorer.Failure::toString).isEmpty();
    assertThat(outcome.alarmed()).as("executions that the comparison has ended").isPositive();
  }

  @Test
  void butForThatItNeedsAFence() {
    Explorer.Outcome outcome =
        Explorer.everything(
            compared()
                .map(h -> h.without(Rule.FENCE_BEFORE_CHUNK, Rule.FENCE_BEFORE_COMPARISON))
                .toList());
    assertThat(outcome.failure()).as("a mistake that the comparison overlooks").isPresent();
  }

  @Test
  void norDoesAnyOfManyLargerOnes() {
    IntStream.rangeClosed(1, RANDOM)
        .parallel()
        .forEach(
            seed -> {
              Random random = new Random(seed);
              Explorer.random(history(random), random)
                  .ifPresent(failure -> fail("seed " + seed + ": " + failure));
            });
  }

  private static History history(Random random) {
    int rows = 2 + random.nextInt(5);
    List<Transaction> transactions = new ArrayList<>();
    int value = 1_000;
    for (int i = random.nextInt(6); i >= 0; i--) {
      List<Change> changes = new ArrayList<>();
      for (int j = random.nextInt(3); j >= 0; j--) {
        int key = 1 + random.nextInt(rows + 1);
        changes.add(
            switch (random.nextInt(3)) {
              case 0 -> Change.set(key, value++);
              case 1 -> Change.delete(key);
              default -> Change.swap(key, 1 + random.nextInt(rows + 1));
            });
      }
      transactions.add(new Transaction(changes));
    }
    return new History(
        History.rows(rows),
        transactions,
        1 + random.nextInt(rows),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(4),
        random.nextBoolean(),
        Set.of());
  }
}
