package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.MigrationBuilder;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real replica falls behind: the copy is held until it has caught up. */
@OnServers
@Timeout(180)
class ReplicaLagTest {

  @Provided private Server server;

  @Needs(Ability.WRITABLE_REPLICAS)
  @Test
  void theCopyIsHeldWhileTheReplicaIsBehind() throws Exception {
    BinlogServer source = (BinlogServer) server;
    try (BinlogServer replica = source.replica()) {
      heldWhileBehind(
          of(replica),
          ghost -> ghost.replica("mysql://%s:%d/".formatted(replica.host(), replica.port())));
      // Or the server says where its replicas are.
      heldWhileBehind(of(replica), ghost -> ghost.discoverReplicas(true));
    }
  }

  private static LagListener of(BinlogServer replica) {
    return new LagListener(
        () -> replica.execute("STOP REPLICA SQL_THREAD"),
        () -> replica.execute("START REPLICA SQL_THREAD"));
  }

  /** Of which only the server tells. */
  @Needs(Ability.STANDBYS)
  @Test
  void theCopyIsHeldWhileTheStandbyIsBehind() throws Exception {
    try (PostgresServer.Standby standby = ((PostgresServer) server).standby()) {
      heldWhileBehind(
          new LagListener(
              () -> standby.sql("SELECT pg_wal_replay_pause()"),
              () -> standby.sql("SELECT pg_wal_replay_resume()")),
          ghost -> ghost.discoverReplicas(true));
    }
  }

  private void heldWhileBehind(LagListener listener, UnaryOperator<MigrationBuilder> known)
      throws Exception {
    try (Schema schema = server.newSchema()) {
      schema.numbers(20_000);
      schema.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT NOT NULL)",
          "INSERT INTO t SELECT i, i FROM n");
      known
          .apply(schema.ghost("t", "ADD COLUMN note INT"))
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
