package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.Remains;
import dev.ghost.dialect.RetiredTable;
import dev.ghost.dialect.Retirement;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.Swap;
import dev.ghost.dialect.SwapUnknownException;
import dev.ghost.dialect.Whereabouts;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A server with InnoDB tables and a binary log; where products differ, {@link Product} tells. */
public abstract class InnodbDialect implements Dialect {

  static final int DEFAULT_PORT = 3306;

  /** How long our sessions wait for a lock on a table, unless they are in more of a hurry. */
  static final long LOCK_WAIT_SECONDS = 30;

  /** After so long without a statement, the server ends a session of ours that holds no lock. */
  static final long IDLE_SECONDS = 86_400;

  private static final Duration GONE_LIMIT = Duration.ofSeconds(60);

  /** Between two looks whether a session is gone; each costs the server more than us. */
  private static final long LOOK_MILLIS = 20;

  /**
   * Strict, so that a value that does not fit is an error; without NO_ZERO_DATE, because what the
   * source holds must be copied as it is; a zero in an AUTO_INCREMENT column stays a zero.
   */
  private static final String SQL_MODE =
      "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION";

  private static final String NO_LIMIT = "18446744073709551615";

  /**
   * What a session needs from its beginning: a COMMIT ends a transaction and nothing else, and a
   * query gives all that it finds, whatever the server's defaults are.
   */
  private static final String SESSION_VARIABLES =
      "completion_type=NO_CHAIN,sql_big_selects=1,sql_select_limit=" + NO_LIMIT;

  private static final Set<Integer> DUPLICATES = Set.of(1062, 1586, 1761, 1762);
  private static final Set<Integer> MISFITS =
      Set.of(
          1048, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1411, 1416, 1441, 1526, 1690, 3140, 3156,
          3157, 3668, 3819, 3903, 4025);

  /** With 1040, 1203 and 1226, all connections are taken: none is to be had just now. */
  private static final Set<Integer> LOST =
      Set.of(1040, 1053, 1152, 1184, 1203, 1226, 1927, 2006, 2013, 4031);

  private static final Set<Integer> DENIED = Set.of(1044, 1142, 1143, 1227, 1370);

  /**
   * Wrong user or password (1045, 1698), host blocked (1129) or not allowed (1130), a plugin that
   * one side lacks (1251, 1275, 1524), password expired (1820, 1862), account locked (3118, 3955;
   * MariaDB: 4151), TLS required (3159).
   */
  private static final Set<Integer> LOGIN =
      Set.of(1045, 1129, 1130, 1251, 1275, 1524, 1698, 1820, 1862, 3118, 3159, 3955, 4151);

  /**
   * No memory (1037, 1038, 1041), no thread (1135), no room in the table of locks (1206); shutting
   * down (1077, 1079, 1080); a file or a storage engine that failed (1026, 1030, 1180); a plugin
   * that stopped a commit (3100), not available (3168).
   */
  private static final Set<Integer> UNABLE =
      Set.of(1026, 1030, 1037, 1038, 1041, 1077, 1079, 1080, 1135, 1180, 1206, 3100, 3168);

  /** ER_NO_SUCH_THREAD. */
  private static final int NO_SUCH_THREAD = 1094;

  private final Product product;

  protected InnodbDialect(Product product) {
    this.product = product;
  }

  @Override
  public final String product() {
    return product.name();
  }

  final Product server() {
    return product;
  }

  /** Both names are used for both products; the server says what it is. */
  @Override
  public final boolean speaks(String scheme) {
    return scheme.equals("mysql") || scheme.equals("mariadb");
  }

