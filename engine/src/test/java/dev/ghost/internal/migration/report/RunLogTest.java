package dev.ghost.internal.migration.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.Phase;
import dev.ghost.api.RowRejectedException;
import dev.ghost.internal.log.CapturedLog;
import dev.ghost.internal.request.TableName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** What the log says of a run, and how loud. */
class RunLogTest {

  private static final TableName TABLE = new TableName("shop", "orders");

  private final ProgressReporter reporter = new ProgressReporter(new MigrationListener() {}, TABLE);

  @Test
  void phasesCutoverAndWarningsAreTold() {
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      reporter.phase(Phase.COPY);
      reporter.phase(Phase.CUTOVER);
      reporter.beforeCutover();
      reporter.postponed(
          1,
          "the lock was not granted within 1000 ms. In the way:\n"
              + "  session 12 (app@h) holds a lock on shop.orders, now in Sleep; last statement:"
              + " UPDATE orders SET name = 'geheim' WHERE id = 4711");
      reporter.warning("The server's warning: Duplicate entry 'geheim'");
      reporter.phases();
      assertThat(log.lines())
          .map(l -> l.replaceAll("\\d+ ms$", "N ms"))
          .containsExactly(
              "INFO shop.orders: phase copy begins",
              "INFO shop.orders: phase copy is over after N ms",
              "INFO shop.orders: phase cutover begins",
              "INFO shop.orders: everything is ready for the cutover",
              "INFO shop.orders: cutover attempt 1 is postponed: the lock was not granted within"
                  + " 1000 ms. In the way:\n"
                  + "  session 12 (app@h) holds a lock on shop.orders, now in Sleep; last"
                  + " statement: UPDATE orders SET name = … WHERE id = …",
              "WARNING shop.orders: The server's warning: Duplicate entry '…'",
              "INFO shop.orders: phase cutover is over after N ms");
    }
  }

  @Test
  void aHoldIsForThoseWhoLookClosely() {
    try (CapturedLog log = new CapturedLog(Level.FINE)) {
      reporter.phase(Phase.COPY);
      for (String held : List.of("", "load", "load", "lag", "", "")) {
        reporter.progress(
            1,
            2,
            0,
            0,
            Duration.ZERO,
            Optional.of(held).filter(h -> !h.isEmpty()),
            Optional.empty());
      }
      assertThat(log.lines())
          .filteredOn(l -> l.contains("held"))
          .map(l -> l.replaceAll("\\d+ ms$", "N ms"))
          .containsExactly(
              "FINE shop.orders: held: load",
              "FINE shop.orders: held: lag",
              "FINE shop.orders: no longer held, after N ms");
      assertThat(log.lines()).filteredOn(l -> l.contains("keys pending")).hasSize(1);
    }
  }

  @Test
  void theEndIsTold() {
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      assertThat(RunLog.begins("The plan", Optional.of("1.2")).done(42)).isEqualTo(42);
      assertThat(log.lines()).hasSize(2);
      assertThat(log.lines().get(0)).startsWith("INFO The plan begins: ghost 1.2, Java ");
      assertThat(log.lines().get(1)).matches("INFO The plan is done after \\d+ ms");
    }
  }

  @Test
  void aFailureIsAnErrorAndWhatWasWantedIsNone() {
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      fails(
          new RowRejectedException(
              "A row of shop.orders does not fit the new schema: 'geheim'\n  id = 4711",
              "Change the row.",
              new SQLException("'geheim'")));
      fails(new CancelledException("The run was stopped.", "Run it again."));
      assertThat(log.lines())
          .filteredOn(l -> !l.contains("begins"))
          .map(l -> l.replaceAll("after \\d+ ms", "after N ms"))
          .containsExactly(
              "SEVERE The run has failed after N ms: RowRejectedException, exit code 4: A row of"
                  + " shop.orders does not fit the new schema: '…'",
              "INFO The run was ended after N ms: CancelledException, exit code 6: The run was"
                  + " stopped.");
    }
  }

  private static void fails(GhostException e) {
    assertThat(RunLog.begins("The run", Optional.empty()).failed(e)).isSameAs(e);
  }
}
