package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.GhostException;
import dev.ghost.internal.dialect.postgres.lock.BriefLock;
import dev.ghost.internal.dialect.postgres.schema.NewForeignKey;
import dev.ghost.internal.dialect.postgres.schema.PostgresEffects.CatalogSnapshot;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.ForeignKeyClauses;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;

/**
 * What the server has made of the ghost.
 *
 * @param foreignKeys those of the change, which the ghost does not have for now
 */
record ChangedGhost(CatalogSnapshot look, List<NewForeignKey> foreignKeys) {

  /**
   * Has the server apply the change to the ghost, and commits.
   *
   * @throws GhostException if it refuses the change
   */
  static ChangedGhost of(PostgresInspection inspection, Connection c) throws SQLException {
    String change = inspection.change().change();
    try {
      ChangedGhost made = BriefLock.within(c, () -> alter(inspection, c, change));
      c.commit();
      return made;
    } catch (SQLException e) {
      GhostException refused = PostgresDirectProbe.refused(e, sql(inspection, change));
      c.rollback();
      inspection.refuseMissing(c, e);
      throw refused;
    }
  }

  /**
   * Alters the ghost. A foreign key locks the table that it refers to, and would lock it even more
   * to be dropped: so what makes one is rolled back, and the change is made without.
   */
  private static ChangedGhost alter(PostgresInspection inspection, Connection c, String change)
      throws SQLException {
    TableName ghost = inspection.names().ghost();
    List<String> settings = inspection.facts().settings().local();
    Savepoint before = c.setSavepoint();
    Sql.execute(c, settings);
    Sql.execute(c, sql(inspection, change));
    PostgresTableDefinition.qualify(c);
    ChangedGhost made =
        new ChangedGhost(CatalogSnapshot.at(c, ghost), NewForeignKey.read(c, ghost));
    if (!made.foreignKeys().isEmpty()) {
      c.rollback(before);
      String rest = ForeignKeyClauses.removed(change);
      Sql.execute(c, settings);
      Sql.execute(c, rest.isEmpty() ? List.of() : List.of(sql(inspection, rest)));
    }
    return made;
  }

  private static String sql(PostgresInspection inspection, String change) {
    return "ALTER TABLE %s %s".formatted(Sql.quote(inspection.names().ghost()), change);
  }
}
