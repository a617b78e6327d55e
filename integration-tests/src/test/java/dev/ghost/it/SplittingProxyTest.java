package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.ExitCode;
import dev.ghost.api.RefusedException;
import dev.ghost.api.SslMode;
import dev.ghost.api.Strategy;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A proxy that leads to more than one server is found out before anything is written. */
@OnServers
@Timeout(180)
class SplittingProxyTest {

  @Provided private Db db;

  @Provided private Server server;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
  }

  @Test
  void readsThatGoToAReplica() throws Exception {
    if (db == Db.POSTGRES) {
      PostgresServer primary = (PostgresServer) server;
      try (PostgresServer.Standby standby = primary.standby();
          SplittingProxy proxy = SplittingProxy.postgres(primary, standby.address())) {
        refusesToSplit(
            proxy,
            () ->
                change(
                    Schema.at("postgresql://postgres@127.0.0.1:%d/test".formatted(proxy.port())),
                    schema.name() + ".t"));
      }
      return;
    }
    BinlogServer primary = (BinlogServer) server;
    try (BinlogServer replica = primary.replica();
        SplittingProxy proxy = SplittingProxy.binlog(primary, replica)) {
      createSplit(server);
      createSplit(replica);
      refusesToSplit(
          proxy,
          () ->
              change(
                  Ghost.connect(
                      "mysql://split@127.0.0.1:%d/%s".formatted(proxy.port(), schema.name())),
                  "t"));
    } finally {
      server.execute("DROP USER IF EXISTS 'split'@'%'");
    }
  }

  /** On the replica it may have been replicated already. */
  private static void createSplit(Server server) throws SQLException {
    server.execute(
        "CREATE USER IF NOT EXISTS 'split'@'%' IDENTIFIED BY ''",
        "GRANT ALL ON *.* TO 'split'@'%'");
  }

  private void refusesToSplit(SplittingProxy proxy, Supplier<MigrationBuilder> ghost)
      throws SQLException {
    List<ThrowingCallable> commands =
        List.of(
            () -> ghost.get().strategy(Strategy.GHOST).build().run(),
            () -> ghost.get().build().run(),
            () -> ghost.get().build().plan());
    for (ThrowingCallable command : commands) {
      assertThat(refused(command).what()).contains("splits reads");
    }
    assertThat(proxy.reads()).as("statements that the replica has got").isPositive();
  }

  @Test
  void connectionsThatLeadToTwoServers() throws Exception {
    try (DedicatedServer other = server.another();
        Proxy proxy = Proxy.balancing(server, other.server())) {
      String url = proxy.url(schema.name());
      RefusedException e =
          refused(() -> change(Schema.at(url), "t").strategy(Strategy.GHOST).build().run());
      assertThat(e.what()).contains("has led to different servers");
      assertThat(e.remedy()).contains("Connect to the server directly");
    }
  }

  /** All writes come to this server, but that does not help. */
  private static MigrationBuilder change(Ghost by, String table) {
    return by.sslMode(SslMode.DISABLED)
        .migration(table)
        .alter("ADD COLUMN x INT")
        .assumeOneWriter(true);
  }

  private RefusedException refused(ThrowingCallable command) throws SQLException {
    RefusedException e = catchThrowableOfType(RefusedException.class, command);
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e.exitCode()).isEqualTo(ExitCode.REFUSED);
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
    return e;
  }
}
