package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real standby falls behind, of which only the server tells. */
@OnServers(whichHave = Ability.STANDBYS)
@Timeout(180)
class StandbyLagTest {

  @Provided private PostgresServer server;

  @Test
  void theCopyIsHeldWhileTheStandbyIsBehind() throws Exception {
    try (PostgresServer.Standby standby = server.standby();
        Schema schema = server.newSchema()) {
      schema.numbers(20_000);
      schema.execute(
          "CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)",
          "INSERT INTO t SELECT i, i FROM n");
      LagListener listener =
          new LagListener(
              () -> standby.sql("SELECT pg_wal_replay_pause()"),
              () -> standby.sql("SELECT pg_wal_replay_resume()"));
      schema
          .ghost("t", "ADD COLUMN note int")
          .discoverReplicas(true)
          .maxLag(Duration.ofSeconds(2))
          .maxRowsPerSecond(3_000)
          .listener(listener)
          .build()
          .run();
      assertThat(listener.held()).as("the copy was held").isTrue();
      assertThat(schema.hasColumn("t", "note")).isTrue();
    }
  }
}
