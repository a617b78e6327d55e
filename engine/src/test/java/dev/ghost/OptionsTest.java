package dev.ghost;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import java.nio.file.Path;
import java.time.Duration;
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
