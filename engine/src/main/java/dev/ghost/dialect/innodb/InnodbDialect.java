package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.SslMode;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import dev.ghost.dialect.Artifacts;
import dev.ghost.dialect.Dialect;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.ErrorClass;
import dev.ghost.dialect.Inspection;
import dev.ghost.dialect.PlannedMigration;
import dev.ghost.dialect.RetiredTable;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.Swap;
import dev.ghost.dialect.Whereabouts;
import dev.ghost.dialect.innodb.rows.InnodbSearchIndex;
import dev.ghost.dialect.innodb.schema.AlterStatement;
import dev.ghost.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.dialect.innodb.server.InnodbControlTable;
import dev.ghost.dialect.innodb.server.InnodbHeldUp;
import dev.ghost.dialect.innodb.server.InnodbTopology;
import dev.ghost.dialect.innodb.server.JdbcAddress;
import dev.ghost.dialect.innodb.server.RetiredRows;
import dev.ghost.dialect.innodb.server.ServerSessions;
import dev.ghost.dialect.innodb.server.SessionSettings;
import dev.ghost.dialect.innodb.server.TableIdentity;
import dev.ghost.dialect.innodb.sql.InnodbErrors;
import dev.ghost.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.dialect.innodb.sql.ScopedSetting;
import dev.ghost.dialect.innodb.sql.Sql;
import dev.ghost.dialect.innodb.sql.Tokens;
import dev.ghost.plan.Retirement;
import dev.ghost.request.AlterRequest;
import dev.ghost.request.ServerAddress;
import dev.ghost.request.TableName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** A server with InnoDB tables and a binary log; where products differ, {@link Product} tells. */
public abstract class InnodbDialect implements Dialect {

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
    return JdbcAddress.url(address);
  }

  @Override
  public final ServerAddress secured(ServerAddress address, SslMode mode, Optional<Path> ca) {
    return JdbcAddress.secured(address, mode, ca);
  }

  @Override
  public final Properties jdbcProperties(ServerAddress address) {
    return JdbcAddress.properties(address);
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
    return ServerSessions.number(c);
  }

  @Override
  public final void refuseServer(Connection c, boolean assumeOneWriter) throws SQLException {
    Optional<RefusedException> refusal = InnodbTopology.read(product, c).refusal(assumeOneWriter);
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
    return ServerSessions.end(c, Long.parseLong(session));
  }

  @Override
  public final boolean endStatement(Connection c, long session) throws SQLException {
    return ServerSessions.endStatement(product, c, session);
  }

  @Override
  public final Restore configure(Connection c, SessionProfile profile) throws SQLException {
    return SessionSettings.make(product, c, profile);
  }

  @Override
  public final Map<String, String> unfinished(Connection c, Set<String> transactions)
      throws SQLException {
    return InnodbHeldUp.unfinished(c, product, transactions);
  }

  @Override
  public final ErrorClass classify(SQLException error) {
    return InnodbErrors.classOf(error);
  }

  @Override
  public final AlterRequest parse(ServerAddress address, String statement) {
    return AlterStatement.parse(statement, address.database()).request();
  }

  @Override
  public final AlterRequest parse(ServerAddress address, String table, String change) {
    return parse(address, "ALTER TABLE %s %s".formatted(Sql.quote(table(address, table)), change));
  }

  @Override
  public final void refuseUnparsed(Connection c, AlterRequest request, ServerAddress address)
      throws SQLException {
    new InnodbInspector(product, c, request, address).refuseUnparsed();
  }

  @Override
  public final List<String> statements(String script) {
    return Tokens.statements(script);
  }

  @Override
  public final String definition(Connection c, TableName table) throws SQLException {
    return Sql.exists(c, table)
        ? InnodbSearchIndex.without(InnodbTableDefinition.stableDdl(c, table))
        : "";
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
  public final Artifacts artifacts(ServerAddress address, TableName table) {
    return new InnodbArtifacts(table);
  }

  @Override
  public final List<TableName> migrations(Connection c) throws SQLException {
    return InnodbControlTable.sources(c);
  }

  @Override
  public final Optional<DirectChange> direct(
      Connection connection, AlterRequest request, ServerAddress address, Way cheapest)
      throws SQLException {
    return new InnodbInspector(product, connection, request, address).direct(cheapest);
  }

  @Override
  public final Inspection inspect(
      Connection connection, AlterRequest request, ServerAddress address) throws SQLException {
    return new InnodbInspector(product, connection, request, address).inspect();
  }

  @Override
  public final void refuseTogether(List<PlannedMigration> benches) {
    InnodbMigration.refuseTogether(ours(benches));
  }

  @Override
  public final StreamSpec stream(List<PlannedMigration> benches) {
    InnodbInspection inspection = ours(benches).get(0).inspection();
    return product.stream(
        inspection.facts(),
        inspection.address(),
        ours(benches).stream().map(InnodbMigration::logged).toList());
  }

  @Override
  public final Swap swap(List<PlannedMigration> benches) {
    return product.swap(ours(benches));
  }

  private static List<InnodbMigration> ours(List<PlannedMigration> benches) {
    return benches.stream().map(InnodbMigration.class::cast).toList();
  }

  @Override
  public final Inspection inspectBack(
      Connection connection,
      TableName table,
      Map<String, String> expressions,
      ServerAddress address)
      throws SQLException {
    return new InnodbInspector(
            product, connection, AlterRequest.revert(table, expressions), address)
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
    try (ScopedSetting impatient = ScopedSetting.set(c, "lock_wait_timeout", "1")) {
      new RetiredRows(c, table.name())
          .drop(inSlices || product.dropsSlowly(InnodbServerFacts.read(c)));
    }
  }

  @Override
  public final void endWhenSilent(Connection c, Duration limit) throws SQLException {
    Sql.execute(c, "SET SESSION wait_timeout = " + limit.toSeconds());
  }

  @Override
  public final void awaitGone(Connection observer, long session) throws SQLException {
    ServerSessions.awaitEnd(product, observer, session);
  }
}
