package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.ExitCode;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pooler between ghost and the server is refused, unless each connection is a session. */
@OnServers(whichHave = Ability.POOLERS, otherVersions = Db.POSTGRES)
@Timeout(180)
class PoolerTest {

  @TempDir Path folder;

  @Provided private PostgresServer server;
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    PgBouncer.assumeInstalled();
    schema.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
  }

  @ParameterizedTest(name = "{0}, {1} sessions")
  @CsvSource({"transaction, 1", "transaction, 2", "transaction, 5", "statement, 2"})
  void whereSessionsChange(String mode, int size) throws Exception {
    try (PgBouncer pooler = new PgBouncer(server, mode, size, folder)) {
      List<ThrowingCallable> commands =
          List.of(
              () -> ghost(pooler, Strategy.GHOST).build().run(),
              () -> ghost(pooler, Strategy.AUTO).build().run(),
              () -> ghost(pooler, Strategy.AUTO).build().plan());
      for (ThrowingCallable command : commands) {
        RefusedException e = refused(command);
        assertThat(e.what()).contains("A pooler in %s mode".formatted(mode));
        assertThat(e.remedy()).contains("pool_mode = session");
      }
    }
  }

  @Test
  void whatTheServerMakesItselfIsMadeInSessionMode() throws Exception {
    try (PgBouncer pooler = new PgBouncer(server, "session", 40, folder)) {
      MigrationResult result = ghost(pooler, Strategy.AUTO).build().run();
      assertThat(result.way()).isEqualTo(Way.METADATA);
      assertThat(schema.hasColumn("t", "x")).isTrue();
    }
  }

  @Test
  void aGhostNeedsALoginForReplication() throws Exception {
    Assumptions.assumeFalse(PgBouncer.replicates(), "skipped: this pgbouncer passes it on");
    try (PgBouncer pooler = new PgBouncer(server, "session", 40, folder)) {
      RefusedException e = refused(() -> ghost(pooler, Strategy.GHOST).build().run());
      assertThat(e.what()).contains("refuses the login", "replication");
      assertThat(e.remedy()).startsWith("Connect to the server directly.");
    }
  }

  private RefusedException refused(ThrowingCallable command) throws Exception {
    RefusedException e = catchThrowableOfType(RefusedException.class, command);
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e.exitCode()).isEqualTo(ExitCode.REFUSED);
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
    return e;
  }

  /** The pooler takes no schema at the login, so it is in the table's name. */
  private MigrationBuilder ghost(PgBouncer pooler, Strategy strategy) {
    return Schema.at(pooler.url())
        .migration(schema.name() + ".t")
        .alter("ADD COLUMN x int")
        .strategy(strategy);
  }
}
