package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.MigrationBuilder;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real replica falls behind: the copy is held until it has caught up. */
@OnServers(whichHave = Ability.WRITABLE_REPLICAS)
@Timeout(180)
class ReplicaLagTest {

  @Provided private Server server;

  @Test
  void theCopyIsHeldWhileTheReplicaIsBehind() throws Exception {
    BinlogServer source = (BinlogServer) server;
    try (BinlogServer replica = source.replica()) {
      heldWhileBehind(
          source,
          replica,
          ghost -> ghost.replica("mysql://%s:%d/".formatted(replica.host(), replica.port())));
      // Or the server says where its replicas are.
      heldWhileBehind(source, replica, ghost -> ghost.discoverReplicas(true));
    }
  }

  private static void heldWhileBehind(
      BinlogServer source, BinlogServer replica, Consumer<MigrationBuilder> known)
      throws Exception {
    try (Schema schema = source.newSchema()) {
      schema.numbers(20_000);
      schema.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT NOT NULL)",
          "INSERT INTO t SELECT i, i FROM n");
      LagListener listener =
          new LagListener(
              () -> replica.execute("STOP REPLICA SQL_THREAD"),
              () -> replica.execute("START REPLICA SQL_THREAD"));
      MigrationBuilder ghost = schema.ghost("t", "ADD COLUMN note INT");
      known.accept(ghost);
      ghost.maxLag(Duration.ofSeconds(2)).maxRowsPerSecond(3_000).listener(listener).build().run();
      assertThat(listener.held()).as("the copy was held").isTrue();
      assertThat(schema.hasColumn("t", "note")).isTrue();
    }
  }
}
