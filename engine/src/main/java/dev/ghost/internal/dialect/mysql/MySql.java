package dev.ghost.internal.dialect.mysql;

import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.innodb.ColumnStatistics;
import dev.ghost.internal.dialect.innodb.InnodbMigration;
import dev.ghost.internal.dialect.innodb.Product;
import dev.ghost.internal.dialect.innodb.log.BinlogTable;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbBlockers;
import dev.ghost.internal.dialect.innodb.server.Replicas;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** What is MySQL's own. */
final class MySql implements Product {

  private static final String AGES =
      """
      SELECT thread_id, timer_wait DIV 1000000000000 AS seconds
        FROM performance_schema.events_transactions_current
       WHERE state = 'ACTIVE'
      """;

  /** What an index that is built sorts its entries in; a megabyte otherwise. */
  private static final String SORT_BYTES = Long.toString(64L << 20);

  @Override
  public String name() {
    return "MySQL";
  }

  @Override
  public Oldest oldest() {
    return new Oldest(8, 0, 13, "can rename a locked table");
  }

  @Override
  public Map<String, String> neededSettings() {
    return Map.of(
        "log_bin", "ON",
        "binlog_format", "ROW",
        "binlog_row_image", "FULL",
        "binlog_order_commits", "ON",
        "binlog_row_value_options", "");
  }

  @Override
  public List<String> sessionsThatLogLess(Connection c) throws SQLException {
    return MySqlSessions.thatLogLess(c);
  }

  @Override
  public String sessions(Connection c) throws SQLException {
    return MySqlSessions.table(c);
  }

  @Override
  public String serverIdentity() {
    return "@@GLOBAL.server_uuid";
  }

  @Override
  public String statementLimit() {
    return "max_execution_time";
  }

  @Override
  public String showSources(String version) {
    return new InnodbServerFacts(version, Map.of()).atLeast(8, 0, 22)
        ? "SHOW REPLICA STATUS"
        : "SHOW SLAVE STATUS";
  }

  @Override
  public String groupMembers() {
    return """
    SELECT member_host, member_port, member_role
      FROM performance_schema.replication_group_members
     WHERE member_state IN ('ONLINE', 'RECOVERING')
    """;
  }

  @Override
  public String isolationVariable() {
    return "transaction_isolation";
  }

  @Override
  public Map<String, String> sessionSettings(Connection c) throws SQLException {
    Map<String, String> settings = new HashMap<>();
    settings.put("information_schema_stats_expiry", "0");
    settings.put("max_execution_time", "0");
    InnodbServerFacts facts =
        new InnodbServerFacts(c.getMetaData().getDatabaseProductVersion(), Map.of());
    if (facts.atLeast(8, 0, 27)) {
      settings.put("innodb_ddl_buffer_size", SORT_BYTES);
    }
    if (facts.atLeast(8, 0, 30)) {
      // A primary key that the server has added, my_row_id, is in the log as any other column is.
      settings.put("show_gipk_in_create_table_and_information_schema", "ON");
    }
    return settings;
  }

  @Override
  public String privilegeNotToLog() {
    return "SESSION_VARIABLES_ADMIN";
  }

  @Override
  public List<String> globalPrivileges() {
    return List.of("REPLICATION SLAVE", "REPLICATION CLIENT");
  }

