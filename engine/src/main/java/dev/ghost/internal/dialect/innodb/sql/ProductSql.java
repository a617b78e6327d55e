package dev.ghost.internal.dialect.innodb.sql;

import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** The SQL of MySQL and MariaDB where it differs, and the facts by which statements are chosen. */
public interface ProductSql extends Syntax {

  /** As people write it. */
  String name();

  /**
   * The oldest version that will do, as three numbers, and why.
   *
   * @param reason follows "which"
   */
  record Oldest(int major, int minor, int patch, String reason) {}

  Oldest oldest();

  /** Settings of the server that a running migration leans on, with the value that they need. */
  Map<String, String> neededSettings();

  /**
   * Sessions that do not log their changes as whole rows, a line each, where the server tells.
   * Those that it does not tell of the stream stops at.
   */
  List<String> sessionsThatLogLess(Connection connection) throws SQLException;

  /** The expression that tells this server from every other, also after it was restarted. */
  String serverIdentity();

  /** The session variable that limits how long a statement may take; zero is no limit. */
  String statementLimit();

  /** The statement that shows the servers which this one replicates from, a row each. */
  String showSources(String version);

  /**
   * The table that tells of the server's sessions, with columns {@code id} and {@code command},
   * whatever the statements are that they run.
   */
  String sessions(Connection connection) throws SQLException;

  /** The query for the host, port and role of the members of the server's group; or empty. */
  String groupMembers();

  /** The session variable that holds the isolation level. */
  String isolationVariable();

  /** Settings of our sessions that only this product has. */
  Map<String, String> sessionSettings(Connection connection) throws SQLException;

  /** The privileges on all schemas without which a migration cannot be. */
  List<String> globalPrivileges();

  /** The least privilege with which a session can keep what it does out of the binary log. */
  String privilegeNotToLog();

  /** The privileges on all schemas for seeing prepared transactions, where there may be any. */
  List<String> privilegesForPrepared(Connection connection) throws SQLException;

  /** The statement that shows what the user may do, active roles included. */
  String showGrants(Connection connection) throws SQLException;

  /** True, over a row of {@code information_schema.statistics}, if the optimizer uses the index. */
  String usableIndex();

  /**
   * The default of a column as SQL; null when it has none.
   *
   * @param stored what {@code information_schema.columns} says
   */
  @Nullable String defaultSql(@Nullable String stored, String extra);

  /** The expression of a generated column, as {@code information_schema.columns} stores it. */
  String generationSql(@Nullable String stored);

  /** Follows a SELECT that must fail at once when another transaction has locked a row. */
  String shareNoWait();

  /** The error of {@link #shareNoWait}. */
  int lockedError();

  /**
   * True when its ALTER finds a member of an ENUM or SET by a number's digits; else by its index.
   */
  boolean altersNumbersByDigits();

  /** True when its ALTER refuses a fraction, in text, for a column of whole numbers. */
  boolean altersOnlyWholeNumbers();

  /** A digest of a text, of at least 60 bits; NULL when the text is NULL. */
  String digest(String text);

  /** Aggregates such digests by XOR. */
  String checksum(String digest);

  /** True when the stream stops at changes that are logged as statements. */
  boolean streamSeesStatements();

  /**
   * What a position in the log is a position of: nothing in particular where it is known to every
   * server of a replication group.
   */
  default String positionBelongsTo(Connection c, InnodbServerFacts facts) throws SQLException {
    return "";
  }

  /** True when a name of a check is there once in a schema, and not in a table. */
  boolean namesChecksBySchema();

  /** What a foreign key takes on the table that it refers to. */
  String privilegeToRefer();

  /** True when rows that a foreign key's action changes are in the log like all others. */
  boolean logsCascades(InnodbServerFacts facts);

  /**
   * True when a session can rename tables that it has locked, and keeps the lock. Where it is not
   * so, a table of which another has a foreign key is locked against writers only: a lock against
   * readers would cover the other as well.
   */
  boolean renamesLocked();

  /**
   * Who holds locks on these tables.
   *
   * @param ours sessions that do not count
   * @param seconds the age of a transaction, at least
   */
  List<Blocker> blockers(
      Connection observer, List<TableName> tables, Collection<Long> ours, long seconds)
      throws SQLException;

  /**
   * The queries for transactions that one of ghost's locks holds up.
   *
   * @param waiting those that wait: a name; TABLES are parameters, OURS are sessions that do not
   *     count
   * @param byTable true when {@code waiting} takes the tables
   * @param open all that have not ended: columns {@code name} and {@code name_now}, which is
   *     another when a transaction has begun since it was noted
   */
  record HeldUpSql(String waiting, boolean byTable, String open) {}

  HeldUpSql heldUpSql();

  /** The server's table of InnoDB's tables, where TRUNCATE gives a table another number. */
  String innodbTables();

  /**
   * The query for sessions that wait for a row that a session among OURS has locked: number, user,
   * host, statement.
   */
  String lockWaits();

  /** True when a replica is attached to the server. */
  boolean hasReplicas(Connection connection) throws SQLException;

  /**
   * True when the server builds the right index in place of a column that takes the name of another
   * one in the same statement. MariaDB 11.8 takes the other one's values, or crashes.
   */
  default boolean indexesColumnsThatReuseNames() {
    return true;
  }

  /** The replicas that are attached to the server. */
  List<ServerStats.Replica> replicas(Connection connection) throws SQLException;

  /** True when to drop a large table keeps all sessions waiting. */
  default boolean dropsSlowly(InnodbServerFacts facts) {
    return false;
  }

  /** True for a change, by its source block, of a transaction that is only prepared. */
  boolean prepared(Struct sourceBlock);
}
