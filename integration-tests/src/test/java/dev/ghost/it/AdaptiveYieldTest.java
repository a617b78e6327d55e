package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.LiveSettings;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The copy gives way to an application that is there, whatever it works on; if it is to. */
@OnServers
@Timeout(120)
class AdaptiveYieldTest {

  private static final int ROWS = 60_000;

  private final PausingListener listener = new PausingListener();
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.ledgerTable(ROWS);
  }

  @Test
  void whoWritesToTheTableIsGivenWayTo() throws Exception {
    Ledger ledger = new Ledger(schema, "t", 2, 1).gently().start();
    try (ledger) {
      run(false);
    }
    assertThat(yielding(Phase.COPY)).contains("gives way to the application: 1 thread");
    assertThat(ledger.differences()).isEmpty();
  }

  @Test
  void whoOnlyReadsAnotherTableIsGivenWayTo() throws Exception {
    try (Connection c = schema.connect();
        Statement statement = c.createStatement();
        BackgroundLoop reads =
            new BackgroundLoop(1, r -> statement.executeQuery("SELECT COUNT(*) FROM n").close())) {
      run(false);
    }
    assertThat(yielding(Phase.COPY)).contains("gives way to the application: 1 thread");
  }

  @Test
  void atFullSpeedNobodyIs() throws Exception {
    try (Ledger ledger = new Ledger(schema, "t", 2, 1).gently().start()) {
      run(true);
    }
    assertThat(listener.progress).extracting(Progress::yielding).containsOnly(Optional.empty());
  }

  @Test
  void itCanBeOrdered() throws Exception {
    try (Ledger ledger = new Ledger(schema, "t", 2, 1).gently().start()) {
      CompletableFuture<MigrationResult> run =
          Async.supply(
              schema.ghost("t", "ADD COLUMN note INT").maxRowsPerSecond(6_000).build()::run);
      MigrationStatus before = schema.awaitStatus("t", s -> s.rowsDone() > 0);
      assertThat(before.yielding()).isEmpty();
      order(false);
      schema.awaitStatus("t", s -> !s.yielding().isEmpty());
      order(true);
      schema.awaitStatus("t", s -> s.yielding().isEmpty());
      schema.ghost().send("t", ControlCommand.set(LiveSettings.NONE.withMaxRowsPerSecond(0)));
      run.get();
    }
  }

  private void order(boolean fullSpeed) {
    schema.ghost().send("t", ControlCommand.set(LiveSettings.NONE.withFullSpeed(fullSpeed)));
  }

  private void run(boolean fullSpeed) {
    schema
        .ghost("t", "ADD COLUMN note INT")
        .fullSpeed(fullSpeed)
        .maxRowsPerSecond(30_000)
        .listener(listener)
        .build()
        .run();
  }

  private List<String> yielding(Phase phase) {
    return listener.progress.stream()
        .filter(p -> p.phase() == phase)
        .map(p -> p.yielding().orElse("").replaceAll(" thread.*", " thread"))
        .toList();
  }
}
