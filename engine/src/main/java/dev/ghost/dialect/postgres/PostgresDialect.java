package dev.ghost.dialect.postgres;

import dev.ghost.api.MigrationException;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.Remains;
import dev.ghost.dialect.RetiredTable;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.Swap;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.newsclub.net.unix.AFUNIXSocketFactory;

/** PostgreSQL 14 to 18. */
public final class PostgresDialect implements Dialect {

  static final int DEFAULT_PORT = 5432;
  private static final String DEFAULT_SCHEMA = "public";

  private static final Set<String> MISFITS = Set.of("23502", "23503", "23514");
  private static final Set<String> DUPLICATES = Set.of("23505", "23P01");

  /** With 53300, all connections are taken: none is to be had just now. */
  private static final Set<String> LOST =
      Set.of("53300", "57P01", "57P02", "57P03", "57P05", "25P03");

  @Override
  public String product() {
    return "PostgreSQL";
  }

  @Override
  public boolean speaks(String scheme) {
    return scheme.equals("postgresql") || scheme.equals("postgres");
  }

  /** Nobody else speaks these schemes. */
  @Override
  public boolean recognizes(Connection connection) {
    return true;
  }

  @Override
  public String jdbcUrl(ServerAddress address) {
    return "jdbc:postgresql://" + host(address) + ":" + port(address) + "/";
  }

  static int port(ServerAddress address) {
    return address.port() == 0 ? DEFAULT_PORT : address.port();
  }

  /** For the driver, which wants a host also where it connects to a socket. */
  static String host(ServerAddress address) {
    return address.local() ? "localhost" : address.host();
  }

  /** What makes the driver connect to a socket where the address names one. */
  static Map<String, String> socket(ServerAddress address) {
    return address.local()
        ? Map.of(
            "socketFactory",
            AFUNIXSocketFactory.FactoryArg.class.getName(),
            "socketFactoryArg",
            "%s/.s.PGSQL.%d".formatted(address.host(), port(address)))
        : Map.of();
  }

  @Override
  public ServerAddress secured(ServerAddress address, SslMode mode, Optional<Path> ca) {
    if (address.local()) {
      // The server has no TLS on sockets; its own tools leave out the mode there, too.
      return address;
    }
    String word =
        switch (mode) {
          case DISABLED -> "disable";
          case PREFERRED -> "prefer";
          case REQUIRED -> "require";
          case VERIFY_CA -> "verify-ca";
          case VERIFY_IDENTITY -> "verify-full";
        };
    ServerAddress secured = address.with("sslmode", word);
    return ca.isEmpty() ? secured : secured.with("sslrootcert", ca.get().toString());
  }

  @Override
  public Properties jdbcProperties(ServerAddress address) {
    Properties properties = new Properties();
    properties.putAll(address.options());
    properties.putAll(socket(address));
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    properties.setProperty("PGDBNAME", address.database());
    properties.setProperty("tcpKeepAlive", "true");
    // A statement that is prepared in the server may get a plan for any values.
    properties.setProperty("prepareThreshold", "0");
    properties.putIfAbsent("ApplicationName", "ghost");
    properties.putIfAbsent("connectTimeout", "10");
    return properties;
  }

  @Override
  public ServerAddress addressOf(Connection connection) throws SQLException {
    return ServerAddress.parse(connection.getMetaData().getURL())
        .withLogin(connection.getMetaData().getUserName(), "");
  }

  @Override
  public long session(Connection c) throws SQLException {
    return Long.parseLong(Sql.string(c, "SELECT pg_backend_pid()"));
  }

  @Override
  public boolean endSession(Connection c, String session) throws SQLException {
    return !Sql.strings(
            c,
            """
            SELECT pg_terminate_backend(pid)
              FROM pg_stat_activity
             WHERE pid || '@' || extract(epoch FROM backend_start) = ?
            """,
            session)
        .isEmpty();
  }

