package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.ForeignKeyClauses;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A table like the source, of the same name, in a schema of its own. It is made and altered in a
 * transaction that is rolled back: nobody else ever sees it, and nothing is left of it, whatever
 * becomes of us. It has no foreign keys, which would lock other tables.
 */
final class Twin {

  private final Connection c;
  private final PostgresInspection inspection;
  private final TableName name;
  private final GhostDdl ddl;
  private final String change;

  /**
   * @param suffix of the schema's name
   */
  Twin(Connection c, PostgresInspection inspection, String suffix) {
    this.c = c;
    this.inspection = inspection;
    TableName source = inspection.names().source();
    this.name =
        new TableName(Names.cut(source.schema() + "_" + source.table(), suffix), source.table());
    this.ddl = new GhostDdl(inspection.source(), name);
    this.change = ForeignKeyClauses.removed(inspection.change().change());
  }

  TableName name() {
    return name;
  }

  /** Another table in its schema, whose name is no index's and no sequence's. */
  TableName neighbour(String what) {
    return name.sibling(what + " of ghost");
  }

  void create() throws SQLException {
    if (Sql.yes(c, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ?)", name.schema())) {
      throw new RefusedException(
          "The schema %s is needed for a moment, and it is not ghost's.".formatted(name.schema()),
          "If nobody needs it any more: DROP SCHEMA %s CASCADE;"
              .formatted(Sql.quote(name.schema())));
    }
    Sql.execute(c, "CREATE SCHEMA " + Sql.quote(name.schema()));
    PostgresTableDefinition.qualify(c);
    ddl.createUnlogged(c);
  }

  /**
   * Drops the constraints that need not hold for all rows.
   *
   * @return the statements that make them again
   */
  List<String> dropUnvalidated() throws SQLException {
    PostgresTableDefinition.qualify(c);
    return ddl.postponeUnvalidated(c, name);
  }

  /** Gives the transaction the settings that a session of the user's own would have. */
  void asUser() throws SQLException {
    List<String> settings = new ArrayList<>();
    settings.add("SET LOCAL search_path TO DEFAULT");
    settings.add("SET LOCAL default_tablespace TO DEFAULT");
    settings.addAll(inspection.facts().settings().local());
    Sql.execute(c, settings);
  }

  /** The user's change. */
  String alterSql() {
    return "ALTER TABLE %s %s".formatted(Sql.quote(name), change);
  }

  /** Has the server make the change, but for its foreign keys. */
  void alter() throws SQLException {
    asUser();
    if (!change.isEmpty()) {
      Sql.execute(c, alterSql());
    }
  }

  /** Takes from it what the ghost lacks until all rows are there. */
  void becomeGhost() throws SQLException {
    PostgresTableDefinition.qualify(c);
    Sql.execute(c, ddl.dropStandIns(c));
    ddl.postponeUnvalidated(c);
    ddl.postpone(c);
  }
}
