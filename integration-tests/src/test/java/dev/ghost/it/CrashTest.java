package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The engine dies without a word, in any phase: nobody else notices, and the next run succeeds. */
@OnServers
class CrashTest {

  private static final String CHANGE = "ADD COLUMN note INT";

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.ledgerTable(60_000);
  }

  /** Each run continues behind the one that was killed before it, and comes one phase further. */
  @Test
  void killedInEachPhaseAndRunAgain() throws Exception {
    Ledger ledger = new Ledger(schema, "t", 2, 1).start();
    try (ledger) {
      for (String phase : List.of("prepare", "stream", "copy", "verify", "cutover", "finish")) {
        try (Launcher killed = start()) {
          killed.awaitLine("\"phase\":\"" + phase + "\"");
          killed.kill();
        }
        // The source works and nothing is locked: writers get on.
        assertThat(ledger.awaitMore(50, Duration.ofSeconds(5)))
            .as("writers get on after a kill in the phase " + phase)
            .isTrue();
      }
      try (Launcher last = start()) {
        assertThat(last.exitCode()).as(last.output()).isZero();
      }
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isTrue();
  }

  @Test
  void cleanupRemovesWhatAKilledRunHasLeft() throws Exception {
    try (Launcher first = start()) {
      first.awaitLine("\"phase\":\"copy\"");
      first.kill();
    }
    try (Launcher cleanup = Launcher.start("cleanup", "--url", schema.url(), "--table", "t")) {
      assertThat(cleanup.exitCode()).as(cleanup.output()).isZero();
      assertThat(cleanup.output()).contains("removed ", "_gh");
    }
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
    try (Launcher again = Launcher.start("cleanup", "--url", schema.url(), "--table", "t")) {
      assertThat(again.exitCode()).as(again.output()).isZero();
      assertThat(again.output()).contains("Nothing");
    }
  }

  private Launcher start() throws Exception {
    return Launcher.start(
        "alter", "--url", schema.url(), "--table", "t", "--alter", CHANGE, "--output", "json");
  }
}
