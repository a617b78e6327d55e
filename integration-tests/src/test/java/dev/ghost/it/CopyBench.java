package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Measures, and asserts nothing of time: what a migration takes against the server's own rewrite of
 * the table, in turn with it on the same server; and what the application feels of a cutover. Run
 * by the profile {@code bench}.
 */
@OnServers
@Timeout(value = 6, unit = TimeUnit.HOURS)
class CopyBench {

  private static final int ROWS = Integer.getInteger("ghost.bench.rows", 2_000_000);
  private static final int ROUNDS = Integer.getInteger("ghost.bench.rounds", 5);
  private static final int CUTOVERS = Integer.getInteger("ghost.bench.cutovers", 100);
  private static final int CUTOVERS_OF_A_TABLE = 10;

  @Provided private Db db;

  @Provided private Server server;

  /** One way to change the table. */
  private interface Change {
    void make() throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void wholeAlterAgainstTheServersOwnRewrite(BenchTable.Shape shape) throws Exception {
    try (Schema schema = server.newSchema()) {
      BenchTable table = new BenchTable(db, schema);
      table.load(shape, ROWS);
      List<Double> rewrites = new ArrayList<>();
      List<Double> unverified = new ArrayList<>();
      List<Double> verified = new ArrayList<>();
      List<MigrationResult> results = new ArrayList<>();
      for (int round = 0; round <= ROUNDS; round++) {
        double rewrite = seconds(table::rewrite);
        double without = seconds(() -> table.migrate(false));
        double with = seconds(() -> results.add(table.migrate(true)));
        // The first round warms up.
        if (round > 0) {
          rewrites.add(rewrite);
          unverified.add(without / rewrite);
          verified.add(with / rewrite);
        }
      }
      assertThat(results).allMatch(r -> r.rowsVerified() == ROWS);
      double slowest = Collections.max(verified);
      BenchTable.print(
          db,
          "%s | %,d rows | rewrite %.1f s | %.2fx | with verification %.2fx | the slowest: %.2fx,"
              + " %s",
          shape,
          ROWS,
          BenchTable.median(rewrites),
          BenchTable.median(unverified),
          BenchTable.median(verified),
          slowest,
          phases(results.get(1 + verified.indexOf(slowest))));
    }
  }

  /** With writers that know no rest: their table grows, and is replaced when it has. */
  @Test
  void stallOfTheApplicationAtACutover() throws Exception {
    List<Double> stalls = new ArrayList<>();
    while (stalls.size() < CUTOVERS) {
      try (Schema schema = server.newSchema()) {
        schema.ledgerTable(1_000);
        try (Ledger ledger = new Ledger(schema, "t", 2, 1).start()) {
          for (int i = 0; i < CUTOVERS_OF_A_TABLE; i++) {
            MigrationResult result =
                new BenchTable(db, schema).ghost("ADD COLUMN x%d INT".formatted(i)).build().run();
            stalls.add(result.stall().toNanos() / 1e6);
          }
          ledger.stop();
          assertThat(ledger.differences()).isEmpty();
        }
      }
    }
    BenchTable.print(
        db,
        "stall of writers over %d cutovers under load | p50 %.0f ms | p99 %.0f ms",
        stalls.size(),
        BenchTable.median(stalls),
        BenchTable.at(stalls, 0.99));
  }

  /** The command as a process, start of the JVM included. */
  @Test
  void aSmallTable() throws Exception {
    try (Schema schema = server.newSchema()) {
      schema.numbers(1_000);
      schema.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, v INT)", "INSERT INTO t SELECT i, i FROM n");
      List<Double> times = new ArrayList<>();
      for (int round = 0; round <= ROUNDS; round++) {
        int number = round;
        times.add(
            seconds(
                () -> {
                  try (Launcher command =
                      Launcher.start(
                          // As users start it, not as the tests do.
                          Map.of("GHOST_PASSWORD", Server.PASSWORD, "JAVA_OPTS", ""),
                          "alter",
                          "--url",
                          schema.url(),
                          "--table",
                          "t",
                          "--alter",
                          "ADD COLUMN x%d INT".formatted(number),
                          "--drop-retired")) {
                    assertThat(command.exitCode()).as(command.output()).isZero();
                  }
                }));
      }
      BenchTable.print(
          db,
          "the whole command on 1,000 rows | %.1f s",
          BenchTable.median(times.subList(1, times.size())));
    }
  }

  private static double seconds(Change change) throws Exception {
    long begun = System.nanoTime();
    change.make();
    return (System.nanoTime() - begun) / 1e9;
  }

  private static String phases(MigrationResult result) {
    return result.phases().entrySet().stream()
        .filter(e -> e.getValue().compareTo(Duration.ofMillis(50)) > 0)
        .map(
            e ->
                String.format(
                    Locale.ROOT,
                    "%s %.1f s",
                    e.getKey().name().toLowerCase(Locale.ROOT),
                    e.getValue().toMillis() / 1e3))
        .collect(Collectors.joining(", "));
  }
}
