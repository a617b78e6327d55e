package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.Migration;
import dev.ghost.api.MigrationResult;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No acknowledged write is lost, whatever writers do, from before the copy to after the cutover.
 */
@OnServers
class LedgerTest {

  private static final int ROWS = Integer.getInteger("ghost.ledger.rows", 200_000);
  private static final int SEEDS = Integer.getInteger("ghost.ledger.seeds", 2);

  private static final Duration LIMIT = Duration.ofMinutes(5);

  @Provided private Db db;

  @Provided private Server server;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, SEEDS);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyAcknowledgedWriteIsInTheNewTable(long seed) throws Exception {
    try (Schema schema = server.newSchema()) {
      boolean fullSpeed = seed % 2 == 0;
      // Who gives way to writers that never rest is slow, and that is as it should be.
      schema.numbers(fullSpeed ? ROWS : ROWS / 4);
      schema.execute(
          """
          CREATE TABLE t (
            id BIGINT NOT NULL PRIMARY KEY,
            u BIGINT NOT NULL,
            v BIGINT NOT NULL,
            filler VARCHAR(60) NOT NULL DEFAULT 'something to copy for every row there is',
            CONSTRAINT by_u UNIQUE (u))
          """,
          "INSERT INTO t (id, u, v) SELECT i, i, i FROM n");
      Ledger ledger = new Ledger(schema, "t", 4, seed).start();
      MigrationResult result;
      try (ledger) {
        result =
            inTime(
                schema,
                schema
                    .ghost(
                        "t",
                        db == Db.POSTGRES
                            ? "ADD COLUMN note VARCHAR(20) DEFAULT 'new', ALTER COLUMN v TYPE"
                                + " NUMERIC(30)"
                            : "ADD COLUMN note VARCHAR(20) DEFAULT 'new', MODIFY v BIGINT UNSIGNED"
                                + " NOT NULL")
                    .fullSpeed(fullSpeed)
                    .build());
        assertThat(ledger.awaitMore(200, Duration.ofMinutes(1))).as("writers get on").isTrue();
      }
      assertThat(ledger.differences()).as("seed %d", seed).isEmpty();
      assertThat(result.keysApplied()).as("writers were there").isPositive();
      assertThat(schema.tables()).containsExactly("t", "t_old");
      assertThat(schema.hasColumn("t", "note")).isTrue();
      System.out.printf(
          "ledger on %s, seed %d: %,d rows copied, %,d keys applied, %,d transactions, stall %d ms,"
              + " longest %d ms%n",
          db,
          seed,
          result.rowsCopied(),
          result.keysApplied(),
          ledger.acknowledged(),
          result.stall().toMillis(),
          ledger.longestMillis());
    }
  }

  /** The writers never rest: a replay that does not keep up with them would go on for ever. */
  private MigrationResult inTime(Schema schema, Migration ghost) throws Exception {
    CompletableFuture<MigrationResult> run = Async.supply(ghost::run);
    try {
      return run.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      String state = schema.status("t") + "\n" + String.join("\n", schema.running());
      ghost.cancel();
      run.exceptionally(cancelled -> null).join();
      throw new AssertionError("not done in " + LIMIT + ": " + state, e);
    }
  }
}