  @Override
  public List<String> privilegesForPrepared(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Com_xa_prepare'")) {
      return rs.next() && rs.getLong(2) > 0 ? List.of("XA_RECOVER_ADMIN") : List.of();
    }
  }

  @Override
  public String showGrants(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT CURRENT_ROLE()")) {
      rs.next();
      String roles = rs.getString(1);
      return "SHOW GRANTS FOR CURRENT_USER()" + ("NONE".equals(roles) ? "" : " USING " + roles);
    }
  }

  @Override
  public boolean knowsConditions() {
    return false;
  }

  @Override
  public String usableIndex() {
    return "is_visible = 'YES'";
  }

  @Override
  public @Nullable String defaultSql(@Nullable String stored, String extra) {
    if (stored == null) {
      return null;
    }
    return extra.contains("DEFAULT_GENERATED") ? stored : Sql.literal(stored);
  }

  /** The dictionary shows an expression as a literal's inside: quotes and backslashes escaped. */
  @Override
  public String generationSql(@Nullable String stored) {
    if (stored == null) {
      return "";
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < stored.length(); i++) {
      char c = stored.charAt(i);
      plain.append(c == '\\' && i + 1 < stored.length() ? stored.charAt(++i) : c);
    }
    return plain.toString();
  }

  @Override
  public String shareNoWait() {
    return "FOR SHARE NOWAIT";
  }

  /** ER_LOCK_NOWAIT. */
  @Override
  public int lockedError() {
    return 3572;
  }

  @Override
  public boolean altersNumbersByDigits() {
    return true;
  }

  @Override
  public boolean altersOnlyWholeNumbers() {
    return false;
  }

  @Override
  public String digest(String text) {
    return "UNHEX(SHA2(%s, 256))".formatted(text);
  }

  @Override
  public String checksum(String digest) {
    return "HEX(BIT_XOR(%s))".formatted(digest);
  }

  /**
   * CREATE TABLE ... LIKE gives CHECK constraints new names, because names are unique in a schema.
   */
  @Override
  public List<String> warnings(InnodbTableDefinition source) {
    String own = Sql.quote(source.name().table() + "_chk_");
    String generated = own.substring(0, own.length() - 1);
    boolean named =
        source
            .ddl()
            .lines()
            .map(String::strip)
            .anyMatch(
                l ->
                    l.startsWith("CONSTRAINT `")
                        && l.contains("` CHECK (")
                        && !l.startsWith("CONSTRAINT " + generated));
    return named
        ? List.of(
            "CHECK constraints keep their conditions but get new names, such as %s_chk_1: MySQL cannot rename them."
                .formatted(source.name().table()))
        : List.of();
  }

  @Override
  public boolean streamSeesStatements() {
    return true;
  }

  /** True when every transaction has one. */
  static boolean hasGtids(InnodbServerFacts facts) {
    return facts.get("gtid_mode", "OFF").equals("ON");
  }

  /** Without GTIDs a position is one of this server's files. */
  @Override
  public String positionBelongsTo(Connection c, InnodbServerFacts facts) throws SQLException {
    if (hasGtids(facts)) {
      return "";
    }
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT " + serverIdentity())) {
      rs.next();
      return rs.getString(1);
    }
  }

  @Override
  public boolean namesChecksBySchema() {
    return true;
  }

  /** Since the server itself, and not InnoDB, carries the actions out. */
  @Override
  public String privilegeToRefer() {
    return "REFERENCES";
  }

  @Override
  public boolean logsCascades(InnodbServerFacts facts) {
    return facts.atLeast(9, 6, 0) && !facts.get("innodb_native_foreign_keys", "OFF").equals("ON");
  }

  @Override
  public boolean renamesLocked() {
    return true;
  }

  @Override
  public List<Blocker> blockers(
      Connection observer, List<TableName> tables, Collection<Long> ours, long seconds)
      throws SQLException {
    return InnodbBlockers.read(observer, AGES, tables, ours, seconds);
  }

  /**
   * By transaction: the thread that is given for a lock is the one that has written it down, which
   * for the lock on a row that was just inserted is the one that waits for it. A lock on a table is
   * written down by whose it is. InnoDB's own list of transactions has their statements, which it
   * cannot show when they are no text.
   */
  @Override
  public String lockWaits() {
    return """
    SELECT DISTINCT p.processlist_id, p.processlist_user, p.processlist_host, p.processlist_info
      FROM performance_schema.data_lock_waits AS w
      JOIN performance_schema.data_locks AS l
        ON l.engine_transaction_id = w.blocking_engine_transaction_id AND l.lock_type = 'TABLE'
      JOIN performance_schema.threads AS b ON b.thread_id = l.thread_id
      JOIN performance_schema.threads AS p ON p.thread_id = w.requesting_thread_id
     WHERE b.processlist_id IN (OURS) AND p.processlist_id NOT IN (OURS)
     LIMIT 10
    """;
  }

  @Override
  public String innodbTables() {
    return "information_schema.innodb_tables";
  }

  /**
   * A statement that waits for its first table, and is its own transaction, is not shown as one.
   */
  @Override
  public HeldUpSql heldUpSql() {
    return new HeldUpSql(
        """
        WITH RECURSIVE waiting (thread) AS (
          SELECT m.owner_thread_id
            FROM performance_schema.metadata_locks AS m
            JOIN performance_schema.threads AS p ON p.thread_id = m.owner_thread_id
           WHERE m.object_type = 'TABLE' AND m.lock_status = 'PENDING'
             AND (m.object_schema, m.object_name) IN (TABLES)
             AND p.processlist_id NOT IN (OURS)
           UNION
          SELECT w.requesting_thread_id
            FROM performance_schema.data_lock_waits AS w
            JOIN waiting ON waiting.thread = w.blocking_thread_id)
        SELECT CONCAT(t.thread_id, ':', t.event_id)
          FROM waiting
          JOIN performance_schema.events_transactions_current AS t ON t.thread_id = waiting.thread
         WHERE t.state = 'ACTIVE'
        """,
        true,
        """
        SELECT CONCAT(thread_id, ':', event_id) AS name, CONCAT(thread_id, ':', event_id) AS name_now
          FROM performance_schema.events_transactions_current
         WHERE state = 'ACTIVE'
        """);
  }

  @Override
  public boolean hasReplicas(Connection c) throws SQLException {
    return Replicas.any(c, showReplicas(c));
  }

  @Override
  public List<ServerStats.Replica> replicas(Connection c) throws SQLException {
    return Replicas.read(c, showReplicas(c));
  }

  private static String showReplicas(Connection c) throws SQLException {
    return InnodbServerFacts.read(c).atLeast(8, 0, 22) ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS";
  }

  @Override
  public ColumnStatistics statistics(InnodbServerFacts facts) {
    return new Histograms(facts);
  }

  @Override
  public StreamSpec stream(
      InnodbServerFacts facts, ServerAddress address, List<BinlogTable> tables) {
    return new MySqlStream(facts, address, tables);
  }

  /** Since 8.0.23, the pages of a table that is dropped leave the buffer pool by and by. */
  @Override
  public boolean dropsSlowly(InnodbServerFacts facts) {
    return !facts.atLeast(8, 0, 23);
  }

  /**
   * The rows of an XA transaction are logged at XA PREPARE. Debezium does not say so, but it takes
   * the thread from a transaction's BEGIN, and before these rows there is none.
   */
  @Override
  public boolean prepared(Struct sourceBlock) {
    return sourceBlock.getInt64("thread") == null;
  }

  @Override
  public Swap swap(List<InnodbMigration> benches) {
    return new MySqlSwap(benches);
  }
}
