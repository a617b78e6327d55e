package dev.ghost.internal.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.MigrationPlan;
import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.plan.PlanFacts;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An estimate is made from the first rows, and leaves none of them. */
class SampleTest {

  private final FakeDatabase database = new FakeDatabase();
  private final PlannedMigration planned =
      database.planned((method, a) -> method.equals("plan") ? plan() : Fake.DEFAULT);

  private static MigrationPlan plan() {
    TableName table = new TableName("s", "t");
    return new PlanFacts("a fake database", table, "ADD c INT", 1_000_000_000_000L, 0)
        .byGhost(
            TableNames.of(table, 64),
            Optional.empty(),
            List.of(),
            new PlanFacts.Copy("PRIMARY (id)", List.of("id")),
            List.of());
  }

  @Test
  void aTableOfFewRowsIsNotWorthAnEstimate() throws Exception {
    database.withRows(4_999);
    assertThat(Sample.estimate(database.session(), planned)).isEmpty();
    assertThat(database.count("write")).isZero();
  }

  @Test
  void theFirstRowsAreCopiedTwiceAndNothingStays() throws Exception {
    database.withRows(6_000);
    assertThat(Sample.estimate(database.session(), planned))
        .hasValueSatisfying(d -> assertThat(d).isGreaterThan(Duration.ofSeconds(100)));
    assertThat(database.count("write")).isEqualTo(2);
    assertThat(database.count("commit")).as("for the cut alone").isOne();
    assertThat(database.ghost).isEmpty();
  }

  @Test
  void rowsThatCannotBeCopiedAreTold() {
    database.withRows(6_000).fails("write", ErrorClass.MISFIT);
    assertThatThrownBy(() -> Sample.estimate(database.session(), planned))
        .isInstanceOf(SQLException.class);
  }
}
