package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Way;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A change that adds a foreign key: made without a look at the rows, and validated later. */
@OnServers(whichHave = Ability.NOT_VALID)
class NewForeignKeyTest {

  private static final String ADD_KEY = "ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES parent";

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(40), mail text, n int)",
        "INSERT INTO t SELECT i, 'name' || i, 'm' || i || '@x', i FROM n");
  }

  @Test
  void aNewForeignKeyThatDoesNotHoldStopsTheRun() throws Exception {
    schema.execute(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "INSERT INTO parent SELECT i FROM n WHERE i < 5000");
    GhostException e =
        failing(
            GhostException.class,
            schema.ghost("t", "ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES parent"));
    assertThat(e).hasMessageContaining("5000");
  }

  private void makeParent() throws Exception {
    schema.execute(
        "CREATE TABLE parent (id int PRIMARY KEY, v int)", "INSERT INTO parent SELECT i, 0 FROM n");
  }

  private String isValidated(String key) throws Exception {
    return schema.value(
        "SELECT convalidated FROM pg_constraint WHERE conrelid = 't'::regclass AND conname = '%s'"
            .formatted(key));
  }

  /** Neither when the ghost is made, nor when its rows are looked at, nor at the swap. */
  @Test
  void aNewForeignKeyKeepsNobodyFromWritingToItsParent() throws Exception {
    makeParent();
    AtomicLong longest = new AtomicLong();
    try (Connection inTheWay = schema.connect();
        Connection other = schema.connect();
        Statement update = other.createStatement()) {
      inTheWay.setAutoCommit(false);
      inTheWay.createStatement().executeUpdate("UPDATE parent SET v = 1 WHERE id = 1");
      try (BackgroundLoop writer =
          new BackgroundLoop(
              1,
              r -> {
                long begun = System.nanoTime();
                update.executeUpdate("UPDATE parent SET v = v + 1 WHERE id = 7");
                longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
                TimeUnit.MILLISECONDS.sleep(2);
              })) {
        CompletableFuture<MigrationResult> run =
            Async.supply(schema.ghost("t", ADD_KEY).build()::run);
        TimeUnit.SECONDS.sleep(3);
        assertThat(run).as("it waits for the parent's lock").isNotDone();
        inTheWay.commit();
        assertThat(run.get(2, TimeUnit.MINUTES).way()).isEqualTo(Way.GHOST);
      }
    }
    assertThat(Duration.ofNanos(longest.get())).isLessThan(Duration.ofMillis(1_500));
    assertThat(isValidated("fk")).isEqualTo("t");
  }

  /** The ghost still has a row that is gone, until that is replayed. */
  @Test
  void aNewForeignKeyForbidsNothingBeforeTheSwap() throws Exception {
    makeParent();
    schema
        .ghost("t", ADD_KEY + ", ADD up int REFERENCES t, ADD COLUMN note int")
        .listener(
            new PausingListener()
                .at(
                    Phase.CUTOVER,
                    () ->
                        schema.execute(
                            "DELETE FROM t WHERE id = 5", "DELETE FROM parent WHERE id = 5")))
        .build()
        .run();
    assertThat(schema.count("t")).isEqualTo(4_999);
    assertThat(isValidated("fk")).isEqualTo("t");
    assertThat(isValidated("t_up_fkey")).isEqualTo("t");
    for (String forbidden : List.of("DELETE FROM parent WHERE id = 6", "UPDATE t SET up = -1")) {
      assertThatThrownBy(() -> schema.execute(forbidden)).hasMessageContaining("foreign key");
    }
    schema.execute("DROP TABLE t_old", "UPDATE t SET up = id");
  }

  private <T extends GhostException> T failing(Class<T> kind, MigrationBuilder ghost) {
    T e = catchThrowableOfType(kind, () -> ghost.build().run());
    assertThat(e).as("it did not fail").isNotNull();
    assertNothingIsLeft();
    return e;
  }

  private void assertNothingIsLeft() {
    try {
      assertThat(schema.leftovers()).isEmpty();
      assertThat(schema.tables()).contains("t").doesNotContain("t_old");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
