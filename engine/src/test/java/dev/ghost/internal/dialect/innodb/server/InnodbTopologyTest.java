package dev.ghost.internal.dialect.innodb.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.innodb.server.InnodbTopology.Member;
import dev.ghost.internal.dialect.innodb.server.InnodbTopology.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which servers are refused, by the variables that such servers show. */
class InnodbTopologyTest {

  private String product = "MySQL";
  private String version = "8.4.6";
  private String comment = "MySQL Community Server - GPL";
  private final List<Member> group = new ArrayList<>();
  private final List<Source> sources = new ArrayList<>();

  private final Map<String, String> settings =
      new HashMap<>(
          Map.of(
              "hostname", "db1",
              "port", "3306",
              "read_only", "OFF",
              "super_read_only", "OFF",
              "innodb_read_only", "OFF",
              "transaction_read_only", "OFF",
              "offline_mode", "OFF"));

  @Test
  void aServerThatStandsAloneIsNot() {
    assertThat(refusal(false)).isEmpty();
  }

  @Test
  void norIsAStockMariaDb() {
    mariaDb();
    settings.putAll(Map.of("wsrep_on", "OFF", "wsrep_provider", "none", "wsrep_cluster_size", "0"));
    assertThat(refusal(false)).isEmpty();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          8.0.30-Vitess                | Version: 19.0.4 (Git revision e5f6bb2)     | Vitess
          8.0.34-Vitess                | PlanetScale                                | PlanetScale
          8.0.11-TiDB-v8.5.1           | TiDB Server (Apache License 2.0)           | TiDB
          5.7.25-OceanBase_CE-v4.3.5.0 | OceanBase_CE 4.3.5.0                       | OceanBase
          5.7.32                       | SingleStoreDB source distribution (compatible; MySQL Enterprise & MySQL Commercial) | SingleStore
          8.0.33                       | Dolt                                       | Dolt
          """)
  void whatOnlySpeaksTheProtocol(String itsVersion, String itsComment, String name) {
    version = itsVersion;
    comment = itsComment;
    for (boolean assumed : List.of(false, true)) {
      RefusedException e = refusal(assumed).orElseThrow();
      assertThat(e.what()).startsWith("This is %s, not MySQL".formatted(name)).doesNotContain("\n");
      assertThat(e.remedy()).isNotEmpty();
    }
  }

  @Test
  void percona() {
    version = "8.4.5-5";
    comment = "Percona Server (GPL), Release 5, Revision 3b7d3b3a";
    assertThat(refusal(false)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "read_only",
        "super_read_only",
        "innodb_read_only",
        "transaction_read_only",
        "tx_read_only",
        "offline_mode"
      })
  void aServerThatIsReadOnlyIsNamed(String name) {
    settings.put(name, "ON");
    for (boolean assumed : List.of(false, true)) {
      RefusedException e = refusal(assumed).orElseThrow();
      assertThat(e.what()).isEqualTo("db1:3306 is read-only: %s is ON.".formatted(name));
      assertThat(e.remedy()).contains(name);
    }
  }

  /** MariaDB 12 has more than two values. */
  @Test
  void alsoWhereItIsForbiddenInAnotherWay() {
    mariaDb();
    settings.put("read_only", "NO_LOCK_NO_ADMIN");
    assertThat(refusal(true).orElseThrow()).hasMessageContaining("NO_LOCK_NO_ADMIN");
  }

  @Test
  void aReplicaThatIsReadOnlyNamesItsSource() {
    settings.put("read_only", "ON");
    sources.add(new Source("db0:3307"));
    assertThat(refusal(true).orElseThrow().remedy()).contains("Connect to db0:3307");
  }

  @Test
  void aReplicaThatCanBeWrittenToMayBeOneOfAPair() {
    sources.add(new Source("db0:3306"));
    RefusedException e = refusal(false).orElseThrow();
    assertThat(e.what()).startsWith("db1:3306 replicates from db0:3306, and is not read-only.");
    assertThat(e.remedy()).contains("STOP REPLICA", "--assume-one-writer");
    assertThat(refusal(true)).isEmpty();
  }

  /** The user may not see where from. */
  @Test
  void aReplicaOfAnUnknownSource() {
    mariaDb();
    sources.add(new Source(""));
    RefusedException e = refusal(false).orElseThrow();
    assertThat(e.what()).contains("replicates from another server");
    assertThat(e.remedy()).contains("STOP ALL SLAVES");
    assertThat(refusal(true)).isEmpty();
  }

  @Test
  void aSourceCountsWhileItIsRunning() {
    Map<String, String> row =
        new HashMap<>(
            Map.of(
                "source_host", "db0",
                "source_port", "3306",
                "replica_io_running", "Connecting",
                "replica_sql_running", "No",
                "channel_name", ""));
    assertThat(InnodbTopology.source(row)).contains(new Source("db0:3306"));
    row.put("replica_io_running", "No");
    assertThat(InnodbTopology.source(row)).as("it was a replica once").isEmpty();
    row.put("replica_sql_running", "Yes");
    assertThat(InnodbTopology.source(row)).as("what has come is still being applied").isPresent();
    row.put("channel_name", "group_replication_recovery");
    assertThat(InnodbTopology.source(row)).as("its own group").isEmpty();
  }

  @Test
  void aMariaDbCluster() {
    mariaDb();
    settings.putAll(
        Map.of(
            "wsrep_on", "ON",
            "wsrep_provider", "/usr/lib/galera/libgalera_smm.so",
            "wsrep_cluster_size", "3"));
    RefusedException e = refusal(false).orElseThrow();
    assertThat(e.what())
        .startsWith("db1:3306 is a node of a MariaDB Galera Cluster with wsrep_cluster_size = 3.");
    assertThat(e.remedy()).contains("wsrep_OSU_method", "--assume-one-writer");
    assertThat(refusal(true)).isEmpty();
    settings.put("wsrep_on", "OFF");
    assertThat(refusal(false)).as("the others' rows still come here").isPresent();
  }

  @Test
  void aGaleraCluster() {
    comment = "MySQL Community Server - GPL, wsrep_26.23";
    settings.putAll(
        Map.of(
            "wsrep_on", "ON",
            "wsrep_provider", "/usr/lib/galera-4/libgalera_smm.so",
            "wsrep_cluster_size", "3"));
    assertThat(refusal(false).orElseThrow()).hasMessageContaining("a node of a Galera Cluster");
    assertThat(refusal(true)).isEmpty();
  }

  /** With its usual setting it forbids LOCK TABLES, anyone who writes. */
  @Test
  void anXtraDbCluster() {
    version = "8.0.42-33.1";
    comment =
        "Percona XtraDB Cluster (GPL), Release rel33, Revision 6673f8e, WSREP version 26.1.4.3";
    settings.putAll(
        Map.of(
            "wsrep_on", "ON",
            "wsrep_provider", "/usr/lib/galera4/libgalera_smm.so",
            "wsrep_cluster_size", "3",
            "pxc_strict_mode", "ENFORCING"));
    assertThat(refusal(false).orElseThrow())
        .hasMessageContaining("a node of a Percona XtraDB Cluster");
    RefusedException e = refusal(true).orElseThrow();
    assertThat(e.what()).contains("pxc_strict_mode is ENFORCING");
    assertThat(e.remedy()).contains("SET GLOBAL pxc_strict_mode = 'MASTER'");
    settings.put("pxc_strict_mode", "MASTER");
    assertThat(refusal(true)).isEmpty();
    assertThat(refusal(false)).isPresent();
  }

  @Test
  void aGroupWithOnePrimary() {
    settings.put("group_replication_single_primary_mode", "ON");
    group.add(new Member("db1:3306", true));
    group.add(new Member("db2:3306", false));
    assertThat(refusal(false)).isEmpty();
  }

  @Test
  void aSecondaryOfAGroupNamesThePrimary() {
    settings.put("group_replication_single_primary_mode", "ON");
    settings.put("super_read_only", "ON");
    settings.put("read_only", "ON");
    group.add(new Member("db1:3306", false));
    group.add(new Member("db2:3306", true));
    assertThat(refusal(false).orElseThrow().remedy()).contains("Connect to db2:3306");
  }

  @Test
  void aGroupWithSeveralPrimaries() {
    settings.put("group_replication_single_primary_mode", "OFF");
    group.add(new Member("db1:3306", true));
    group.add(new Member("db2:3306", true));
    RefusedException e = refusal(false).orElseThrow();
    assertThat(e.what()).contains("a replication group with several primaries");
    assertThat(e.remedy())
        .contains("group_replication_switch_to_single_primary_mode()", "--assume-one-writer");
    assertThat(refusal(true)).isEmpty();
    group.clear();
    assertThat(refusal(false)).as("the user may not see the members").isPresent();
  }

  private void mariaDb() {
    product = "MariaDB";
    version = "11.8.2-MariaDB-log";
    comment = "mariadb.org binary distribution";
    settings.remove("super_read_only");
    settings.remove("offline_mode");
  }

  private Optional<RefusedException> refusal(boolean assumeOneWriter) {
    return new InnodbTopology(product, version, comment, settings, group, sources)
        .refusal(assumeOneWriter);
  }
}
