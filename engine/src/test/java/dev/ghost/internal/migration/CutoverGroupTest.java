package dev.ghost.internal.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.StoppedException;
import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.fakes.Waiting;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who of several tables is copied when, and who makes the cutover for whom. */
@Timeout(20)
class CutoverGroupTest {

  private static final TableName A = new TableName("s", "a");
  private static final TableName B = new TableName("s", "b");
  private static final Cutover.Made MADE = new Cutover.Made(Duration.ofMillis(5), Duration.ZERO, 2);

  private final FakeDatabase database = new FakeDatabase();
  private final List<String> ticks = Collections.synchronizedList(new ArrayList<>());
  private final CutoverGroup group =
      new CutoverGroup(Fake.of(Dialect.class, (m, a) -> Fake.DEFAULT), List.of(A, B));

  private CutoverGroup.Member member(TableName table) {
    PlannedMigration planned =
        database.planned(
            (method, arguments) ->
                method.equals("names") ? TableNames.of(table, 64) : Fake.DEFAULT);
    return new CutoverGroup.Member(new Cutover.Part(planned, null), () -> ticks.add(table.table()));
  }

  /** Has the first table come to its cutover, on a thread of its own, and wait for the other. */
  private CompletableFuture<Cutover.Made> firstHasCome() {
    CompletableFuture<Cutover.Made> first =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return group.cutOver(
                    member(A),
                    parts -> {
                      throw new AssertionError("the last one makes it");
                    });
              } catch (SQLException | InterruptedException e) {
                throw new CompletionException(e);
              }
            });
    while (!Waiting.at(CutoverGroup.class, "awaitOutcome")) {
      Thread.onSpinWait();
    }
    return first;
  }

  @Test
  void aTableIsCopiedWhenThoseBeforeItAreReady() {
    assertThat(group.isTurnOf(A)).isTrue();
    assertThat(group.isTurnOf(B)).isFalse();
    group.held(A, "it is postponed");
    assertThat(group.isTurnOf(B)).as("the first is kept in step").isTrue();
  }

  @Test
  void aTableIsCopiedWhenThoseBeforeItHaveEnded() {
    group.ended(A);
    assertThat(group.isTurnOf(B)).isTrue();
  }

  @Test
  void theCutoverWaitsForTheLastAndThenForNobody() {
    assertThat(group.held(A, "")).isEqualTo("it is made together with that of s.b");
    assertThat(group.held(B, "it is postponed")).isEqualTo("it is postponed");
    assertThat(group.held(B, "")).isEmpty();
    assertThat(group.held(A, "it is postponed")).as("all have said yes").isEmpty();
  }

  @Test
  void theLastToComeMakesTheCutoverOfAll() throws Exception {
    CompletableFuture<Cutover.Made> first = firstHasCome();
    Cutover.Made last =
        group.cutOver(
            member(B),
            parts -> {
              assertThat(parts).extracting(p -> p.planned().names().source()).containsExactly(A, B);
              group.tick(() -> ticks.add("own"));
              group.aheadOfOthers(A);
              group.tick(() -> ticks.add("own"));
              return MADE;
            });
    assertThat(last).isEqualTo(MADE);
    assertThat(first.get()).isEqualTo(MADE);
    assertThat(ticks).as("of those whose threads stand still").containsExactly("a", "b", "b");
  }

  @Test
  void beforeThatEachDoesItsOwnPeriodicWork() throws Exception {
    group.tick(() -> ticks.add("own"));
    assertThat(ticks).containsExactly("own");
  }

  @Test
  void oneWhoseCompanionHasEndedMakesTheCutoverAlone() throws Exception {
    group.ended(B);
    assertThat(group.cutOver(member(A), parts -> MADE)).isEqualTo(MADE);
  }

  @Test
  void aFailureOfTheCutoverIsThatOfAll() {
    CompletableFuture<Cutover.Made> first = firstHasCome();
    SQLException failure = new SQLException("the disk is full");
    assertThatThrownBy(
            () ->
                group.cutOver(
                    member(B),
                    parts -> {
                      throw failure;
                    }))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("the disk is full");
    assertThatThrownBy(first::join).hasCauseInstanceOf(StoppedException.class);
    assertThat(group.failure()).containsSame(failure);
  }

  @Test
  void afterAFailureNobodyIsCopiedOrSwapped() {
    group.failed(new IllegalStateException("it broke"));
    group.failed(new IllegalStateException("and so did this"));
    assertThatThrownBy(() -> group.isTurnOf(A)).hasMessageContaining("it broke");
    assertThatThrownBy(() -> group.held(A, "")).hasMessageContaining("it broke");
    assertThatThrownBy(() -> group.cutOver(member(A), parts -> MADE))
        .hasMessageContaining("it broke");
    assertThatThrownBy(group::rethrow).isInstanceOf(IllegalStateException.class);
  }
}
