package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.api.GhostException;
import dev.ghost.api.Phase;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** All connections, the change stream's among them, are protected as wanted. */
@ParameterizedClass
@EnumSource
@Timeout(120)
class TlsTest {

  @Parameter Db db;

  @TempDir Path folder;

  @Test
  void theServersAuthorityIsTrustedAndNoOther() throws Exception {
    try (Server.Tls tls = db.server().tls();
        Schema schema = tls.server().newSchema()) {
      schema.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
      Path ca = Files.writeString(folder.resolve("ca.pem"), tls.authority());
      List<String> open = new ArrayList<>();
      schema
          .ghost("t", "ADD COLUMN note INT")
          .sslMode(SslMode.VERIFY_CA)
          .sslCa(ca)
          .listener(
              new PausingListener()
                  .at(
                      Phase.VERIFY,
                      () -> {
                        try (Connection c = schema.connect()) {
                          open.addAll(tls.unprotected(c));
                        }
                      }))
          .build()
          .run();
      assertThat(open).as("connections in the clear").isEmpty();
      assertThat(schema.hasColumn("t", "note")).isTrue();
      Path other = Files.writeString(folder.resolve("other.pem"), SelfSigned.make().certificate());
      assertThat(
              catchThrowableOfType(
                  GhostException.class,
                  () ->
                      schema
                          .ghost("t", "DROP COLUMN note")
                          .sslMode(SslMode.VERIFY_CA)
                          .sslCa(other)
                          .build()
                          .run()))
          .hasMessageMatching("(?s).*(trust anchors|Signature does not match).*");
      assertThat(schema.hasColumn("t", "note")).isTrue();
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
