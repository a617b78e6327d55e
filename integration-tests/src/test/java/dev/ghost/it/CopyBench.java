package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.Ghost;
import dev.ghost.api.MigrationResult;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Measures, and asserts nothing of time: what a migration takes against the server's own rewrite of
 * the table, in turn with it on the same server; and what the application feels of a cutover. Run
 * by the profile {@code bench}.
 */
@ParameterizedClass
@EnumSource
@Timeout(value = 6, unit = TimeUnit.HOURS)
class CopyBench {

  private static final int ROWS = Integer.getInteger("ghost.bench.rows", 2_000_000);
  private static final int ROUNDS = Integer.getInteger("ghost.bench.rounds", 5);
  private static final int CUTOVERS = Integer.getInteger("ghost.bench.cutovers", 100);

  @Parameter Db db;

  /** Tables of about 200 bytes a row. */
  private enum Shape {
    ONE_INDEX,
    FIVE_INDEXES,
    RANDOM_KEY
  }

  /** One way to change the table. */
  private interface Change {
    void make() throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void wholeAlterAgainstTheServersOwnRewrite(Shape shape) throws Exception {
    try (Schema schema = db.server().newSchema()) {
      load(schema, shape);
      List<Double> rewrites = new ArrayList<>();
      List<Double> unverified = new ArrayList<>();
      List<Double> verified = new ArrayList<>();
      List<MigrationResult> results = new ArrayList<>();
      for (int round = 0; round <= ROUNDS; round++) {
        double rewrite = seconds(() -> rewrite(schema));
        double without = seconds(() -> migrate(schema, false));
        double with = seconds(() -> results.add(migrate(schema, true)));
        // The first round warms up.
        if (round > 0) {
          rewrites.add(rewrite);
          unverified.add(without / rewrite);
          verified.add(with / rewrite);
        }
      }
      assertThat(results).allMatch(r -> r.rowsVerified() == ROWS);
      double slowest = Collections.max(verified);
      System.out.printf(
          Locale.ROOT,
          "BENCH | %s | %s | %,d rows | rewrite %.1f s | %.2fx | with verification %.2fx | the"
              + " slowest: %.2fx, %s%n",
          db,
          shape,
          ROWS,
          median(rewrites),
          median(unverified),
          median(verified),
          slowest,
          phases(results.get(1 + verified.indexOf(slowest))));
    }
  }

  /** With writers that know no rest. */
  @Test
  void stallOfTheApplicationAtACutover() throws Exception {
    try (Schema schema = db.server().newSchema()) {
      schema.numbers(1_000);
      schema.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, CONSTRAINT"
              + " by_u UNIQUE (u))",
          "INSERT INTO t SELECT i, i, i FROM n");
      List<Double> stalls = new ArrayList<>();
      try (Ledger ledger = new Ledger(schema, "t", 2, 1).start()) {
        for (int i = 0; i < CUTOVERS; i++) {
          MigrationResult result = ghost(schema, "ADD COLUMN x%d INT".formatted(i)).build().run();
          stalls.add(result.stall().toNanos() / 1e6);
        }
        ledger.stop();
        assertThat(ledger.differences()).isEmpty();
      }
      System.out.printf(
          Locale.ROOT,
          "BENCH | %s | stall of writers over %d cutovers under load | p50 %.0f ms | p99 %.0f ms%n",
          db,
          CUTOVERS,
          median(stalls),
          at(stalls, 0.99));
    }
  }

  /** The command as a process, start of the JVM included. */
  @Test
  void aSmallTable() throws Exception {
    try (Schema schema = db.server().newSchema()) {
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
      System.out.printf(
          Locale.ROOT,
          "BENCH | %s | the whole command on 1,000 rows | %.1f s%n",
          db,
          median(times.subList(1, times.size())));
    }
  }

  private Ghost.Builder ghost(Schema schema, String change) {
    return schema.ghost("t", change).dropRetired(true);
  }

  private MigrationResult migrate(Schema schema, boolean verify) {
    return ghost(schema, flip(schema)).verify(verify).build().run();
  }

  /** What the server does when it is told to make the change itself. */
  private void rewrite(Schema schema) throws SQLException {
    schema.execute("ALTER TABLE t " + flip(schema) + (db == Db.POSTGRES ? "" : ", ALGORITHM=COPY"));
  }

  /** A change that makes every server write each row again. */
  private String flip(Schema schema) {
    String type;
    try {
      type =
          schema.value(
              "SELECT data_type FROM information_schema.columns WHERE table_schema = '%s' AND table_name = 't' AND column_name = 'k'"
                  .formatted(schema.name()));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    String other = type.equals("bigint") ? "int" : "bigint";
    return db == Db.POSTGRES
        ? "ALTER COLUMN k TYPE " + other
        : "MODIFY k %s NOT NULL".formatted(other);
  }

  private void load(Schema schema, Shape shape) throws SQLException {
    schema.numbers(ROWS);
    boolean postgres = db == Db.POSTGRES;
    Function<String, String> hash =
        i -> postgres ? "md5((%s)::text)".formatted(i) : "LEFT(SHA2(%s, 256), 32)".formatted(i);
    boolean random = shape == Shape.RANDOM_KEY;
    String key = random ? (postgres ? "uuid" : "BINARY(16)") : "INT";
    String id = "i";
    if (random) {
      id = postgres ? hash.apply("i") + "::uuid" : "UNHEX(%s)".formatted(hash.apply("i"));
    }
    schema.execute(
        "CREATE TABLE t (id %s PRIMARY KEY, k INT NOT NULL, a INT NOT NULL, b INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL)"
            .formatted(key),
        "INSERT INTO t SELECT %s, i %% 1000003 * 7 %% 1000003, i %% 9973 * 1009 %% 1000003, i %% 1000, CONCAT(%s, %s, %s), %s FROM n"
            .formatted(
                id, hash.apply("i"), hash.apply("i + 1"), hash.apply("i + 2"), hash.apply("i + 3")),
        "CREATE INDEX by_k ON t (k)");
    if (shape == Shape.FIVE_INDEXES) {
      schema.execute(
          "CREATE INDEX by_a ON t (a)",
          "CREATE INDEX by_b ON t (b, a)",
          "CREATE INDEX by_c ON t (c)",
          "CREATE INDEX by_pad ON t (pad, k)");
    }
    schema.execute(postgres ? "ANALYZE t" : "ANALYZE TABLE t");
  }

  private static double seconds(Change change) throws Exception {
    long begun = System.nanoTime();
    change.make();
    return (System.nanoTime() - begun) / 1e9;
  }

  private static double median(List<Double> values) {
    return at(values, 0.5);
  }

  private static double at(List<Double> values, double part) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * part)));
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