  @Override
  public boolean endStatement(Connection c, long session) throws SQLException {
    return !Sql.strings(
            c,
            """
            SELECT pg_cancel_backend(pid)
              FROM pg_stat_activity
             WHERE pid = ? AND state = 'active'
            """,
            session)
        .isEmpty();
  }

  @Override
  public Restore configure(Connection c, SessionProfile profile) throws SQLException {
    boolean autoCommit = c.getAutoCommit();
    c.setAutoCommit(false);
    Map<String, String> wanted = new LinkedHashMap<>();
    wanted.put(
        "default_transaction_isolation", profile.snapshot() ? "repeatable read" : "read committed");
    wanted.put("default_transaction_read_only", "off");
    wanted.put("TimeZone", profile.timeZone().isEmpty() ? "UTC" : profile.timeZone());
    wanted.put("DateStyle", "ISO, YMD");
    wanted.put("IntervalStyle", "postgres");
    wanted.put("extra_float_digits", "1");
    wanted.put("bytea_output", "hex");
    wanted.put("synchronous_commit", "local");
    wanted.put("lock_timeout", profile.hasty() ? "200" : "20000");
    wanted.put("statement_timeout", "0");
    wanted.put("transaction_timeout", "0");
    wanted.put("idle_in_transaction_session_timeout", "0");
    wanted.put("idle_session_timeout", "0");
    // Rows that a policy would hide are an error, not missing.
    wanted.put("row_security", "off");
    wanted.put("session_replication_role", "origin");
    // All that we read is a range or a list of an index; the ghost has no statistics yet.
    wanted.put("enable_seqscan", "off");
    wanted.put("enable_hashjoin", "off");
    wanted.put("enable_mergejoin", "off");
    // Enough to sort the rows of a chunk.
    wanted.put("work_mem", "32MB");
    wanted.put("max_parallel_workers_per_gather", "0");
    wanted.put("plan_cache_mode", "force_custom_plan");
    wanted.put("jit", "off");
    wanted.put("client_min_messages", "warning");
    wanted.put("check_function_bodies", "off");
    Map<String, String> before = settings(c, wanted);
    wanted.keySet().retainAll(before.keySet());
    // Who is no superuser may not set it, and nobody has set it for him.
    if ("origin".equals(before.get("session_replication_role"))) {
      wanted.remove("session_replication_role");
    }
    set(c, wanted);
    c.commit();
    Map<String, String> now = settings(c, wanted);
    c.commit();
    for (String name : Set.of("default_transaction_isolation", "row_security", "TimeZone")) {
      if (!now.get(name).equals(wanted.get(name))) {
        throw new MigrationException(
            "The server did not take %s = '%s'; it is '%s'."
                .formatted(name, wanted.get(name), now.get(name)),
            "Look for a pooler between here and the server: ghost needs sessions of its own.");
      }
    }
    before.keySet().retainAll(wanted.keySet());
    return () -> {
      set(c, before);
      c.commit();
      c.setAutoCommit(autoCommit);
    };
  }