  /** True when the server calls itself MariaDB, whatever the URL called it. */
  protected static boolean isMariaDb(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT VERSION()")) {
      rs.next();
      return rs.getString(1).contains("MariaDB");
    }
  }

  @Override
  public final String jdbcUrl(ServerAddress address) {
    return url(address);
  }

  static String url(ServerAddress address) {
    if (address.local()) {
      throw new UsageException(
          "%s names a Unix socket. The change stream reads the binary log, and can do that over TCP only."
              .formatted(address),
          "Give a host: 127.0.0.1 is the same server, if it does not have skip_networking.");
    }
    int port = address.port() == 0 ? DEFAULT_PORT : address.port();
    return "jdbc:mysql://" + address.host() + ":" + port + "/";
  }

  @Override
  public final ServerAddress secured(ServerAddress address, SslMode mode, Optional<Path> ca) {
    ServerAddress secured = address.with("sslMode", mode.name());
    return ca.isEmpty()
        ? secured
        : secured
            .with("trustCertificateKeyStoreUrl", TrustStore.of(ca.get()).toUri().toString())
            .with("trustCertificateKeyStoreType", TrustStore.TYPE)
            .with("trustCertificateKeyStorePassword", TrustStore.PASSWORD);
  }

  @Override
  public final Properties jdbcProperties(ServerAddress address) {
    return properties(address);
  }

  static Properties properties(ServerAddress address) {
    Properties properties = new Properties();
    properties.putAll(address.options());
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    // The server must see the statement as written here, with values as literals: some expressions
    // around a parameter are ranges of an index only then.
    properties.setProperty("useServerPrepStmts", "false");
    properties.setProperty("tcpKeepAlive", "true");
    properties.putIfAbsent("allowPublicKeyRetrieval", "true");
    properties.putIfAbsent("connectTimeout", "10000");
    properties.setProperty("sessionVariables", sessionVariables(address));
    return properties;
  }

  /** Those of the address, and ours. */
  static String sessionVariables(ServerAddress address) {
    String others = address.options().getOrDefault("sessionVariables", "");
    return others.isEmpty() ? SESSION_VARIABLES : others + "," + SESSION_VARIABLES;
  }

  @Override
  public final ServerAddress addressOf(Connection connection) throws SQLException {
    String url = connection.getMetaData().getURL();
    String user = connection.getMetaData().getUserName();
    int at = user.lastIndexOf('@');
    return ServerAddress.parse(url).withLogin(at < 0 ? user : user.substring(0, at), "");
  }

  @Override
  public final long session(Connection c) throws SQLException {
    return connectionId(c);
  }

  @Override
  public final void refuseServer(Connection c, boolean assumeOneWriter) throws SQLException {
    Optional<RefusedException> refusal = Topology.read(product, c).refusal(assumeOneWriter);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  @Override
  public final String identity(Connection c) throws SQLException {
    return whereabouts(c, true).server();
  }

  /** A proxy that knows statements only by their first word sends this one to a replica. */
  @Override
  public final Whereabouts whereabouts(Connection c, boolean writing) throws SQLException {
    String sql =
        "SELECT %s, CONNECTION_ID(), COALESCE(@ghost_session, '')%s"
            .formatted(product.serverIdentity(), writing ? " FOR UPDATE" : "");
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      rs.next();
      return new Whereabouts(rs.getString(1), rs.getLong(2), rs.getString(3));
    }
  }

  @Override
  public final void mark(Connection c, String mark) throws SQLException {
    try (PreparedStatement statement = c.prepareStatement("SET @ghost_session = NULLIF(?, '')")) {
      statement.setString(1, mark);
      statement.execute();
    }
  }

  @Override
  public final boolean endSession(Connection c, String session) throws SQLException {
    return kill(c, "CONNECTION", Long.parseLong(session));
  }

  @Override
  public final boolean endStatement(Connection c, long session) throws SQLException {
    return sessions(c, product.sessions(c), session, "AND command NOT IN ('Sleep', 'Killed')") > 0
        && kill(c, "QUERY", session);
  }

  /** False when the session is gone. */
  private static boolean kill(Connection c, String what, long session) throws SQLException {
    try {
      Control.execute(c, "KILL %s %d".formatted(what, session));
      return true;
    } catch (SQLException e) {
      if (e.getErrorCode() == NO_SUCH_THREAD) {
        return false;
      }
      throw e;
    }
  }

  /** 1 when the server knows the session, and what is asked of it holds; or else 0. */
  private static int sessions(Connection c, String table, long session, String that)
      throws SQLException {
    String sql = "SELECT COUNT(*) FROM %s AS s WHERE id = ? %s".formatted(table, that);
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setLong(1, session);
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        return rs.getInt(1);
      }
    }
  }

  @Override
  public final Restore configure(Connection c, SessionProfile profile) throws SQLException {
    boolean autoCommit = c.getAutoCommit();
    String schema = c.getCatalog();
    enter(c, profile.schema());
    Map<String, String> asserted = new LinkedHashMap<>();
    asserted.put("sql_mode", SQL_MODE);
    asserted.put("time_zone", profile.timeZone().isEmpty() ? "+00:00" : profile.timeZone());
    asserted.put(
        product.isolationVariable(), profile.snapshot() ? "REPEATABLE-READ" : "READ-COMMITTED");
    Map<String, String> wanted = new LinkedHashMap<>(asserted);
    wanted.put("lock_wait_timeout", Long.toString(LOCK_WAIT_SECONDS));
    wanted.put("innodb_lock_wait_timeout", profile.hasty() ? "1" : "20");
    wanted.put("wait_timeout", Long.toString(IDLE_SECONDS));
    wanted.put("foreign_key_checks", "1");
    wanted.put("unique_checks", "1");
    wanted.put("group_concat_max_len", "65536");
    wanted.put("div_precision_increment", "4");
    wanted.put("sql_auto_is_null", "0");
    wanted.put("sql_safe_updates", "0");
    wanted.put("sql_select_limit", NO_LIMIT);
    // Whatever max_join_size is.
    wanted.put("sql_big_selects", "1");
    wanted.put("sql_quote_show_create", "1");
    wanted.put("completion_type", "NO_CHAIN");
    wanted.putAll(product.sessionSettings(c));
    Map<String, String> before = variables(c, wanted);
    UserSettings.keep(c);
    set(c, wanted);
    c.setAutoCommit(false);
    Map<String, String> now = variables(c, asserted);
    for (Map.Entry<String, String> setting : asserted.entrySet()) {
      String name = setting.getKey();
      if (!Set.of(now.get(name).split(",")).equals(Set.of(setting.getValue().split(",")))) {
        throw new RefusedException(
            "The server did not take %s = '%s'; it is '%s'."
                .formatted(name, setting.getValue(), now.get(name)),
            "Look for a proxy between here and the server that changes session settings.");
      }
    }
    return () -> {
      if (!profile.schema().equals("information_schema")) {
        dropSessionTables(c);
      }
      // While it is a plain COMMIT still.
      c.commit();
      set(c, before);
      if (schema != null && !schema.isEmpty()) {
        c.setCatalog(schema);
      }
      c.setAutoCommit(autoCommit);
    };
  }

  /** Takes locks; false when somebody has ended the wait for them, or its time was over. */
  public static boolean tryLock(Connection c, String sql) throws SQLException {
    try {
      Control.execute(c, sql);
      return true;
    } catch (SQLException e) {
      if (isEndedWait(e)) {
        return false;
      }
      throw e;
    }
  }

  /** For another migration on this connection they would have the wrong columns. */
  public static void dropSessionTables(Connection c) throws SQLException {
    Control.execute(
        c, "DROP TEMPORARY TABLE IF EXISTS %s, %s".formatted(BatchTable.TABLE, KeptValues.TABLE));
  }

  private static void enter(Connection c, String schema) throws SQLException {
    try {
      c.setCatalog(schema);
    } catch (SQLException e) {
      if (e.getErrorCode() == 1049 || e.getErrorCode() == 1044) {
        throw new RefusedException(
            "There is no schema %s, or this user may not use it.".formatted(schema),
            "Check the schema in the URL or in the statement.",
            e);
      }
      throw e;
    }
  }

  private static Map<String, String> variables(Connection c, Map<String, String> names)
      throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT ");
    String comma = "";
    for (String name : names.keySet()) {
      sql.append(comma).append("@@SESSION.").append(name);
      comma = ", ";
    }
    Map<String, String> values = new LinkedHashMap<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql.toString())) {
      rs.next();
      int i = 1;
      for (String name : names.keySet()) {
        values.put(name, rs.getString(i++));
      }
    }
    return values;
  }

  private static void set(Connection c, Map<String, String> values) throws SQLException {
    StringBuilder sql = new StringBuilder("SET ");
    String comma = "";
    for (String name : values.keySet()) {
      sql.append(comma).append("SESSION ").append(name).append(" = ?");
      comma = ", ";
    }
    try (PreparedStatement statement = c.prepareStatement(sql.toString())) {
      int i = 1;
      for (String value : values.values()) {
        if (isNumber(value)) {
          statement.setBigDecimal(i++, new BigDecimal(value));
        } else {
          statement.setString(i++, value);
        }
      }
      statement.execute();
    }
  }

  private static boolean isNumber(String value) {
    return !value.isEmpty() && value.chars().allMatch(c -> Character.isDigit(c) || c == '.');
  }

  @Override
  public final Map<String, String> unfinished(Connection c, Set<String> transactions)
      throws SQLException {
    return HeldUp.unfinished(c, product, transactions);
  }

  @Override
  public final Fault classify(SQLException error) {
    return faultOf(error);
  }

  /** What an error means for us; the numbers are the same in both products. */
  public static Fault faultOf(SQLException error) {
    int code = error.getErrorCode();
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    if (DUPLICATES.contains(code)) {
      return Fault.DUPLICATE;
    }
    if (MISFITS.contains(code)) {
      return Fault.MISFIT;
    }
    if (DENIED.contains(code)) {
      return Fault.DENIED;
    }
    if (LOGIN.contains(code)) {
      return Fault.LOGIN;
    }
    if (UNABLE.contains(code)) {
      return Fault.UNABLE;
    }
    return switch (code) {
      // 1020: a row was changed since it was read; newer MariaDB says so at once.
      case 1020, 1213, 3101 -> Fault.DEADLOCK;
      case 1205 -> Fault.LOCK_TIMEOUT;
      // 1969 and 3024: the time that somebody allows for a statement is over.
      case 1317, 1969, 3024 -> Fault.KILLED;
      // The table's file, or a temporary one, cannot grow.
      case 1021, 1114 -> Fault.DISK_FULL;
      case InnodbDraft.NO_SUCH_TABLE -> Fault.NO_TABLE;
      case 1049 -> Fault.NO_SCHEMA;
      // An unknown column; and a table that was altered since the snapshot was taken.
      case 1054, 1412 -> Fault.ALTERED;
      case 1064 -> Fault.SYNTAX;
      case 1290, 1792, 1836 -> Fault.READ_ONLY;
      default ->
          LOST.contains(code) || (code == 0 && state.startsWith("08"))
              ? Fault.CONNECTION_LOST
              : Fault.OTHER;
    };
  }

  /** True for the errors of a statement whose wait for locks was ended, by whomever. */
  public static boolean isEndedWait(SQLException error) {
    Fault fault = faultOf(error);
    return fault == Fault.KILLED || fault == Fault.LOCK_TIMEOUT || fault == Fault.DEADLOCK;
  }

  @Override
  public final AlterRequest parse(ServerAddress address, String statement) {
    return AlterStatement.parse(product, statement, address.database()).request();
  }

  @Override
  public final AlterRequest parse(ServerAddress address, String table, String change) {
    return parse(address, "ALTER TABLE %s %s".formatted(Sql.quote(table(address, table)), change));
  }

  @Override
  public final List<String> statements(String script) {
    return AlterStatement.statements(product, script);
  }

  @Override
  public final String definition(Connection c, TableName table) throws SQLException {
    return Control.exists(c, table) ? TableDefinition.stableDdl(c, table) : "";
  }

  @Override
  public final String identity(Connection c, TableName table) throws SQLException {
    return TableIdentity.of(c, product, table);
  }

  @Override
  public final List<String> lastToAlter(Connection c, TableName table, List<Long> ours)
      throws SQLException {
    return TableIdentity.lastToAlter(c, table, ours);
  }

  /** {@code shop.orders} names a schema only when the URL does not: a name may have a dot. */
  @Override
  public final TableName table(ServerAddress address, String name) {
    int dot = name.indexOf('.');
    if (!address.database().isEmpty()) {
      return new TableName(address.database(), name);
    }
    if (dot < 0) {
      throw new UsageException(
          "No schema is given for the table " + name + ".",
          "Name it in the URL: mysql://user@host/schema.");
    }
    return new TableName(name.substring(0, dot), name.substring(dot + 1));
  }

  @Override
  public final Remains remains(ServerAddress address, TableName table) {
    return new InnodbRemains(table);
  }

  @Override
  public final List<TableName> migrations(Connection c) throws SQLException {
    return Control.sources(c);
  }

  @Override
  public final Optional<DirectChange> direct(
      Connection connection, AlterRequest request, ServerAddress address, Way cheapest)
      throws SQLException {
    return new Inspector(product, connection, request, address).direct(cheapest);
  }

  @Override
  public final Draft inspect(Connection connection, AlterRequest request, ServerAddress address)
      throws SQLException {
    return new Inspector(product, connection, request, address).inspect();
  }

  @Override
  public final void refuseTogether(List<Workbench> benches) {
    InnodbWorkbench.refuseTogether(ours(benches));
  }

  @Override
  public final StreamSpec stream(List<Workbench> benches) {
    InnodbDraft draft = ours(benches).get(0).draft();
    return product.stream(
        draft.facts(),
        draft.address(),
        ours(benches).stream().map(InnodbWorkbench::logged).toList());
  }

  @Override
  public final Swap swap(List<Workbench> benches) {
    return product.swap(ours(benches));
  }

  private static List<InnodbWorkbench> ours(List<Workbench> benches) {
    return benches.stream().map(InnodbWorkbench.class::cast).toList();
  }

  @Override
  public final Draft inspectBack(
      Connection connection,
      TableName table,
      Map<String, String> expressions,
      ServerAddress address)
      throws SQLException {
    return new Inspector(product, connection, AlterRequest.revert(table, expressions), address)
        .inspectBack();
  }

  @Override
  public final List<RetiredTable> retired(Connection c) throws SQLException {
    List<RetiredTable> retired = new ArrayList<>();
    String sql =
        """
        SELECT table_schema, table_name, table_comment,
               COALESCE(data_length, 0) + COALESCE(index_length, 0)
          FROM information_schema.tables
         WHERE table_comment LIKE CONCAT(?, '%')
         ORDER BY table_schema, table_name
        """;
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, Retirement.HEAD);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          TableName name = new TableName(rs.getString(1), rs.getString(2));
          Retirement retirement = Retirement.of(rs.getString(3)).orElseThrow();
          retired.add(
              new RetiredTable(name, name.sibling(retirement.source()), retirement, rs.getLong(4)));
        }
      }
    }
    return retired;
  }

  @Override
  public final void drop(Connection c, RetiredTable table, boolean inSlices) throws SQLException {
    try (Interim impatient = Interim.set(c, "lock_wait_timeout", "1")) {
      new RetiredRows(c, table.name()).drop(inSlices || product.dropsSlowly(ServerFacts.read(c)));
    }
  }

  /** The number by which the server knows a connection, for KILL. */
  public static long connectionId(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT CONNECTION_ID()")) {
      rs.next();
      return rs.getLong(1);
    }
  }

  @Override
  public final void endWhenSilent(Connection c, Duration limit) throws SQLException {
    Control.execute(c, "SET SESSION wait_timeout = " + limit.toSeconds());
  }

  @Override
  public final void awaitGone(Connection observer, long session) throws SQLException {
    awaitEnd(product, observer, session);
  }

  /**
   * Waits until the server has ended a session whose connection is lost.
   *
   * @param observer another session of the same user
   */
  static void awaitEnd(Product product, Connection observer, long session) throws SQLException {
    String table = product.sessions(observer);
    long deadline = System.nanoTime() + GONE_LIMIT.toNanos();
    while (sessions(observer, table, session, "") > 0) {
      if (sessions(observer, table, session, "AND command = 'Sleep'") > 0) {
        // It has done what it was told, and will be told nothing more.
        kill(observer, "CONNECTION", session);
      }
      if (System.nanoTime() > deadline) {
        throw new SwapUnknownException(
            "session %d of ours is lost, and the server goes on with what it was doing"
                .formatted(session),
            null);
      }
      pause();
    }
  }

  /** Rests between two looks at the server's sessions. */
  private static void pause() throws SQLException {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while a session of ours was to end", e);
    }
  }
}
