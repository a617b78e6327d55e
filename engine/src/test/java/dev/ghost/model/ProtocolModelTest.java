package dev.ghost.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.ghost.model.History.Change;
import dev.ghost.model.History.Order;
import dev.ghost.model.History.Rule;
import dev.ghost.model.History.Transaction;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
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

  private static final List<Order> ORDERS = List.of(Order.values());

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
        for (Order order : Order.values()) {
          histories.add(
              new History(
                  History.rows(3),
                  transactions,
                  2,
                  ordered,
                  order,
                  crashes,
                  compared,
                  false,
                  false,
                  Set.of()));
        }
      }
    }
    return histories.stream();
  }

  /** The same where the server changes rows with their parents; it logs that in order, or not. */
  private static Stream<History> cascading(int crashes, boolean compared) {
    List<List<Transaction>> worlds =
        List.of(
            List.of(Transaction.of(Change.deleteParent(1))),
            List.of(Transaction.of(Change.set(4, 140)), Transaction.of(Change.deleteParent(1))),
            List.of(Transaction.of(Change.set(1, 210)), Transaction.of(Change.deleteParent(2))),
            List.of(
                Transaction.of(Change.moveParent(1, 3)), Transaction.of(Change.deleteParent(3))),
            List.of(Transaction.of(Change.moveParent(1, 3)), Transaction.of(Change.delete(3))));
    NavigableMap<Integer, Integer> rows = new TreeMap<>(Map.of(1, 110, 2, 220, 3, 130));
    return worlds.stream()
        .flatMap(
            transactions ->
                Stream.of(Order.values())
                    .map(
                        order ->
                            new History(
                                rows,
                                transactions,
                                2,
                                true,
                                order,
                                crashes,
                                compared,
                                false,
                                false,
                                Set.of())));
  }

  /** Where nothing is replayed during the copy: on PostgreSQL, which logs every row. */
  private static Stream<History> gathering(int crashes) {
    return small(crashes, false).filter(h -> !h.ordered()).map(History::gathered);
  }

  static Stream<History> small() {
    return Stream.of(
            small(2, false),
            small(1, false).filter(History::swaps).map(History::inPieces),
            compared(),
            cascading(1, false),
            cascading(0, true),
            gathering(1))
        .flatMap(s -> s);
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
  @MethodSource("rules")
  void withoutARuleItGoesWrong(Rule rule) {
    boolean compared = History.OF_THE_COMPARISON.contains(rule);
    Stream<History> histories =
        History.OF_CASCADES.contains(rule)
            ? cascading(0, compared)
            : History.OF_GATHERING.contains(rule)
                ? gathering(1)
                : compared ? compared() : small(1, false);
    assertNeeded(rule, histories);
  }

  static Set<Rule> rules() {
    return EnumSet.complementOf(EnumSet.of(Rule.FENCE_BEFORE_COMPARISON));
  }

  /** Rules that are there for other reasons as well. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "STREAM_FIRST",
        "FENCE_BEFORE_CHUNK",
        "IN_FLIGHT",
        "IN_FLIGHT_BEFORE_FENCE",
        "SETTLED_POSITION",
        "LAST_MARKER",
        "NOTHING_BEYOND_LEFT_ROWS"
      })
  void withoutItACascadeGoesWrong(Rule rule) {
    assertNeeded(
        rule,
        cascading(1, false)
            .filter(h -> h.transactions().stream().allMatch(t -> t.keys().isEmpty())));
  }

  /** Rules that a copy without indexes needs as well. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "STREAM_FIRST",
        "FENCE_BEFORE_APPLY",
        "FENCE_BEFORE_CHUNK",
        "IN_FLIGHT_BEFORE_FENCE",
        "CERTAINLY_BEYOND",
        "SETTLED_POSITION",
        "VISIBLE_POSITION",
        "TRIM",
        "NOTHING_BEYOND_LEFT_ROWS",
        "LAST_MARKER"
      })
  void withoutItACopyWithoutIndexesGoesWrong(Rule rule) {
    assertNeeded(rule, gathering(1));
  }

  private static void assertNeeded(Rule rule, Stream<History> histories) {
    Optional<Explorer.Failure> failure = firstFailure(histories.map(h -> h.without(rule)));
    assertThat(failure).as("the model does not need the rule " + rule).isPresent();
    System.out.println("without " + rule + ": " + failure.get());
  }

  /** One history after the other, since nearly always the first of them shows it. */
  private static Optional<Explorer.Failure> firstFailure(Stream<History> histories) {
    return histories
        .map(h -> Explorer.everything(List.of(h)).failure())
        .flatMap(Optional::stream)
        .findFirst();
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
    assertThat(
            firstFailure(
                compared()
                    .map(h -> h.without(Rule.FENCE_BEFORE_CHUNK, Rule.FENCE_BEFORE_COMPARISON))))
        .as("a mistake that the comparison overlooks")
        .isPresent();
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
    boolean ordered = random.nextBoolean();
    for (int i = random.nextInt(6); i >= 0; i--) {
      List<Change> changes = new ArrayList<>();
      for (int j = random.nextInt(3); j >= 0; j--) {
        int key = 1 + random.nextInt(rows + 1);
        changes.add(
            switch (random.nextInt(ordered ? 5 : 3)) {
              case 0 -> Change.set(key, value++);
              case 1 -> Change.delete(key);
              case 3 -> Change.deleteParent(10 * random.nextInt(2));
              case 4 -> Change.moveParent(10 * random.nextInt(2), 20 + 3 * i + j);
              default -> Change.swap(key, 1 + random.nextInt(rows + 1));
            });
      }
      transactions.add(new Transaction(changes));
    }
    return new History(
        History.rows(rows),
        transactions,
        1 + random.nextInt(rows),
        ordered,
        ORDERS.get(random.nextInt(ORDERS.size())),
        random.nextInt(4),
        random.nextBoolean(),
        random.nextBoolean(),
        !ordered && random.nextBoolean(),
        Set.of());
  }
}
