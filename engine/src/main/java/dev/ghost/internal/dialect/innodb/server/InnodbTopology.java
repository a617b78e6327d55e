package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.ScopedSetting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a server is, and which others write to its tables; as the server itself tells it.
 *
 * @param product what the dialect takes the server for
 * @param comment {@code @@version_comment}
 * @param settings global variables, and the size of a Galera cluster; names in lower case
 * @param group the members of its replication group; empty where there is none, or the user may not
 *     see them
 * @param sources the servers that it is replicating from at the moment; the same
 */
public record InnodbTopology(
    String product,
    String version,
    String comment,
    Map<String, String> settings,
    List<Member> group,
    List<Source> sources) {

  /** A member of a replication group that takes part. */
  record Member(String address, boolean primary) {}

  /**
   * A server that rows come from.
   *
   * @param address empty where the user may not see it
   */
  record Source(String address) {}

  /** A server that speaks the protocol and is something else. */
  private record Lookalike(String word, String name, String remedy) {}

  private static final String DIRECTLY = "Run the ALTER TABLE directly: %s alters tables online.";

  /** By a word of its version or its comment; the first that matches counts. */
  private static final List<Lookalike> LOOKALIKES =
      List.of(
          new Lookalike("planetscale", "PlanetScale", "Make the change by a deploy request."),
          new Lookalike(
              "vitess",
              "Vitess",
              "Have Vitess make the change: SET @@ddl_strategy = 'vitess'; then the ALTER TABLE."),
          new Lookalike("tidb", "TiDB", DIRECTLY.formatted("TiDB")),
          new Lookalike("oceanbase", "OceanBase", DIRECTLY.formatted("OceanBase")),
          new Lookalike("singlestore", "SingleStore", DIRECTLY.formatted("SingleStore")),
          new Lookalike("memsql", "SingleStore", DIRECTLY.formatted("SingleStore")),
          new Lookalike("xpand", "Xpand", DIRECTLY.formatted("Xpand")),
          new Lookalike("dolt", "Dolt", "Run the ALTER TABLE directly."));

  private static final String READ_ONLY = "read_only";
  private static final String OFFLINE = "offline_mode";

  /** Each keeps a user from writing, or would if the user had fewer privileges. */
  private static final List<String> WRITE_PROTECTION =
      List.of(
          READ_ONLY,
          "super_read_only",
          "innodb_read_only",
          "transaction_read_only",
          "tx_read_only",
          OFFLINE);

  /** What group replication uses itself. */
  private static final String GROUP_CHANNEL = "group_replication_";

  private static final String ASSUME =
      "or add --assume-one-writer, if all writes to the table come to this server.";

  /** Asks a server; of one that is something else nothing but that. */
  public static InnodbTopology read(ProductSql product, Connection c) throws SQLException {
    String version;
    String comment;
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT VERSION(), @@version_comment")) {
      rs.next();
      version = rs.getString(1);
      comment = String.valueOf(rs.getString(2));
    }
    InnodbTopology alone =
        new InnodbTopology(product.name(), version, comment, Map.of(), List.of(), List.of());
    if (alone.lookalike().isPresent()) {
      return alone;
    }
    try (ScopedSetting unlimited = ScopedSetting.set(c, product.statementLimit(), "0")) {
      return new InnodbTopology(
          product.name(),
          version,
          comment,
          settings(c),
          group(product, c),
          sources(product, c, version));
    }
  }

  private static Map<String, String> settings(Connection c) throws SQLException {
    Map<String, String> settings = new HashMap<>();
    List<String> queries =
        List.of(
            """
            SHOW GLOBAL VARIABLES WHERE Variable_name IN (
              'hostname', 'port', 'read_only', 'super_read_only', 'innodb_read_only',
              'transaction_read_only', 'tx_read_only', 'offline_mode', 'wsrep_on', 'wsrep_provider',
              'pxc_strict_mode', 'group_replication_single_primary_mode')
            """,
            "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'");
    try (var statement = c.createStatement()) {
      for (String sql : queries) {
        try (ResultSet rs = statement.executeQuery(sql)) {
          while (rs.next()) {
            settings.put(rs.getString(1).toLowerCase(Locale.ROOT), rs.getString(2));
          }
        }
      }
    }
    return Map.copyOf(settings);
  }

  private static List<Member> group(ProductSql product, Connection c) throws SQLException {
    List<Member> members = new ArrayList<>();
    if (product.groupMembers().isEmpty()) {
      return members;
    }
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(product.groupMembers())) {
      while (rs.next()) {
        members.add(
            new Member(rs.getString(1) + ":" + rs.getString(2), "PRIMARY".equals(rs.getString(3))));
      }
    } catch (SQLException e) {
      tolerateDenied(e);
    }
    return members;
  }

  private static List<Source> sources(ProductSql product, Connection c, String version)
      throws SQLException {
    List<Source> sources = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(product.showSources(version))) {
      while (rs.next()) {
        source(row(rs)).ifPresent(sources::add);
      }
      return sources;
    } catch (SQLException e) {
      tolerateDenied(e);
    }
    // MariaDB tells everybody how many there are.
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Slaves_running'")) {
      return rs.next() && rs.getLong(2) > 0 ? List.of(new Source("")) : List.of();
    }
  }

  /** A user who may not look is no reason to refuse: most servers are no replicas. */
  private static void tolerateDenied(SQLException e) throws SQLException {
    if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
      throw e;
    }
  }

  /** A row by its columns' names, in lower case and in the words of newer servers. */
  private static Map<String, String> row(ResultSet rs) throws SQLException {
    Map<String, String> row = new HashMap<>();
    for (int i = 1; i <= rs.getMetaData().getColumnCount(); i++) {
      row.put(
          rs.getMetaData()
              .getColumnLabel(i)
              .toLowerCase(Locale.ROOT)
              .replace("master_", "source_")
              .replace("slave_", "replica_"),
          String.valueOf(rs.getString(i)));
    }
    return row;
  }

  /**
   * Returns the source of a row; empty for one that nothing comes from, such as a former source.
   */
  static Optional<Source> source(Map<String, String> row) {
    boolean running =
        !row.getOrDefault("replica_io_running", "No").equals("No")
            || row.getOrDefault("replica_sql_running", "No").equals("Yes");
    return running && !row.getOrDefault("channel_name", "").startsWith(GROUP_CHANNEL)
        ? Optional.of(new Source(row.get("source_host") + ":" + row.get("source_port")))
        : Optional.empty();
  }

  /**
   * Returns why a change could lose rows here; empty when it could not.
   *
   * @param assumeOneWriter true when the user says that all writes to the table come to this server
   */
  public Optional<RefusedException> refusal(boolean assumeOneWriter) {
    return lookalike()
        .map(this::refuse)
        .or(this::refuseReadOnly)
        .or(() -> assumeOneWriter ? Optional.empty() : refuseSeveralWriters())
        .or(this::refuseStrictCluster);
  }

  private Optional<Lookalike> lookalike() {
    String said = (version + " " + comment).toLowerCase(Locale.ROOT);
    return LOOKALIKES.stream().filter(l -> said.contains(l.word)).findFirst();
  }

  private RefusedException refuse(Lookalike other) {
    return new RefusedException(
        "This is %s, not %s: it has no binary log and no table locks that ghost could rely on."
            .formatted(other.name, product),
        other.remedy);
  }

  private Optional<RefusedException> refuseReadOnly() {
    Optional<String> found = WRITE_PROTECTION.stream().filter(this::on).findFirst();
    return found.map(
        name ->
            new RefusedException(
                "%s is read-only: %s is %s.".formatted(name(), name, settings.get(name)),
                primary()
                    .map(p -> "Connect to %s, which this server replicates from.".formatted(p))
                    .orElseGet(() -> writable(name))));
  }

  private static String writable(String name) {
    return "Connect to the server that the application writes to. If it is this one: "
        + (name.equals("innodb_read_only")
            ? "restart it without innodb_read_only."
            : "SET GLOBAL %s = OFF;".formatted(name));
  }

  /** The server that takes the writes in place of this one, where it is known. */
  private Optional<String> primary() {
    return group.stream()
        .filter(Member::primary)
        .map(Member::address)
        .findFirst()
        .or(() -> sources.stream().map(Source::address).filter(a -> !a.isEmpty()).findFirst());
  }

  private Optional<RefusedException> refuseSeveralWriters() {
    if (clustered()) {
      return Optional.of(
          new RefusedException(
              "%s is a node of a %s. The lock of the cutover holds on this node only; rows that are written on another one meanwhile can be lost."
                  .formatted(name(), cluster()),
              "Have the cluster make the change: SET SESSION wsrep_OSU_method = 'TOI'; then the"
                  + " ALTER TABLE; "
                  + ASSUME));
    }
    if (multiPrimary()) {
      return Optional.of(
          new RefusedException(
              "%s is in a replication group with several primaries. The lock of the cutover holds on this one only; rows that are written on another one meanwhile can be lost."
                  .formatted(name()),
              "SELECT group_replication_switch_to_single_primary_mode(); and connect to the"
                  + " primary; "
                  + ASSUME));
    }
    return sources.isEmpty() ? Optional.empty() : Optional.of(writableReplica(sources.get(0)));
  }

  private RefusedException writableReplica(Source source) {
    boolean known = !source.address.isEmpty();
    String other = known ? source.address : "another server";
    return new RefusedException(
        "%s replicates from %s, and is not read-only. When rows are written on both, those that arrive from there during the cutover can be lost."
            .formatted(name(), other),
        "Connect to %s; if nothing has to be replicated here any more, %s; %s"
            .formatted(
                known ? other : "that server",
                product.equals("MariaDB") ? "STOP ALL SLAVES" : "STOP REPLICA",
                ASSUME));
  }

  /** Percona's cluster forbids its users what the cutover needs. */
  private Optional<RefusedException> refuseStrictCluster() {
    return clustered() && "ENFORCING".equals(settings.get("pxc_strict_mode"))
        ? Optional.of(
            new RefusedException(
                "pxc_strict_mode is ENFORCING on %s, which forbids LOCK TABLES.".formatted(name()),
                "SET GLOBAL pxc_strict_mode = 'MASTER'; for as long as the run takes."))
        : Optional.empty();
  }

  private boolean clustered() {
    String provider = settings.getOrDefault("wsrep_provider", "none");
    boolean loaded = !provider.isEmpty() && !provider.equalsIgnoreCase("none");
    boolean joined = !settings.getOrDefault("wsrep_cluster_size", "0").equals("0");
    return loaded && (on("wsrep_on") || joined);
  }

  private String cluster() {
    String kind =
        comment.contains("XtraDB Cluster")
            ? "Percona XtraDB Cluster"
            : product.equals("MariaDB") ? "MariaDB Galera Cluster" : "Galera Cluster";
    String size = settings.getOrDefault("wsrep_cluster_size", "");
    return size.isEmpty() || size.equals("0") ? kind : kind + " with wsrep_cluster_size = " + size;
  }

  /**
   * True also where only one member is left at the moment; and where the members may not be seen,
   * by what is configured.
   */
  private boolean multiPrimary() {
    String single = settings.getOrDefault("group_replication_single_primary_mode", "ON");
    return group.stream().filter(Member::primary).count() > 1
        || single.equalsIgnoreCase("OFF")
        || single.equals("0");
  }

  private boolean on(String name) {
    String value = settings.getOrDefault(name, "OFF");
    return !value.isEmpty() && !value.equalsIgnoreCase("OFF") && !value.equals("0");
  }

  private String name() {
    return settings.getOrDefault("hostname", "The server")
        + (settings.containsKey("port") ? ":" + settings.get("port") : "");
  }
}