  private static Map<String, String> settings(Connection c, Map<String, String> names)
      throws SQLException {
    Map<String, String> values = new LinkedHashMap<>();
    String sql = "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY (?)";
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setArray(1, c.createArrayOf("text", names.keySet().toArray()));
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          values.put(rs.getString(1), rs.getString(2));
        }
      }
    }
    return values;
  }

  private static void set(Connection c, Map<String, String> values) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement("SELECT pg_catalog.set_config(?, ?, false)")) {
      for (Map.Entry<String, String> value : values.entrySet()) {
        statement.setString(1, value.getKey());
        statement.setString(2, value.getValue());
        statement.executeQuery().close();
      }
    }
  }

  @Override
  public Fault classify(SQLException error) {
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    if (DUPLICATES.contains(state)) {
      return Fault.DUPLICATE;
    }
    if (MISFITS.contains(state) || state.startsWith("22")) {
      return Fault.MISFIT;
    }
    if (state.startsWith("08") || LOST.contains(state)) {
      return Fault.CONNECTION_LOST;
    }
    return switch (state) {
      case "40P01", "40001" -> Fault.DEADLOCK;
      case "55P03" -> Fault.LOCK_TIMEOUT;
      case "57014" -> Fault.KILLED;
      case "53100" -> Fault.DISK_FULL;
      case "42P01", "3F000" -> Fault.NO_TABLE;
      case "42501", "28000", "28P01" -> Fault.DENIED;
      default -> Fault.OTHER;
    };
  }

  @Override
  public AlterRequest parse(ServerAddress address, String statement) {
    AlterText text = AlterText.parseStatement(statement);
    return new AlterRequest(named(address, text.schema(), text.table()), text.change());
  }

  @Override
  public AlterRequest parse(ServerAddress address, String table, String change) {
    TableName name = table(address, table);
    return new AlterRequest(name, AlterText.parseChange(change).change());
  }

  @Override
  public List<String> statements(String script) {
    return AlterText.statements(script);
  }

  @Override
  public String definition(Connection c, TableName table) throws SQLException {
    TableDefinition.qualify(c);
    return TableDefinition.fingerprint(c, table);
  }

  @Override
  public TableName table(ServerAddress address, String name) {
    int dot = name.indexOf('.');
    return named(address, dot < 0 ? "" : name.substring(0, dot), name.substring(dot + 1));
  }

  @Override
  public Remains remains(ServerAddress address, TableName table) {
    return new PostgresRemains(Names.of(table, address.database()));
  }

  private static TableName named(ServerAddress address, String schema, String table) {
    if (address.database().isEmpty()) {
      throw new UsageException(
          "No database is given.", "Name it in the URL: postgresql://user@host/database.");
    }
    return new TableName(
        schema.isEmpty() ? address.options().getOrDefault("currentSchema", DEFAULT_SCHEMA) : schema,
        table);
  }

  @Override
  public List<TableName> migrations(Connection c) throws SQLException {
    return Control.sources(c);
  }

  @Override
  public Optional<DirectChange> direct(
      Connection connection, AlterRequest request, ServerAddress address) throws SQLException {
    return new Inspector(connection, request, address).direct();
  }

  @Override
  public Draft inspect(Connection connection, AlterRequest request, ServerAddress address)
      throws SQLException {
    return new Inspector(connection, request, address).inspect();
  }

  /** Foreign keys between them follow by name, whatever the types of their columns. */
  @Override
  public void refuseTogether(List<Workbench> benches) {}

  @Override
  public StreamSpec stream(List<Workbench> benches) {
    return new PostgresStream(benches.stream().map(PostgresWorkbench.class::cast).toList());
  }

  @Override
  public Swap swap(List<Workbench> benches) {
    return new PostgresSwap(benches.stream().map(PostgresWorkbench.class::cast).toList());
  }

  @Override
  public Draft inspectBack(
      Connection connection,
      TableName table,
      Map<String, String> expressions,
      ServerAddress address)
      throws SQLException {
    return new Inspector(connection, AlterRequest.revert(table, expressions), address)
        .inspectBack();
  }

  @Override
  public List<RetiredTable> retired(Connection c) throws SQLException {
    return Retirements.all(c);
  }

  @Override
  public void drop(Connection c, RetiredTable table, boolean inSlices) throws SQLException {
    if (inSlices) {
      throw new UsageException(
          "PostgreSQL drops a table of any size at once.", "Leave --in-slices out.");
    }
    Sql.execute(
        c,
        List.of(
            // Long enough for an autovacuum to let go; nobody else waits for this table.
            "SET LOCAL lock_timeout = '3s'",
            "LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE".formatted(Sql.quote(table.name())),
            "SET LOCAL lock_timeout = '1s'",
            "DROP TABLE " + Sql.quote(table.name())));
  }
}
