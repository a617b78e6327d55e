package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The command is killed again and again, at moments that a seed chooses, while writers go on. Each
 * run goes on where the one before was; at the end nothing is lost.
 */
@ParameterizedClass
@EnumSource
class ResumeTest {

  private static final int KILLS = Integer.getInteger("ghost.resume.kills", 12);
  private static final long SEED = Long.getLong("ghost.resume.seed", 1);
  private static final String CHANGE = "ADD COLUMN note INT";

  @Parameter Db db;

  private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema = db.server().newSchema();
    schema.numbers(150_000);
    schema.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, CONSTRAINT"
            + " by_u UNIQUE (u))",
        "INSERT INTO t SELECT i, i, i FROM n",
        "CREATE INDEX by_v ON t (v)");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.close();
    }
  }

  @Test
  void killedAgainAndAgain() throws Exception {
    Random random = new Random(SEED);
    List<String> phases = new ArrayList<>();
    Ledger ledger = new Ledger(schema, "t", 2, SEED).start();
    try (ledger) {
      for (int kill = 0; kill < KILLS; kill++) {
        try (Launcher ghost = start("--nice", "1")) {
          ghost.awaitLine("\"phase\":\"stream\"");
          TimeUnit.MILLISECONDS.sleep(random.nextInt(6_000));
          ghost.kill();
          phases.add(ghost.phase());
          if (schema.hasColumn("t", "note")) {
            break;
          }
        }
      }
      try (Launcher last = start()) {
        assertThat(last.exitCode()).as(last.output()).isZero();
        assertThat(last.output()).contains(phases.get(0).equals("stream") ? "" : "goes on where");
      }
    }
    System.out.printf("resume on %s, seed %d: killed in %s%n", db, SEED, phases);
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isTrue();
  }

  private Launcher start(String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "alter",
                "--url",
                schema.url(),
                "--table",
                "t",
                "--alter",
                CHANGE,
                "--output",
                "json",
                "--chunk-time",
                "20ms"));
    arguments.addAll(List.of(more));
    return Launcher.start(arguments.toArray(String[]::new));
  }
}
