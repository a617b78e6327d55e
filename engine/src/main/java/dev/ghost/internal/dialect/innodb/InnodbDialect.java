package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.ServerAddress;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.TableGroup;
import dev.ghost.internal.dialect.innodb.rows.InnodbSearchIndex;
import dev.ghost.internal.dialect.innodb.schema.AlterStatement;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.server.RetiredRows;
import dev.ghost.internal.dialect.innodb.server.TableIdentity;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.ScopedSetting;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.dialect.innodb.sql.Tokens;
import dev.ghost.internal.plan.RetiredTable;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plans changes of InnoDB tables on one server; where products differ, {@link Product} tells.
 *
 * @param address of the server; says what schema a table is in that is named without one
 */
record InnodbDialect(Product product, ServerAddress address) implements Dialect {

  @Override
  public AlterRequest parse(String statement) {
    return AlterStatement.parse(statement, address.database()).request();
  }

  @Override
  public AlterRequest parse(String table, String change) {
    return parse("ALTER TABLE %s %s".formatted(Sql.quote(table(table)), change));
  }

  @Override
  public void refuseUnparsed(Connection c, AlterRequest request) throws SQLException {
    new InnodbInspector(product, c, request, address).refuseUnparsed();
  }

  @Override
  public List<String> statements(String script) {
    return Tokens.statements(script);
  }

  @Override
  public String definition(Connection c, TableName table) throws SQLException {
    return Sql.exists(c, table)
        ? InnodbSearchIndex.without(InnodbTableDefinition.stableDdl(c, table))
        : "";
  }

  @Override
  public String identity(Connection c, TableName table) throws SQLException {
    return TableIdentity.of(c, product, table);
  }

  @Override
  public List<String> lastToAlter(Connection c, TableName table, List<Long> ours)
      throws SQLException {
    return TableIdentity.lastToAlter(c, table, ours);
  }

  /** {@code shop.orders} names a schema only when the URL does not: a name may have a dot. */
  @Override
  public TableName table(String name) {
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
  public Artifacts artifacts(TableName table) {
    return new InnodbArtifacts(table);
  }

  @Override
  public List<TableName> migrations(Connection c) throws SQLException {
    return InnodbControlTable.sources(c);
  }

  @Override
  public Optional<DirectChange> direct(Connection connection, AlterRequest request, Way cheapest)
      throws SQLException {
    return new InnodbInspector(product, connection, request, address).direct(cheapest);
  }

  @Override
  public Inspection inspect(Connection connection, AlterRequest request) throws SQLException {
    return new InnodbInspector(product, connection, request, address).inspect();
  }

  @Override
  public TableGroup group(List<PlannedMigration> planned) {
    return new InnodbGroup(product, planned.stream().map(InnodbMigration.class::cast).toList());
  }

  @Override
  public Inspection inspectBack(
      Connection connection, TableName table, Map<String, String> expressions) throws SQLException {
    return new InnodbInspector(
            product, connection, AlterRequest.revert(table, expressions), address)
        .inspectBack();
  }

  @Override
  public List<RetiredTable> retired(Connection c) throws SQLException {
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
  public void drop(Connection c, RetiredTable table, boolean inSlices) throws SQLException {
    try (ScopedSetting impatient = ScopedSetting.set(c, "lock_wait_timeout", "1")) {
      new RetiredRows(c, table.name())
          .drop(inSlices || product.dropsSlowly(InnodbServerFacts.read(c)));
    }
  }
}
