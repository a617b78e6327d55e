package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.SslMode;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.Whereabouts;
import dev.ghost.internal.dialect.postgres.lock.GuardedWait;
import dev.ghost.internal.dialect.postgres.lock.PostgresHeldUp;
import dev.ghost.internal.dialect.postgres.server.Poolers;
import dev.ghost.internal.dialect.postgres.server.PostgresTopology;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.newsclub.net.unix.AFUNIXSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects to PostgreSQL 14 to 18. */
public final class PostgresDriver implements Driver {

  static final int DEFAULT_PORT = 5432;

  /** How long one of ghost's transactions may rest, should we be stopped in the middle of it. */
  private static final String REST_MILLIS = "60000";

  private static final String HASTY_REST_MILLIS = "10000";

  private static final int MOST_TRIES = 10;

  private static final Logger LOG = LoggerFactory.getLogger(PostgresDriver.class);

  @Override
  public Dialect dialect(ServerAddress address) {
    return new PostgresDialect(address);
  }

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
  public void refuseServer(Connection c, boolean assumeOneWriter) throws SQLException {
    Optional<RefusedException> refusal = PostgresTopology.read(c).refusal(assumeOneWriter);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  /**
   * Names the cluster, and the timeline that a standby leaves when it is promoted. The control file
   * has the new one at once in the third place, and in the second after a checkpoint.
   */
  private static final String IDENTITY =
      """
      SELECT 'system ' || s.system_identifier
             || ' on timeline ' || GREATEST(k.timeline_id, r.min_recovery_end_timeline)
             || CASE WHEN pg_is_in_recovery() THEN ' in recovery' ELSE '' END
        FROM pg_control_system() AS s, pg_control_checkpoint() AS k, pg_control_recovery() AS r
      """;

  /** Names the next best thing: the address changes when the primary becomes another server. */
  private static final String ADDRESS =
      """
      SELECT 'the server at ' || COALESCE(host(inet_server_addr()) || ':' || inet_server_port(), 'its socket')
             || CASE WHEN pg_is_in_recovery() THEN ' in recovery' ELSE '' END
      """;

  /** The states of errors where a provider keeps the control file to itself. */
  private static final Set<String> WITHHELD = Set.of("42501", "42883", "0A000");

  @Override
  public String identity(Connection c) throws SQLException {
    try {
      return Sql.string(c, IDENTITY);
    } catch (SQLException e) {
      if (!WITHHELD.contains(e.getSQLState())) {
        throw e;
      }
      c.rollback();
      return Sql.string(c, ADDRESS);
    }
  }

  /**
   * A standby has its primary's identity, but was not started at the same microsecond. All
   * functions are stable: a proxy that looks at that sends what is volatile to the primary.
   */
  @Override
  public Whereabouts whereabouts(Connection c, boolean writing) throws SQLException {
    String sql =
        """
        SELECT to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC',
                       '"the server that was started at" YYYY-MM-DD HH24:MI:SS.US "UTC"'),
               pg_backend_pid(),
               COALESCE(current_setting('ghost.session', true), '')
        """;
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(writing ? sql + " FOR UPDATE" : sql)) {
      rs.next();
      return new Whereabouts(rs.getString(1), rs.getLong(2), rs.getString(3));
    }
  }

  @Override
  public void mark(Connection c, String mark) throws SQLException {
    Sql.string(c, "SELECT set_config('ghost.session', ?, false)", mark);
  }

  @Override
  public Optional<RefusedException> refusedByPooler(SQLException error) {
    return Poolers.refusal(error);
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

  /** Settings on which the text and the conversion of values depend. */
  static Map<String, String> conversions(SessionProfile profile) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("TimeZone", "UTC");
    settings.put("DateStyle", "ISO, YMD");
    settings.put("IntervalStyle", "postgres");
    settings.put("extra_float_digits", "1");
    settings.put("bytea_output", "hex");
    settings.putAll(profile.settings());
    return settings;
  }

  @Override
  public Restore configure(Connection c, SessionProfile profile) throws SQLException {
    boolean autoCommit = c.getAutoCommit();
    c.setAutoCommit(false);
    String timeout = endTimeout(c);
    Map<String, String> wanted = new LinkedHashMap<>();
    wanted.put(
        "default_transaction_isolation", profile.snapshot() ? "repeatable read" : "read committed");
    wanted.put("default_transaction_read_only", "off");
    wanted.putAll(conversions(profile));
    wanted.put("synchronous_commit", "local");
    wanted.put("lock_timeout", profile.hasty() ? "200" : "20000");
    wanted.put("transaction_timeout", "0");
    wanted.put(
        "idle_in_transaction_session_timeout", profile.hasty() ? HASTY_REST_MILLIS : REST_MILLIS);
    // A host that is gone is noticed by the server, and what it has locked is free again.
    wanted.put("tcp_keepalives_idle", "15");
    wanted.put("tcp_keepalives_interval", "5");
    wanted.put("tcp_keepalives_count", "3");
    wanted.put("tcp_user_timeout", "30000");
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
      if (!Objects.equals(now.get(name), wanted.get(name))) {
        throw new RefusedException(
            "The server did not take %s = '%s'; it is '%s'."
                .formatted(name, wanted.get(name), now.get(name)),
            "Look for a pooler between here and the server: ghost needs sessions of its own.");
      }
    }
    before.keySet().retainAll(wanted.keySet());
    before.put("statement_timeout", timeout);
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

  /**
   * Ends the limit that the user's statements have. It comes first: what follows may take longer on
   * a server that is busy. So may this; then it is tried again.
   *
   * @return the limit
   */
  private String endTimeout(Connection c) throws SQLException {
    for (int tries = 1; ; tries++) {
      try {
        return Sql.strings(
                c,
                "SELECT pg_catalog.current_setting('statement_timeout'),"
                    + " pg_catalog.set_config('statement_timeout', '0', false)")
            .get(0);
      } catch (SQLException e) {
        if (tries == MOST_TRIES || classify(e) != ErrorClass.KILLED) {
          throw e;
        }
        LOG.debug("statement_timeout has ended the first statement of a session, try {}", tries);
        c.rollback();
      }
    }
  }

  private static void set(Connection c, Map<String, String> values) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement(
            "SELECT pg_catalog.set_config(name, value, false)"
                + " FROM unnest(?, ?) AS wanted(name, value)")) {
      statement.setArray(1, c.createArrayOf("text", values.keySet().toArray()));
      statement.setArray(2, c.createArrayOf("text", values.values().toArray()));
      statement.executeQuery().close();
    }
  }

  @Override
  public void endWhenSilent(Connection c, Duration limit) throws SQLException {
    Sql.execute(c, "SET idle_session_timeout = '%dms'".formatted(limit.toMillis()));
  }

  @Override
  public void awaitGone(Connection observer, long session) throws SQLException {
    GuardedWait.awaitGone(observer, session);
  }

  @Override
  public Map<String, String> unfinished(Connection c, Set<String> transactions)
      throws SQLException {
    return PostgresHeldUp.unfinished(c, transactions);
  }

  @Override
  public ErrorClass classify(SQLException error) {
    return PostgresErrors.classOf(error);
  }
}
