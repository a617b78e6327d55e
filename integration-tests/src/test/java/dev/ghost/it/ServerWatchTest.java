package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.api.Footprint;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Order;
import dev.ghost.api.StoppedException;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a run costs, and who is in its way, is shown; and past a limit ends it. */
@ParameterizedClass
@EnumSource
class ServerWatchTest {

  @Parameter Db db;

  private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema = db.server().newSchema();
    schema.numbers(20_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)", "INSERT INTO t SELECT i, i FROM n");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.close();
    }
  }

  private Ghost.Builder ghost() {
    return schema.ghost("t", "ADD COLUMN note INT");
  }

  @Test
  void aRunThatTakesTooLongStopsAndIsResumed() throws Exception {
    StoppedException e =
        catchThrowableOfType(
            StoppedException.class,
            () -> ghost().maxDuration(Duration.ofSeconds(4)).postponeCutover(true).build().run());
    assertThat(e).hasMessageContaining("longer than");
    MigrationResult result = ghost().build().run();
    assertThat(result.warnings()).anyMatch(w -> w.contains("goes on where it was"));
  }

  @Test
  void aGhostThatTakesTooMuchStopsTheRun() throws Exception {
    StoppedException e =
        catchThrowableOfType(
            StoppedException.class,
            () -> ghost().maxDisk(1_000).postponeCutover(true).build().run());
    assertThat(e).hasMessageContaining("are allowed");
    schema.ghost("t", "x").cleanUp();
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void aLongTransactionOnTheTableIsShown() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      reader.createStatement().executeQuery("SELECT COUNT(*) FROM t").close();
      PausingListener listener = new PausingListener();
      CompletableFuture<MigrationResult> run =
          CompletableFuture.supplyAsync(
              () ->
                  ghost()
                      .longTransaction(Duration.ofSeconds(1))
                      .postponeCutover(true)
                      .listener(listener)
                      .build()
                      .run());
      Footprint seen =
          schema.awaitStatus("t", s -> !s.footprint().inTheWay().isEmpty()).footprint();
      assertThat(seen.inTheWay()).singleElement().asString().contains("session");
      assertThat(seen.ghostBytes()).isPositive();
      assertThat(listener.warnings).anyMatch(w -> w.startsWith("The cutover would have to wait"));
      reader.rollback();
      schema.ghost("t", "x").order(new Order(Order.Kind.CUTOVER));
      run.get(60, TimeUnit.SECONDS);
    }
  }
}
