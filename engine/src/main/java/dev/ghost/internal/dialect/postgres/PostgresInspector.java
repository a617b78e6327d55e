package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.LoginException;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.postgres.schema.Dependents;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresServerFacts;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.server.Subscribers;
import dev.ghost.internal.dialect.postgres.sql.AlterText;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.RetiredTable;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** Looks at the server and the source, and refuses what cannot be done. Writes nothing. */
final class PostgresInspector {

  private final Connection c;
  private final AlterRequest request;
  private final ServerAddress address;
  private final List<String> warnings = new ArrayList<>();

  PostgresInspector(Connection c, AlterRequest request, ServerAddress address) {
    this.c = c;
    this.request = request;
    this.address = address;
  }

  PostgresInspection inspect() throws SQLException {
    PostgresTableDefinition.qualify(c);
    PostgresServerFacts facts = PostgresServerFacts.read(c);
    refuseServer(facts);
    Relation source = relation();
    refuseRelation(source);
    refuseIdentity(facts, source);
    refusePrivileges(facts, source);
    refuseReplicationLogin();
    Dependents.refuse(c, request.table(), source.oid);
    warn(facts, source);
    return inspection(facts, source);
  }

  /** The table as the source, and the retired one as its ghost. */
  Inspection inspectBack() throws SQLException {
    PostgresInspection inspection = inspect();
    Names there = Names.of(request.table(), address.database());
    Optional<RetiredTable> last = Retirements.last(c, there);
    Names names = last.map(r -> there.retiring(r.name())).orElse(there).back();
    Optional<Retirement> retirement = last.map(RetiredTable::retirement);
    PostgresControlTable control = PostgresControlTable.of(names);
    if (retirement.isEmpty() && control.exists(c) && control.swapped(c)) {
      // The swap back has been made; only the cleaning up is left.
      retirement = Retirements.read(c, names.tables().retired());
    }
    if (retirement.isEmpty()) {
      throw new RefusedException(
          "%s has no retired table: there is none that a cutover of ghost has left."
              .formatted(request.table()),
          "Only what was changed by a ghost, and is not dropped yet, can be swapped back.");
    }
    return inspection.back(names, retirement.get());
  }

  /** How the server could do it by itself. */
  Optional<DirectChange> direct() throws SQLException {
    PostgresTableDefinition.qualify(c);
    Relation source = relation();
    if (!source.kind.equals("r") || source.partition || source.inherits) {
      return Optional.empty();
    }
    return new PostgresDirectProbe(c, inspection(PostgresServerFacts.read(c), source)).probe();
  }

  private PostgresInspection inspection(PostgresServerFacts facts, Relation source)
      throws SQLException {
    Names names = Names.of(request.table(), address.database());
    return new PostgresInspection(
        facts,
        address,
        request.retired().map(names::retiring).orElse(names),
        PostgresTableDefinition.read(c, request.table()),
        PostgresTableDefinition.fingerprint(c, request.table()),
        request,
        AlterText.parseChange(request.change()),
        Optional.empty(),
        source.identity,
        source.rows,
        source.bytes,
        List.copyOf(warnings));
  }

  private static void refuseServer(PostgresServerFacts facts) {
    if (!facts.atLeast(14)) {
      throw new RefusedException(
          "This is PostgreSQL %s; ghost needs 14 or newer.".formatted(facts.version()),
          "Upgrade the server.");
    }
    if (!facts.walLevel().equals("logical")) {
      throw new RefusedException(
          "wal_level is %s; the change stream needs logical.".formatted(facts.walLevel()),
          "ALTER SYSTEM SET wal_level = 'logical'; then restart the server.");
    }
    if (facts.freeSlots() < 1) {
      throw new RefusedException(
          "All replication slots are taken (max_replication_slots).",
          "Drop one that nobody needs: SELECT slot_name, active FROM pg_replication_slots; SELECT"
              + " pg_drop_replication_slot('...');");
    }
    if (facts.freeSenders() < 1) {
      throw new RefusedException(
          "All WAL senders are taken (max_wal_senders).",
          "ALTER SYSTEM SET max_wal_senders = ...; then restart the server.");
    }
  }

  private record Relation(
      long oid,
      String kind,
      String persistence,
      String identity,
      boolean partition,
      boolean inherits,
      boolean owned,
      String owner,
      long rows,
      long bytes) {}

  private Relation relation() throws SQLException {
    String sql =
        """
        SELECT c.oid, c.relkind, c.relpersistence, c.relreplident, c.relispartition,
               EXISTS (SELECT 1 FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent)),
               pg_has_role(c.relowner, 'USAGE'), pg_get_userbyid(c.relowner),
               GREATEST(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid)
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = ? AND c.relname = ?
        """;
    TableName table = request.table();
    try (PreparedStatement statement = Sql.prepared(c, sql, table.schema(), table.table());
        ResultSet rs = statement.executeQuery()) {
      if (!rs.next()) {
        throw new RefusedException(
            "There is no table %s, or this user may not see it.".formatted(table),
            "Check the name, the schema and the database in the URL. Names are taken as they are"
                + " stored: lower case, unless they were quoted.");
      }
      return new Relation(
          rs.getLong(1),
          rs.getString(2),
          rs.getString(3),
          rs.getString(4),
          rs.getBoolean(5),
          rs.getBoolean(6),
          rs.getBoolean(7),
          rs.getString(8),
          rs.getLong(9),
          rs.getLong(10));
    }
  }

