package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Names of the ghost's indexes and sequences that something else has in the source's schema. In a
 * working schema the server has chosen them as if nobody had them.
 */
public final class TakenNames {

  private TakenNames() {}

  /**
   * Returns each with what it is for, and none of what the swap renames.
   *
   * @param source the number of the source in the catalog
   */
  public static List<String> of(Connection c, long source, TableNames names) throws SQLException {
    return Sql.strings(c, TAKEN, source, Sql.quote(names.ghost()), names.source().schema());
  }

  private static final String TAKEN =
      """
      WITH p AS (SELECT ?::oid AS source, ?::regclass AS ghost, ?::text AS schema),
           parts AS (
             SELECT i.oid, i.relname, 'index' AS kind
               FROM p JOIN pg_index AS x ON x.indrelid = p.ghost JOIN pg_class AS i ON i.oid = x.indexrelid
              UNION ALL
             SELECT q.oid, q.relname, 'sequence'
               FROM p
               JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.ghost
                                  AND d.classid = 'pg_class'::regclass AND d.deptype IN ('i', 'a')
               JOIN pg_class AS q ON q.oid = d.objid AND q.relkind = 'S'),
           renamed AS (
             SELECT x.indexrelid AS oid FROM p JOIN pg_index AS x ON x.indrelid = p.source
              UNION ALL
             SELECT d.objid
               FROM p JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.source
              WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'i')
      SELECT format('%s for the %s, by %s', parts.relname, parts.kind, pg_describe_object('pg_class'::regclass, o.oid, 0))
        FROM p
        JOIN pg_namespace AS n ON n.nspname = p.schema
       CROSS JOIN parts
        JOIN pg_class AS o ON o.relnamespace = n.oid AND o.relname = parts.relname AND o.oid <> parts.oid
       WHERE o.oid NOT IN (SELECT oid FROM renamed)
       ORDER BY 1
      """;
}
