package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Measures, and asserts nothing of time: how ghost and an application get on with each other on one
 * server, and how the time grows with the table. Run by the profile {@code bench}.
 */
@OnServers
@Timeout(value = 6, unit = TimeUnit.HOURS)
class LoadBench {

  private static final int ROWS = Integer.getInteger("ghost.bench.rows", 2_000_000);
  private static final int ROUNDS = Integer.getInteger("ghost.bench.rounds", 5);
  private static final int WRITERS = 4;
  private static final int SECONDS_ALONE = 10;

  /** Statements a second of an application that leaves the server nearly idle. */
  private static final double LIGHT = 20;

  private static final int HOT_ROWS = 1_000;
  private static final int HOT_BATCH = 100;
  private static final int HOT_PER_SECOND = 20_000;

  @Provided private Db db;

  @Provided private Server server;

  /** A migration that was made while the application worked, and what that felt of the copy. */
  private record Together(MigrationResult made, Load.Felt felt) {
    double pace() {
      return made.rowsCopied() / (made.phases().get(Phase.COPY).toNanos() / 1e9);
    }
  }

  @Test
  void withAnApplication() throws Exception {
    try (Schema schema = server.newSchema()) {
      BenchTable table = new BenchTable(db, schema);
      table.load(BenchTable.Shape.ONE_INDEX, ROWS);
      table.migrate(true);
      List<Double> light = new ArrayList<>();
      List<Double> half = new ArrayList<>();
      List<Double> full = new ArrayList<>();
      List<Double> throughput = new ArrayList<>();
      List<Double> latencyAtLight = new ArrayList<>();
      List<Double> latencyAtHalf = new ArrayList<>();
      List<Double> latencyAtFull = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        double idle = together(table, null).pace();
        Load.Felt lightAlone = alone(schema, LIGHT);
        Load.Felt alone = alone(schema, 0);
        Load.Felt halfAlone = alone(schema, alone.perSecond() / 2);
        try (Load load = new Load(schema, WRITERS, ROWS, 1, LIGHT)) {
          Together made = together(table, load);
          light.add(made.pace() / idle);
          latencyAtLight.add(made.felt.p99Millis() / lightAlone.p99Millis());
        }
        try (Load load = new Load(schema, WRITERS, ROWS, 1, alone.perSecond() / 2)) {
          Together made = together(table, load);
          half.add(made.pace() / idle);
          latencyAtHalf.add(made.felt.p99Millis() / halfAlone.p99Millis());
        }
        try (Load load = new Load(schema, WRITERS, ROWS, 1, 0)) {
          Together made = together(table, load);
          full.add(made.pace() / idle);
          throughput.add(made.felt.perSecond() / alone.perSecond());
          latencyAtFull.add(made.felt.p99Millis() / alone.p99Millis());
        }
      }
      BenchTable.print(
          db,
          "with %d writers, %,d rows | pace of the copy at %.0f statements/s %.2f of idle, at half"
              + " load %.2f, at full load %.2f | writers' throughput at full load %.2f of alone |"
              + " their p99 at %.0f statements/s %.1fx, at half load %.1fx, at full load %.1fx",
          WRITERS,
          ROWS,
          LIGHT,
          BenchTable.median(light),
          BenchTable.median(half),
          BenchTable.median(full),
          BenchTable.median(throughput),
          LIGHT,
          BenchTable.median(latencyAtLight),
          BenchTable.median(latencyAtHalf),
          BenchTable.median(latencyAtFull));
    }
  }

  private static Load.Felt alone(Schema schema, double perSecond) throws Exception {
    try (Load load = new Load(schema, WRITERS, ROWS, 1, perSecond)) {
      // What they feel before their statements are known to the server is not meant.
      TimeUnit.SECONDS.sleep(2);
      load.felt();
      TimeUnit.SECONDS.sleep(SECONDS_ALONE);
      return load.felt();
    }
  }

  /**
   * @param load the application; null without one
   */
  private static Together together(BenchTable table, Load load) {
    Load.Felt[] felt = new Load.Felt[1];
    MigrationListener listener =
        new MigrationListener() {
          @Override
          public void phaseStarted(Phase phase) {
            if (load != null && (phase == Phase.COPY || phase == Phase.VERIFY)) {
              felt[0] = load.felt();
            }
          }
        };
    MigrationResult made = table.ghost(table.flip()).listener(listener).build().run();
    return new Together(made, felt[0]);
  }

  /** A few rows that are updated all the time, and do not keep the rest from coming through. */
  @Test
  void aHotSet() throws Exception {
    try (Schema schema = server.newSchema()) {
      BenchTable table = new BenchTable(db, schema);
      table.load(BenchTable.Shape.ONE_INDEX, ROWS / 4);
      MigrationResult made;
      Load.Felt felt;
      try (Load load = new Load(schema, 2, HOT_ROWS, HOT_BATCH, 1.0 * HOT_PER_SECOND / HOT_BATCH)) {
        load.felt();
        made = table.migrate(true);
        felt = load.felt();
      }
      assertThat(made.rowsVerified()).isGreaterThan(0);
      BenchTable.print(
          db,
          "%,d rows, of which %,d take %,.0f updates/s | %.1f s, stall %d ms",
          ROWS / 4,
          HOT_ROWS,
          felt.perSecond() * HOT_BATCH,
          made.phases().values().stream().mapToLong(d -> d.toMillis()).sum() / 1e3,
          made.stall().toMillis());
    }
  }

  /** From a quarter of the rows to four times as many. */
  @Test
  void growth() throws Exception {
    List<String> perRow = new ArrayList<>();
    double first = 0;
    for (int rows = ROWS / 4; rows <= 4L * ROWS; rows *= 2) {
      try (Schema schema = server.newSchema()) {
        BenchTable table = new BenchTable(db, schema);
        table.load(BenchTable.Shape.ONE_INDEX, rows);
        table.migrate(true);
        List<Double> nanos = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
          long begun = System.nanoTime();
          table.migrate(true);
          nanos.add((System.nanoTime() - begun) / (double) rows);
        }
        double median = BenchTable.median(nanos);
        first = first == 0 ? median : first;
        perRow.add(String.format(Locale.ROOT, "%,d: %.2f", rows, median / first));
      }
    }
    BenchTable.print(
        db, "time for a row, with verification, by number of rows | %s", String.join(", ", perRow));
  }
}
