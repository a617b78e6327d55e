package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.ServerAddress;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.TableGroup;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.server.Subscribers;
import dev.ghost.internal.dialect.postgres.sql.AlterText;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.RetiredTable;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Plans changes of tables of one PostgreSQL database.
 *
 * @param address of the server; names the database, and can name a schema
 */
record PostgresDialect(ServerAddress address) implements Dialect {

  private static final String DEFAULT_SCHEMA = "public";

  @Override
  public void refuseSubscribers(Connection c, Set<String> accepted) throws SQLException {
    Subscribers.refuse(c, accepted);
  }

  @Override
  public AlterRequest parse(String statement) {
    AlterText text = AlterText.parseStatement(statement);
    return new AlterRequest(named(text.schema(), text.table()), text.change());
  }

  @Override
  public AlterRequest parse(String table, String change) {
    TableName name = table(table);
    return new AlterRequest(name, AlterText.parseChange(change).change());
  }

  @Override
  public List<String> statements(String script) {
    return AlterText.statements(script);
  }

  @Override
  public String definition(Connection c, TableName table) throws SQLException {
    PostgresTableDefinition.qualify(c);
    return PostgresTableDefinition.fingerprint(c, table);
  }

  @Override
  public TableName table(String name) {
    int dot = name.indexOf('.');
    return named(dot < 0 ? "" : name.substring(0, dot), name.substring(dot + 1));
  }

  @Override
  public Artifacts artifacts(TableName table) {
    return new PostgresArtifacts(Names.of(table, address.database()));
  }

  private TableName named(String schema, String table) {
    if (address.database().isEmpty()) {
      throw new UsageException(
          "No database is given.", "Name it in the URL: postgresql://user@host/database.");
    }
    return new TableName(
        schema.isEmpty() ? address.options().getOrDefault("currentSchema", DEFAULT_SCHEMA) : schema,
        table);
  }

  /** The file as well, for TRUNCATE leaves the table what it is but for that. */
  @Override
  public String identity(Connection c, TableName table) throws SQLException {
    return Sql.strings(
            c,
            """
            SELECT c.oid || '/' || pg_relation_filenode(c.oid)
              FROM pg_class AS c
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = ? AND c.relname = ?
            """,
            table.schema(),
            table.table())
        .stream()
        .findFirst()
        .orElse("");
  }

  @Override
  public List<String> lastToAlter(Connection c, TableName table, List<Long> ours)
      throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT format('session %s (%s@%s, %s): %s', pid, usename, COALESCE(host(client_addr), 'local'),
                      application_name, left(query, 200))
          FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> ALL (?)
           AND query ~* '^\\s*(truncate|drop|alter|create|delete|update|insert)'
           AND position(lower(?) IN lower(query)) > 0
         ORDER BY query_start DESC
         LIMIT 5
        """,
        Sql.integers(c, ours),
        table.schema());
  }

  @Override
  public List<TableName> migrations(Connection c) throws SQLException {
    return PostgresControlTable.sources(c);
  }

  /** What it takes on an empty table it takes on any, as long as the rows fit. */
  @Override
  public Optional<DirectChange> direct(Connection connection, AlterRequest request, Way cheapest)
      throws SQLException {
    return cheapest == Way.METADATA
        ? new PostgresInspector(connection, request, address).direct()
        : Optional.empty();
  }

  @Override
  public Inspection inspect(Connection connection, AlterRequest request) throws SQLException {
    return new PostgresInspector(connection, request, address).inspect();
  }

  @Override
  public TableGroup group(List<PlannedMigration> planned) {
    return new PostgresGroup(planned.stream().map(PostgresMigration.class::cast).toList());
  }

  @Override
  public Inspection inspectBack(
      Connection connection, TableName table, Map<String, String> expressions) throws SQLException {
    return new PostgresInspector(connection, AlterRequest.revert(table, expressions), address)
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
            // Long enough for an autovacuum to give up; nobody else waits for this table.
            "SET LOCAL lock_timeout = '3s'",
            "LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE".formatted(Sql.quote(table.name())),
            "SET LOCAL lock_timeout = '1s'",
            "DROP TABLE " + Sql.quote(table.name())));
  }
}