  private void refuseRelation(Relation source) {
    String what =
        switch (source.kind) {
          case "r" -> "";
          case "v" -> "a view";
          case "m" -> "a materialized view";
          case "f" -> "a foreign table";
          case "p" -> "a partitioned table";
          default -> "no table";
        };
    if (!what.isEmpty()) {
      throw new RefusedException(
          "%s is %s.".formatted(request.table(), what),
          "Only ordinary tables can be altered online.");
    }
    if (source.partition || source.inherits) {
      throw new RefusedException(
          "%s is %s."
              .formatted(
                  request.table(),
                  source.partition ? "a partition" : "part of an inheritance tree"),
          "Only ordinary tables that stand alone can be altered online.");
    }
    if (!source.persistence.equals("p")) {
      throw new RefusedException(
          "%s is %s: its changes are not in the log."
              .formatted(
                  request.table(), source.persistence.equals("u") ? "unlogged" : "temporary"),
          "Alter it directly.");
    }
  }

  /** With it, the server would refuse the application's updates for as long as the run lasts. */
  private void refuseIdentity(PostgresServerFacts facts, Relation source) throws SQLException {
    boolean virtual =
        Sql.yes(
            c,
            """
            SELECT EXISTS (SELECT 1 FROM pg_attribute
                            WHERE attrelid = ? AND attgenerated = 'v' AND NOT attisdropped)
            """,
            source.oid);
    if (facts.atLeast(18) && source.identity.equals("f") && virtual) {
      throw new RefusedException(
          "%s has REPLICA IDENTITY FULL and a virtual generated column, which no publication can have: while the change stream is there, the server would refuse updates and deletes."
              .formatted(request.table()),
          "ALTER TABLE %s REPLICA IDENTITY DEFAULT; where it has a primary key; or make the column STORED."
              .formatted(Sql.quote(request.table())));
    }
  }

  private void refusePrivileges(PostgresServerFacts facts, Relation source) throws SQLException {
    List<String> missing = new ArrayList<>();
    String user = Sql.quote(facts.user());
    if (!facts.mayReplicate()) {
      missing.add("ALTER ROLE %s REPLICATION;".formatted(user));
    }
    if (!source.owned) {
      missing.add("GRANT %s TO %s;".formatted(Sql.quote(source.owner), user));
    }
    if (!Sql.yes(c, "SELECT has_database_privilege(current_database(), 'CREATE')")) {
      missing.add(
          "GRANT CREATE ON DATABASE %s TO %s;".formatted(Sql.quote(address.database()), user));
    }
    String schema = request.table().schema();
    // Of a list, has_schema_privilege answers whether any is held: each is asked for by itself.
    List<String> onSchema = new ArrayList<>();
    for (String privilege : List.of("USAGE", "CREATE")) {
      if (!Sql.yes(c, "SELECT has_schema_privilege(?, ?)", schema, privilege)) {
        onSchema.add(privilege);
      }
    }
    if (!onSchema.isEmpty()) {
      missing.add(
          "GRANT %s ON SCHEMA %s TO %s;"
              .formatted(String.join(", ", onSchema), Sql.quote(schema), user));
    }
    if (!missing.isEmpty()) {
      throw new RefusedException(
          "Privileges are missing.", "Run as an administrator:\n  " + String.join("\n  ", missing));
    }
  }

  /** The change stream logs in by itself, for replication. */
  private void refuseReplicationLogin() throws SQLException {
    PostgresDriver driver = new PostgresDriver();
    Properties properties = driver.jdbcProperties(address);
    properties.setProperty("replication", "database");
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("assumeMinServerVersion", "14");
    try {
      DriverManager.getConnection(driver.jdbcUrl(address), properties).close();
    } catch (SQLException e) {
      // Its error is of the class of lost connections, which are tried again.
      Optional<RefusedException> pooler = driver.refusedByPooler(e);
      if (pooler.isPresent()) {
        throw pooler.get();
      }
      if (driver.classify(e) == ErrorClass.CONNECTION_LOST) {
        throw e;
      }
      String what = "The change stream cannot log in for replication: " + e.getMessage();
      String remedy =
          "See pg_hba.conf: the user %s needs a line for the database %s; a pooler in between does not do."
              .formatted(address.user(), address.database());
      throw driver.classify(e) == ErrorClass.LOGIN
          ? new LoginException(what, remedy, e)
          : new RefusedException(what, remedy, e);
    }
  }

  private void warn(PostgresServerFacts facts, Relation source) throws SQLException {
    if (!facts.maxSlotWalKeepSize().equals("-1")) {
      warnings.add(
          "max_slot_wal_keep_size is %s: when the change stream falls further behind, the server ends it and the run stops."
              .formatted(facts.maxSlotWalKeepSize()));
    }
    List<String> everything = Subscribers.publications(c);
    if (!everything.isEmpty()) {
      warnings.add(
          "The publication %s is FOR ALL TABLES: its subscribers get the ghost's rows too, and need the same table."
              .formatted(String.join(", ", everything)));
    }
    if (source.identity.equals("f")) {
      warnings.add(
          "REPLICA IDENTITY FULL: whole rows come through the change stream, not only keys.");
    }
  }
}
