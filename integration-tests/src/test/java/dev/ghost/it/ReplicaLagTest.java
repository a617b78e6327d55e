package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.Ghost;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.Progress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;

/** A real replica falls behind: the copy is held until it has caught up. */
@OnBinlogServers
@Timeout(180)
class ReplicaLagTest {

  @Parameter Db db;

  @Test
  void theCopyIsHeldWhileTheReplicaIsBehind() throws Exception {
    BinlogServer source = (BinlogServer) db.server();
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
      BinlogServer source, BinlogServer replica, Consumer<Ghost.Builder> known) throws Exception {
    try (Schema schema = source.newSchema()) {
      schema.numbers(20_000);
      schema.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT NOT NULL)",
          "INSERT INTO t SELECT i, i FROM n");
      AtomicBoolean stopped = new AtomicBoolean();
      AtomicBoolean held = new AtomicBoolean();
      MigrationListener listener =
          new MigrationListener() {
            @Override
            public void progress(Progress p) {
              try {
                if (stopped.compareAndSet(false, true)) {
                  replica.execute("STOP REPLICA SQL_THREAD");
                } else if (p.throttled().contains("behind") && held.compareAndSet(false, true)) {
                  replica.execute("START REPLICA SQL_THREAD");
                }
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            }
          };
      Ghost.Builder ghost = schema.ghost("t", "ADD COLUMN note INT");
      known.accept(ghost);
      ghost.maxLag(Duration.ofSeconds(2)).maxRowsPerSecond(3_000).listener(listener).build().run();
      assertThat(held).as("the copy was held").isTrue();
      assertThat(schema.hasColumn("t", "note")).isTrue();
    }
  }
}
