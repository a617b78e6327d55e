package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.Progress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real standby falls behind, of which only the server tells. */
@Timeout(180)
class StandbyLagTest {

  @Test
  void theCopyIsHeldWhileTheStandbyIsBehind() throws Exception {
    PostgresServer server = PostgresServer.shared();
    try (PostgresServer.Standby standby = server.standby();
        Schema schema = server.newSchema()) {
      schema.numbers(20_000);
      schema.execute(
          "CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)",
          "INSERT INTO t SELECT i, i FROM n");
      AtomicBoolean stopped = new AtomicBoolean();
      AtomicBoolean held = new AtomicBoolean();
      MigrationListener listener =
          new MigrationListener() {
            @Override
            public void progress(Progress p) {
              try {
                if (stopped.compareAndSet(false, true)) {
                  standby.sql("SELECT pg_wal_replay_pause()");
                } else if (p.throttled().contains("behind") && held.compareAndSet(false, true)) {
                  standby.sql("SELECT pg_wal_replay_resume()");
                }
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            }
          };
      schema
          .ghost("t", "ADD COLUMN note int")
          .discoverReplicas(true)
          .maxLag(Duration.ofSeconds(2))
          .maxRowsPerSecond(3_000)
          .listener(listener)
          .build()
          .run();
      assertThat(held).as("the copy was held").isTrue();
      assertThat(schema.hasColumn("t", "note")).isTrue();
    }
  }
}
