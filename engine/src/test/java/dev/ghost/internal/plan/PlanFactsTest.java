package dev.ghost.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Way;
import dev.ghost.internal.plan.Retirement.Former;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlanFactsTest {

  private static final TableName TABLE = new TableName("s", "t");
  private static final TableNames NAMES = TableNames.of(TABLE, 64);
  private static final PlanFacts FACTS = new PlanFacts("X 1", TABLE, "ADD c INT", 10, 20);
  private static final PlanFacts.Copy COPY = new PlanFacts.Copy("k (id)", List.of("id: int"));

  private static Retirement retirement() {
    return Retirement.now(
        TABLE,
        "DROP b",
        "all of them",
        List.of(
            new Former("id", Optional.of("ID"), false, false, false),
            new Former("a", Optional.of("z"), true, true, false),
            new Former("b", Optional.empty(), false, false, false),
            new Former("d", Optional.empty(), false, true, false),
            new Former("g", Optional.empty(), false, false, true)),
        List.of("undo"),
        List.of("fk"));
  }

  @Test
  void aPlanOfTheServersOwnChangeHasNoGhost() {
    MigrationPlan plan =
        FACTS.byServer(Way.METADATA, List.of("ALTER"), List.of(), List.of("careful"));
    assertThat(plan.way()).isEqualTo(Way.METADATA);
    assertThat(plan.statements()).containsExactly("ALTER");
    assertThat(plan.change()).isEqualTo("ADD c INT");
    assertThat(List.of(plan.ghostTable(), plan.retiredTable(), plan.chunkKey()))
        .containsOnly(Optional.empty());
    assertThat(List.of(plan.estimatedRows(), plan.estimatedBytes())).containsExactly(10L, 20L);
    assertThat(plan.warnings()).containsExactly("careful");
  }

  @Test
  void aGhostIsTheChangesOrTheRetiredTable() {
    MigrationPlan plan = FACTS.byGhost(NAMES, Optional.empty(), List.of(), COPY, List.of());
    assertThat(plan.way()).isEqualTo(Way.GHOST);
    assertThat(plan.change()).isEqualTo("ADD c INT");
    assertThat(List.of(plan.ghostTable(), plan.retiredTable(), plan.chunkKey()))
        .containsExactly(Optional.of("s.t_gho"), Optional.of("s.t_old"), Optional.of("k (id)"));
    Retirement retired = retirement();
    MigrationPlan back = FACTS.byGhost(NAMES, Optional.of(retired), List.of(), COPY, List.of());
    assertThat(back.way()).isEqualTo(Way.REVERT);
    assertThat(back.change()).isEqualTo("back to s.t_gho, retired " + retired.at() + " by: DROP b");
  }

  @Test
  void aRetiredTableIsKnownByWhatBecameOfItsColumns() {
    Retirement retirement = retirement();
    assertThat(retirement.source()).isEqualTo("t");
    assertThat(retirement.renamed()).isEqualTo(Map.of("a", "z"));
    assertThat(retirement.gone()).containsExactly("b");
    assertThat(retirement.computed()).containsExactly("d");
    assertThat(retirement.undo()).containsExactly("undo");
    assertThat(retirement.validated()).containsExactly("fk");
    assertThat(retirement.since()).isNotNull();
    assertThat(List.of(retirement.nowNamed("id"), retirement.nowNamed("a")))
        .containsExactly(Optional.of("id"), Optional.of("z"));
  }

  @Test
  void anExpressionMentionsAColumnAsAWord() {
    assertThat(List.of("a + 1", "x(\"A\")", "`a`||b")).allMatch(Mentions.of("a"));
    assertThat(List.of("ab", "b_a", "$a", "a$", "1a")).noneMatch(Mentions.of("a"));
    assertThat(Mentions.of("a.b").test("axb")).isFalse();
  }
}
