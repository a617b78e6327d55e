package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.api.Phase;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.AFUNIXServerSocket;
import org.newsclub.net.unix.AFUNIXSocketAddress;

/** A server that is reached by its socket in the file system, where the change stream can. */
@OnServers(whichHave = Ability.UNIX_SOCKET)
@Timeout(120)
class UnixSocketTest {

  @Provided private PostgresServer server;

  /** Nobody listens there but for the socket, which has the number in its name. */
  private final int port = Server.freePort();

  @TempDir Path folder;

  @Test
  void postgres() throws Exception {
    AFUNIXSocketAddress socket =
        AFUNIXSocketAddress.of(folder.resolve(".s.PGSQL." + port).toFile());
    try (Proxy entrance = new Proxy(server, AFUNIXServerSocket.bindOn(socket));
        Schema schema = server.newSchema()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1)");
      schema
          .ghost(
              Schema.at(
                      schema.url().replace("@%s:%d/".formatted(server.host(), server.port()), "@/")
                          + "&host=%s&port=%d".formatted(folder, port))
                  .sslMode(SslMode.REQUIRED),
              "t",
              "ADD COLUMN note INT")
          .listener(
              new PausingListener()
                  .at(
                      Phase.VERIFY,
                      () -> {
                        try (Connection c = schema.connect();
                            Statement s = c.createStatement()) {
                          s.execute("UPDATE t SET v = 2");
                          s.execute("INSERT INTO t VALUES (2, 3)");
                        }
                      }))
          .build()
          .run();
      assertThat(schema.rows("SELECT id, v, note FROM t ORDER BY id"))
          .containsExactly("1|2|null", "2|3|null");
      assertThat(entrance.cuts()).isZero();
    }
  }

  @Test
  void mysqlIsRefused() {
    UsageException e =
        catchThrowableOfType(
            UsageException.class,
            () ->
                Ghost.connect("mysql://app@/shop?host=" + folder)
                    .migration("t")
                    .alter("ADD COLUMN note INT")
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("over TCP only");
    assertThat(e.remedy()).contains("127.0.0.1");
  }
}
