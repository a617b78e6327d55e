package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.api.LoginException;
import dev.ghost.api.Phase;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All connections, the change stream's among them, are protected as wanted. */
@OnServers
@Timeout(120)
class TlsTest {

  @Provided private Server server;

  @TempDir Path folder;

  @Test
  void theServersAuthorityIsTrustedAndNoOther() throws Exception {
    try (Server.Tls tls = server.tls();
        Schema schema = tls.server().newSchema()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
      Path ca = Files.writeString(folder.resolve("ca.pem"), tls.authority());
      List<String> open = new ArrayList<>();
      // The tests' own need no protection.
      try (Connection c = schema.connect()) {
        List<String> ours = tls.unprotected(c);
        schema
            .ghost("t", "ADD COLUMN note INT")
            .sslMode(SslMode.VERIFY_CA)
            .sslCa(ca)
            .listener(new PausingListener().at(Phase.VERIFY, () -> open.addAll(tls.unprotected(c))))
            .build()
            .run();
        open.removeAll(ours);
      }
      assertThat(open).as("connections in the clear").isEmpty();
      assertThat(schema.hasColumn("t", "note")).isTrue();
      Path other = Files.writeString(folder.resolve("other.pem"), SelfSigned.make().certificate());
      assertThat(
              catchThrowableOfType(
                  LoginException.class,
                  () ->
                      schema
                          .ghost("t", "DROP COLUMN note")
                          .sslMode(SslMode.VERIFY_CA)
                          .sslCa(other)
                          .build()
                          .run()))
          .hasMessageContaining("--ssl-ca")
          .hasMessageMatching("(?s).*(trust anchors|Signature does not match).*");
      assertThat(schema.hasColumn("t", "note")).isTrue();
    }
  }

  /** What the first connection asks for, each later one asks for, the change stream's too. */
  @ParameterizedTest
  @EnumSource
  void theCertificateIsCheckedByEachLaterConnection(Cut cut) throws Exception {
    try (Server.Tls tls = server.tls();
        Schema schema = tls.server().newSchema();
        Proxy proxy = new Proxy(tls.server())) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
      Path ca = Files.writeString(folder.resolve("ca.pem"), tls.authority());
      List<String> first = new ArrayList<>();
      LoginException e =
          catchThrowableOfType(
              LoginException.class,
              () ->
                  schema
                      .ghost("t", "ADD COLUMN note INT")
                      .url(proxy.url(schema.name()))
                      .sslMode(SslMode.VERIFY_CA)
                      .sslCa(ca)
                      .postponeCutover(true)
                      .listener(
                          new PausingListener()
                              .at(
                                  Phase.CUTOVER,
                                  () -> {
                                    tls.replaceCertificate();
                                    first.addAll(streams(tls.server()));
                                    cut(cut, tls.server(), proxy);
                                  }))
                      .build()
                      .run());
      assertThat(e).as("the run went on, or ended in another way").isNotNull();
      assertThat(e).hasMessageContaining("certificate");
      // The server may not have noticed yet that the first one is cut.
      assertThat(first).isNotEmpty().containsAll(streams(tls.server()));
      assertThat(schema.hasColumn("t", "note")).isFalse();
      schema.ghost("t", "ADD COLUMN note INT").cleanUp();
    }
  }

  private static List<String> streams(Server server) throws Exception {
    try (Connection c = server.connect("")) {
      return Server.rows(c, server.streamSessions());
    }
  }

  /** What is lost when the certificate is another. */
  private enum Cut {
    ALL_CONNECTIONS,
    THE_STREAM
  }

  private static void cut(Cut cut, Server server, Proxy proxy) throws Exception {
    if (cut == Cut.ALL_CONNECTIONS) {
      proxy.cutFrozen();
      return;
    }
    try (Connection c = server.connect("");
        Statement s = c.createStatement()) {
      for (String session : Server.rows(c, server.streamSessions())) {
        s.execute(server.endSession(session));
      }
    }
  }

  @Test
  void anotherHostThanTheCertificateIsFor() throws Exception {
    try (Server.Tls tls = server.tls();
        Schema schema = tls.server().newSchema()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)");
      Path ca = Files.writeString(folder.resolve("ca.pem"), tls.authority());
      LoginException e =
          catchThrowableOfType(
              LoginException.class,
              () ->
                  schema
                      .ghost("t", "ADD COLUMN note INT")
                      .sslMode(SslMode.VERIFY_IDENTITY)
                      .sslCa(ca)
                      .build()
                      .run());
      assertThat(e).isNotNull().hasMessageContaining("certificate");
    }
  }

  @Test
  void aFileWithoutCertificatesIsUsage() throws Exception {
    Path ca = Files.writeString(folder.resolve("ca.pem"), "nothing");
    UsageException e =
        catchThrowableOfType(
            UsageException.class,
            () -> ghost("mysql").sslMode(SslMode.VERIFY_CA).sslCa(ca).build().run());
    assertThat(e).hasMessageContaining("no certificates");
  }

  @Test
  void anAuthorityAloneVerifiesNothing() {
    UsageException e =
        catchThrowableOfType(
            UsageException.class,
            () -> ghost("postgresql").sslCa(folder.resolve("ca.pem")).build());
    assertThat(e.remedy()).contains("VERIFY_CA");
  }

  private static Ghost.Builder ghost(String scheme) {
    return Ghost.migration()
        .url(scheme + "://app@127.0.0.1:1/shop")
        .table("t")
        .alter("ADD COLUMN note INT");
  }
}
