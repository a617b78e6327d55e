package dev.ghost.internal.dialect.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.RefusedException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which servers are refused, by what such servers say of themselves. */
class PostgresTopologyTest {

  private static final String VERSION =
      "PostgreSQL 17.5 (Debian 17.5-1) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit";

  @ParameterizedTest
  @ValueSource(
      strings = {
        VERSION,
        "PostgreSQL 16.3 on aarch64-unknown-linux-gnu, compiled by gcc (GCC) 7.3.1, 64-bit",
        "PostgreSQL 16.9 (EnterpriseDB Advanced Server 16.9.0) on x86_64-pc-linux-gnu, 64-bit"
      })
  void aServerThatStandsAloneIsNot(String version) {
    assertThat(server(version, List.of("plpgsql", "pg_stat_statements")).refusal(false)).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CockroachDB CCL v25.2.1 (x86_64-pc-linux-gnu, built 2025/06/09, go1.23.7)    | CockroachDB
          PostgreSQL 15.12-YB-2.25.2.0-b0 on x86_64-pc-linux-gnu, compiled by clang    | YugabyteDB
          PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.117891  | Redshift
          PostgreSQL 12.12 (Greenplum Database 7.4.1 build dev) on x86_64-pc-linux-gnu | Greenplum
          PostgreSQL 9.5.0 on x86_64-unknown-linux-gnu (Materialize v0.147.0)          | Materialize
          SomethingElse 1.0                                                            | SomethingElse
          """)
  void whatOnlySpeaksTheProtocol(String version, String name) {
    RefusedException e = server(version, List.of()).refusal(true).orElseThrow();
    assertThat(e.what()).startsWith("This is " + name).contains("not PostgreSQL");
    assertThat(e.what()).doesNotContain("\n");
  }

  @Test
  void aStandbyNamesItsPrimary() {
    PostgresTopology standby =
        new PostgresTopology(
            VERSION, "10.0.0.2:5432", true, Optional.of("db0:5432"), false, List.of());
    RefusedException e = standby.refusal(true).orElseThrow();
    assertThat(e.what()).isEqualTo("10.0.0.2:5432 is a standby, which is read-only.");
    assertThat(e.remedy()).isEqualTo("Connect to the primary, db0:5432.");
  }

  @Test
  void aStandbyWhosePrimaryTheUserMayNotSee() {
    PostgresTopology standby =
        new PostgresTopology(VERSION, "10.0.0.2:5432", true, Optional.empty(), false, List.of());
    assertThat(standby.refusal(false).orElseThrow().remedy()).isEqualTo("Connect to the primary.");
  }

  @Test
  void aServerThatTakesNoWrites() {
    PostgresTopology protectedServer =
        new PostgresTopology(VERSION, "10.0.0.2:5432", false, Optional.empty(), true, List.of());
    assertThat(protectedServer.refusal(true).orElseThrow())
        .hasMessageContaining("10.0.0.2:5432 is read-only");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bdr", "pgactive", "spock"})
  void extensionsWithSeveralWriters(String extension) {
    PostgresTopology one = server(VERSION, List.of("plpgsql", extension));
    RefusedException e = one.refusal(false).orElseThrow();
    assertThat(e.what()).contains("10.0.0.1:5432 has the extension " + extension);
    assertThat(e.remedy()).contains("--assume-one-writer");
    assertThat(one.refusal(true)).isEmpty();
  }

  private static PostgresTopology server(String version, List<String> extensions) {
    return new PostgresTopology(
        version, "10.0.0.1:5432", false, Optional.empty(), false, extensions);
  }
}
