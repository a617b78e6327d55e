package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.api.ControlCommand;
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
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
            .ghost(schema.ghost().sslMode(SslMode.VERIFY_CA).sslCa(ca), "t", "ADD COLUMN note INT")
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
                          .ghost(
                              schema.ghost().sslMode(SslMode.VERIFY_CA).sslCa(other),
                              "t",
                              "DROP COLUMN note")
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
  void theAuthorityIsCheckedByEachLaterConnection(Cut cut) throws Exception {
    SelfSigned known = SelfSigned.make();
    endsWhenTheCertificateIs(SelfSigned.make(), known, known.certificate(), SslMode.VERIFY_CA, cut);
  }

  @Test
  void theHostIsCheckedByEachLaterConnection() throws Exception {
    SelfSigned here = SelfSigned.of("ip:127.0.0.1");
    SelfSigned elsewhere = SelfSigned.of("dns:elsewhere.test");
    endsWhenTheCertificateIs(
        elsewhere,
        here,
        here.certificate() + elsewhere.certificate(),
        SslMode.VERIFY_IDENTITY,
        Cut.THE_STREAM);
  }

  private void endsWhenTheCertificateIs(
      SelfSigned later, SelfSigned first, String authorities, SslMode mode, Cut cut)
      throws Exception {
    try (Server.Tls tls = server.tls();
        Schema schema = tls.server().newSchema();
        Proxy proxy = new Proxy(tls.server())) {
      tls.replaceCertificate(first);
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
      Path ca = Files.writeString(folder.resolve("ca.pem"), authorities);
      List<String> streams = new ArrayList<>();
      LoginException e =
          catchThrowableOfType(
              LoginException.class,
              () ->
                  schema
                      .ghost(
                          Schema.at(proxy.url(schema.name())).sslMode(mode).sslCa(ca),
                          "t",
                          "ADD COLUMN note INT")
                      .postponeCutover(true)
                      .listener(
                          new PausingListener()
                              .at(
                                  Phase.CUTOVER,
                                  () -> {
                                    tls.replaceCertificate(later);
                                    streams.addAll(streams(tls.server()));
                                    cut(cut, tls.server(), proxy);
                                  }))
                      .build()
                      .run());
      assertThat(e).as("the run went on, or ended in another way").isNotNull();
      assertThat(e).hasMessageContaining("certificate");
      // The server may not have noticed yet that the first one is cut.
      assertThat(streams).as(e.getMessage()).isNotEmpty().containsAll(streams(tls.server()));
      assertThat(schema.hasColumn("t", "note")).isFalse();
      schema.ghost().cleanUp("t");
    }
  }

  /** Not the run's connections alone. */
  @Test
  void whateverConnectsChecks() throws Exception {
    try (Server.Tls tls = server.tls();
        Schema schema = tls.server().newSchema()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)");
      Path other = Files.writeString(folder.resolve("other.pem"), SelfSigned.make().certificate());
      Ghost ghost = schema.ghost().sslMode(SslMode.VERIFY_CA).sslCa(other);
      assertRefused(ghost::status);
      assertRefused(() -> ghost.cleanUp("t"));
      assertRefused(() -> ghost.dropRetiredTables().plan());
      assertRefused(() -> ghost.send("t", ControlCommand.pause()));
      assertRefused(() -> ghost.migration("t").alter("ADD COLUMN note INT").build().plan());
      assertRefused(() -> ghost.revert("t").build().run());
    }
  }

  private static void assertRefused(ThrowingCallable connecting) {
    assertThatThrownBy(connecting)
        .isInstanceOf(LoginException.class)
        .hasMessageContaining("--ssl-ca");
  }

  /** On PostgreSQL it speaks no TLS at all. */
  @Test
  void aReplicaWithAnotherAuthority() throws Exception {
    try (Server.Tls tls = server.tls();
        Schema schema = tls.server().newSchema();
        DedicatedServer replica = server.another()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)");
      Path ca = Files.writeString(folder.resolve("ca.pem"), tls.authority());
      assertThatThrownBy(
              () ->
                  schema
                      .ghost(
                          schema.ghost().sslMode(SslMode.VERIFY_CA).sslCa(ca),
                          "t",
                          "ADD COLUMN note INT")
                      .replica(replica.server().url("test"))
                      .build()
                      .run())
          .isInstanceOf(LoginException.class)
          .hasMessageContaining("The replica at");
      assertThat(schema.hasColumn("t", "note")).isFalse();
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
                      .ghost(
                          schema.ghost().sslMode(SslMode.VERIFY_IDENTITY).sslCa(ca),
                          "t",
                          "ADD COLUMN note INT")
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
            () -> ghost("mysql").sslMode(SslMode.VERIFY_CA).sslCa(ca).status());
    assertThat(e).hasMessageContaining("no certificates");
  }

  @Test
  void anAuthorityAloneVerifiesNothing() {
    UsageException e =
        catchThrowableOfType(
            UsageException.class,
            () -> ghost("postgresql").sslCa(folder.resolve("ca.pem")).status());
    assertThat(e.remedy()).contains("VERIFY_CA");
  }

  private static Ghost ghost(String scheme) {
    return Ghost.connect(scheme + "://app@127.0.0.1:1/shop");
  }
}
