package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.ExitCode;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that are read-only, or not the only ones that take writes, are refused by name. */
@OnServers
@Timeout(180)
class RefusedServerTest {

  @Provided private Server server;

  @Needs(Ability.READ_ONLY_SERVER)
  @Test
  void aServerThatIsReadOnly() throws Exception {
    try (Schema schema = server.newSchema()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)");
      List<ThrowingCallable> commands =
          List.of(
              () -> schema.ghost("t", "ADD COLUMN x INT").build().run(),
              () ->
                  schema
                      .ghost("t", "ADD COLUMN x INT")
                      .strategy(Strategy.AUTO)
                      .assumeOneWriter(true)
                      .build()
                      .run(),
              () -> schema.ghost("t", "ADD COLUMN x INT").build().plan(),
              () -> schema.ghost().script("ALTER TABLE t ADD COLUMN x INT").build().run(),
              () -> schema.ghost().script("ALTER TABLE t ADD COLUMN x INT").build().plan(),
              () -> schema.revert("t").build().run());
      server.execute("SET GLOBAL read_only = ON");
      try {
        for (ThrowingCallable command : commands) {
          RefusedException e = refused(command);
          assertThat(e.what())
              .contains(schema.value("SELECT @@hostname") + ":")
              .endsWith("is read-only: read_only is ON.");
          assertThat(e.remedy()).contains("SET GLOBAL read_only = OFF;");
        }
      } finally {
        server.execute("SET GLOBAL read_only = OFF");
      }
      assertThat(schema.tables()).containsExactly("t");
      schema.ghost("t", "ADD COLUMN x INT").build().run();
    }
  }

  /** A pair of servers each of which replicates from the other is two of these. */
  @Needs(Ability.WRITABLE_REPLICAS)
  @Test
  void aReplicaThatCanBeWrittenTo() throws Exception {
    try (BinlogServer replica = ((BinlogServer) server).replica();
        Schema schema = replica.newSchema()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)");
      RefusedException e = refused(() -> schema.ghost("t", "ADD COLUMN x INT").build().run());
      assertThat(e.what()).containsPattern(" replicates from [0-9.]+:3306, and is not read-only");
      assertThat(e.remedy()).contains("--assume-one-writer");
      assertThat(schema.tables()).containsExactly("t");
      schema.ghost("t", "ADD COLUMN x INT").assumeOneWriter(true).build().run();
      assertThat(schema.hasColumn("t", "x")).isTrue();
      replica.execute("SET GLOBAL read_only = ON");
      assertThat(refused(() -> schema.ghost("t", "DROP COLUMN x").build().run()).remedy())
          .containsPattern("Connect to [0-9.]+:3306");
      replica.execute("STOP REPLICA", "SET GLOBAL read_only = OFF");
      schema.execute("DROP TABLE t_old");
      schema.ghost("t", "DROP COLUMN x").build().run();
      assertThat(schema.hasColumn("t", "x")).as("it is no replica now").isFalse();
    }
  }

  @Needs(Ability.STANDBYS)
  @Test
  void aStandby() throws Exception {
    try (PostgresServer.Standby standby = ((PostgresServer) server).standby();
        Schema schema = server.newSchema()) {
      schema.execute("CREATE TABLE t (id int PRIMARY KEY)");
      InetSocketAddress there = standby.address();
      MigrationBuilder ghost =
          Ghost.connect(
                  "postgresql://postgres@%s:%d/test"
                      .formatted(there.getHostString(), there.getPort()))
              .password(Server.PASSWORD)
              .migration(schema.name() + ".t")
              .alter("ADD COLUMN x int");
      for (ThrowingCallable command :
          List.<ThrowingCallable>of(() -> ghost.build().run(), () -> ghost.build().plan())) {
        RefusedException e = refused(command);
        assertThat(e.what()).endsWith(":5433 is a standby, which is read-only.");
        assertThat(e.remedy()).isEqualTo("Connect to the primary, 127.0.0.1:5432.");
      }
    }
  }

  /** A default is no obstacle: one of ghost's sessions sets it for itself. */
  @Needs(Ability.SETTINGS_OF_A_DATABASE)
  @Test
  void aDatabaseWhoseTransactionsOnlyReadUnlessTheySayOtherwise() throws Exception {
    try (Schema schema = server.newSchema()) {
      schema.execute("CREATE TABLE t (id int PRIMARY KEY)");
      server.execute("ALTER DATABASE test SET default_transaction_read_only = on");
      try {
        MigrationPlan plan = schema.ghost("t", "ADD COLUMN x int").build().plan();
        assertThat(plan.way()).isEqualTo(Way.GHOST);
      } finally {
        // A session of that database could not.
        try (Connection c =
                DriverManager.getConnection(
                    "jdbc:postgresql://%s:%d/postgres".formatted(server.host(), server.port()),
                    "postgres",
                    Server.PASSWORD);
            Statement s = c.createStatement()) {
          s.execute("ALTER DATABASE test RESET default_transaction_read_only");
        }
      }
    }
  }

  private static RefusedException refused(ThrowingCallable command) {
    RefusedException e = catchThrowableOfType(RefusedException.class, command);
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e.exitCode()).isEqualTo(ExitCode.REFUSED);
    return e;
  }
}
