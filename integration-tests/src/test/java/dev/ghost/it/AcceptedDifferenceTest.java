package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.RefusedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A difference that no list of types tells, and only the sample finds: what becomes of fractions of
 * a second is a setting of the user's own; on PostgreSQL, an expression gives another value each
 * time. Where it is accepted, all that tells of the run says so.
 */
@OnServers(otherVersions = Db.MARIADB)
class AcceptedDifferenceTest {

  @Provided private Db db;
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    if (db == Db.POSTGRES) {
      schema.execute("CREATE TABLE t (id int PRIMARY KEY, d int)");
    } else {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY, d DATETIME(3))");
    }
    String value = db == Db.POSTGRES ? "7" : "'2026-01-01 10:00:00.700'";
    schema.execute("INSERT INTO t VALUES (1, %1$s), (2, %1$s)".formatted(value));
  }

  private MigrationBuilder ghost() {
    return switch (db) {
      case POSTGRES -> schema.ghost("t", "ALTER d TYPE int USING (random() * 1000000000)::int");
      case MYSQL -> inMode("TIME_TRUNCATE_FRACTIONAL");
      case MARIADB -> inMode("TIME_ROUND_FRACTIONAL");
    };
  }

  private MigrationBuilder inMode(String mode) {
    return schema.ghost(
        Schema.at(
            schema.url() + "?sessionVariables=sql_mode='STRICT_ALL_TABLES,%s'".formatted(mode)),
        "t",
        "MODIFY d DATETIME");
  }

  private static void assertTold(List<String> differences) {
    assertThat(differences)
        .isNotEmpty()
        .allMatch(d -> d.startsWith("d of the row with id = "))
        .allMatch(d -> d.contains(" by the server's own ALTER, and "));
  }

  @Test
  void itIsRefused() throws Exception {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> ghost().build().run());
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e.what()).startsWith("The column d of the row with id = 1 is ");
    assertThat(e.remedy()).contains("--accept-difference d");
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void whereItIsAcceptedAllSaySo() throws Exception {
    Migration first = ghost().acceptDifference("d").postponeCutover(true).build();
    CompletableFuture<MigrationResult> run = Async.supply(first::run);
    MigrationStatus status =
        schema.awaitStatus("t", s -> s.phase().equals("cutover") && s.postponed());
    assertTold(status.acceptedDifferences());
    first.stop();
    assertThat(run)
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(CancelledException.class);
    assertTold(schema.status("t").orElseThrow().acceptedDifferences());

    // A run that continues does not compare again, and knows it nevertheless.
    MigrationPlan plan = ghost().acceptDifference("d").build().plan();
    assertTold(plan.comparison().orElseThrow().differences());
    MigrationResult made = ghost().acceptDifference("d").build().run();
    assertTold(made.acceptedDifferences());
    if (db != Db.POSTGRES) {
      assertThat(schema.rows("SELECT CAST(d AS CHAR) FROM t ORDER BY id"))
          .containsOnly(db == Db.MYSQL ? "2026-01-01 10:00:01" : "2026-01-01 10:00:00");
    }
  }
}
