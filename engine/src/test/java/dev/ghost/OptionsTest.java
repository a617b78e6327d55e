package dev.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.SslMode;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.log.CapturedLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** What is refused before anybody connects. */
class OptionsTest {

  private final Ghost ghost = Ghost.connect("mysql://app@localhost/shop");

  @Test
  void aMigrationNeedsAChange() {
    assertThatThrownBy(() -> ghost.migration("orders").build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("No change is given");
  }

  @Test
  void aWholeStatementHasItsChange() {
    assertThatThrownBy(() -> ghost.statement("ALTER TABLE orders ADD x INT").alter("ADD y INT"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a change too");
  }

  @Test
  void whatIsDroppedCannotBeKeptInStep() {
    MigrationBuilder migration =
        ghost
            .migration("orders")
            .alter("ADD x INT")
            .dropRetired(true)
            .keepInStep(Duration.ofDays(1));
    assertThatThrownBy(migration::build)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--keep-in-step");
  }

  @Test
  void authoritiesAreForAServerThatIsVerified() {
    Path authorities = Path.of("ca.pem");
    assertThatThrownBy(() -> ghost.sslMode(SslMode.REQUIRED).sslCa(authorities).status())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("VERIFY_CA");
    assertThatThrownBy(() -> ghost.sslCa(authorities).status())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("VERIFY_CA");
  }

  /** Nobody listens there. */
  @Test
  void theLogTellsARunFromAPlan() {
    Ghost nobody = Ghost.connect("mysql://app@127.0.0.1:1/shop");
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      Migration change = nobody.migration("orders").alter("ADD x INT").build();
      assertThatThrownBy(change::plan).isInstanceOf(StoppedException.class);
      assertThat(log.lines().get(0)).startsWith("INFO The plan of orders begins");
    }
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      Migration back = nobody.revert("orders").build();
      assertThatThrownBy(back::run).isInstanceOf(StoppedException.class);
      assertThat(log.lines().get(0)).startsWith("INFO The run of orders begins");
    }
  }

  @Test
  void numbersAndTimesHaveLimits() {
    MigrationBuilder migration = ghost.migration("orders");
    assertThatThrownBy(() -> migration.threads(0)).hasMessageContaining("--threads");
    assertThatThrownBy(() -> migration.threads(65)).hasMessageContaining("--threads");
    assertThatThrownBy(() -> migration.cutoverTries(0)).hasMessageContaining("--cutover-tries");
    assertThatThrownBy(() -> migration.lockTimeout(Duration.ZERO))
        .hasMessageContaining("--lock-timeout");
    assertThatThrownBy(() -> migration.maxDisk(0)).hasMessageContaining("--max-disk");
    assertThatThrownBy(() -> migration.maxRowsPerSecond(-1))
        .hasMessageContaining("--max-rows-per-second");
  }
}
