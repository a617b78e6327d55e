package dev.ghost.internal.dialect.mariadb;

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
import dev.ghost.internal.dialect.innodb.server.Replicas;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** What is MariaDB's own. */
final class MariaDb implements Product {

  private static final String SHOW_REPLICAS = "SHOW REPLICA HOSTS";

  @Override
  public String name() {
    return "MariaDB";
  }

  @Override
  public Oldest oldest() {
    return new Oldest(10, 6, 0, "renames several tables as one");
  }

  @Override
  public Map<String, String> neededSettings() {
    return Map.of(
        "log_bin", "ON",
        "binlog_format", "ROW",
        "binlog_row_image", "FULL");
  }

  /** Its stream notices. */
  @Override
  public List<String> sessionsThatLogLess(Connection c) {
    return List.of();
  }

  /** It has no UUID; servers that share a host name and a port are told apart by the number. */
  @Override
  public String serverIdentity() {
    return "CONCAT_WS(':', @@GLOBAL.hostname, @@GLOBAL.port, @@GLOBAL.server_id)";
  }

  @Override
  public String statementLimit() {
    return "max_statement_time";
  }

  /** With those of named connections. */
  @Override
  public String showSources(String version) {
    return "SHOW ALL SLAVES STATUS";
  }

  /** Its statements may hold any bytes. */
  @Override
  public String sessions(Connection c) {
    return "information_schema.processlist";
  }

  @Override
  public String groupMembers() {
    return "";
  }

  @Override
  public String isolationVariable() {
    return "tx_isolation";
  }

  /**
   * A long list of keys must stay a list: the server would make a table of it, and read the other
   * one from end to end.
   */
  @Override
  public Map<String, String> sessionSettings(Connection c) {
    return Map.of(
        "max_statement_time", "0",
        "check_constraint_checks", "1",
        "in_predicate_conversion_threshold", "0",
        "idle_transaction_timeout", "0",
        "idle_write_transaction_timeout", "0",
        "idle_readonly_transaction_timeout", "0");
  }

  @Override
  public String privilegeNotToLog() {
    return "BINLOG ADMIN";
  }

  @Override
  public List<String> globalPrivileges() {
    return List.of("REPLICATION SLAVE", "BINLOG MONITOR");
  }

  @Override
  public List<String> privilegesForPrepared(Connection c) {
    return List.of();
  }

  @Override
  public String showGrants(Connection c) {
    return "SHOW GRANTS";
  }

  @Override
  public boolean knowsConditions() {
    return true;
  }

  @Override
  public String usableIndex() {
    return "ignored = 'NO'";
  }

  /** The dictionary has it as SQL already; NULL is what a nullable column has anyway. */
  @Override
  public @Nullable String defaultSql(@Nullable String stored, String extra) {
    return "NULL".equals(stored) ? null : stored;
  }

  @Override
  public String generationSql(@Nullable String stored) {
    return stored == null ? "" : stored;
  }

  @Override
  public String shareNoWait() {
    return "LOCK IN SHARE MODE NOWAIT";
  }

  /** ER_LOCK_WAIT_TIMEOUT. */
  @Override
  public int lockedError() {
    return 1205;
  }

  @Override
  public boolean altersNumbersByDigits() {
    return false;
  }

  @Override
  public boolean altersOnlyWholeNumbers() {
    return true;
  }

  /** 64 bits of a SHA-256: more its BIT_XOR does not take. */
  @Override
  public String digest(String text) {
    return "CAST(CONV(LEFT(SHA2(%s, 256), 16), 16, 10) AS UNSIGNED)".formatted(text);
  }

  @Override
  public String checksum(String digest) {
    return "BIT_XOR(%s)".formatted(digest);
  }

  @Override
  public List<String> warnings(InnodbTableDefinition source) {
    return List.of();
  }

  @Override
  public boolean streamSeesStatements() {
    return true;
  }

  @Override
  public boolean namesChecksBySchema() {
    return false;
  }

  @Override
  public String privilegeToRefer() {
    return "SELECT";
  }

  @Override
  public boolean logsCascades(InnodbServerFacts facts) {
    return false;
  }

  @Override
  public boolean renamesLocked() {
    return false;
  }

  @Override
  public List<Blocker> blockers(
      Connection observer, List<TableName> tables, Collection<Long> ours, long seconds)
      throws SQLException {
    return MariaDbBlockers.read(observer, tables, ours, seconds);
  }

  @Override
  public String lockWaits() {
    return """
    SELECT p.id, p.user, p.host, p.info
      FROM information_schema.innodb_lock_waits AS w
      JOIN information_schema.innodb_trx AS r ON r.trx_id = w.requesting_trx_id
      JOIN information_schema.innodb_trx AS b ON b.trx_id = w.blocking_trx_id
      JOIN information_schema.processlist AS p ON p.id = r.trx_mysql_thread_id
     WHERE b.trx_mysql_thread_id IN (OURS) AND p.id NOT IN (OURS)
     LIMIT 10
    """;
  }

  @Override
  public String innodbTables() {
    return "information_schema.innodb_sys_tables";
  }

  /**
   * A stock server does not tell which table a session waits for. A transaction is known by its
   * session and the second in which it has begun; one that waits for its first table has not yet.
   */
  @Override
  public HeldUpSql heldUpSql() {
    return new HeldUpSql(
        """
        SELECT CONCAT(p.id, '@', COALESCE(x.trx_started, ''))
          FROM information_schema.processlist AS p
          LEFT JOIN information_schema.innodb_trx AS x ON x.trx_mysql_thread_id = p.id
         WHERE (p.state = 'Waiting for table metadata lock' OR x.trx_state = 'LOCK WAIT')
           AND p.id NOT IN (OURS)
        """,
        false,
        """
        SELECT CONCAT(id, '@') AS name, CONCAT(id, '@') AS name_now
          FROM information_schema.processlist
         WHERE state = 'Waiting for table metadata lock'
         UNION
        SELECT CONCAT(trx_mysql_thread_id, '@', trx_started), CONCAT(trx_mysql_thread_id, '@', trx_started)
          FROM information_schema.innodb_trx
         UNION
        SELECT CONCAT(trx_mysql_thread_id, '@'), CONCAT(trx_mysql_thread_id, '@', trx_started)
          FROM information_schema.innodb_trx
        """);
  }

  @Override
  public boolean indexesColumnsThatReuseNames() {
    return false;
  }

  @Override
  public boolean hasReplicas(Connection c) throws SQLException {
    return Replicas.any(c, SHOW_REPLICAS);
  }

  @Override
  public List<ServerStats.Replica> replicas(Connection c) throws SQLException {
    return Replicas.read(c, SHOW_REPLICAS);
  }

  @Override
  public ColumnStatistics statistics(InnodbServerFacts facts) {
    return new StatisticsTables();
  }

  @Override
  public StreamSpec stream(
      InnodbServerFacts facts, ServerAddress address, List<BinlogTable> tables) {
    return new MariaDbStream(address, tables);
  }

  /** Our connector says so. */
  @Override
  public boolean prepared(Struct sourceBlock) {
    return sourceBlock.getString("query") != null;
  }

  @Override
  public Swap swap(List<InnodbMigration> benches) {
    return new MariaDbSwap(benches);
  }
}
