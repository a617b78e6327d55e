package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Queries of the catalog that write down what makes a table like the source: for each part of its
 * definition, the statements that give it to the ghost.
 */
final class SourceDdl {

  private SourceDdl() {}

  /** The statements of one of these parts; not of {@link #SEQUENCES}. */
  static List<String> statements(
      Connection c, String part, PostgresTableDefinition source, TableName ghost)
      throws SQLException {
    return Sql.strings(c, WITH_SOURCE + part, source.oid(), Sql.quote(ghost), ghost.schema());
  }

  private static final String WITH_SOURCE =
      """
      WITH source AS (
        SELECT c.*, n.nspname, p.ghost, p.work
          FROM (VALUES (?::oid, ?::text, ?::text)) AS p (source, ghost, work)
          JOIN pg_class AS c ON c.oid = p.source
          JOIN pg_namespace AS n ON n.oid = c.relnamespace)
      """;

  private static final String LIKE_SOURCE =
      """
       || format(' %s (LIKE %I.%I INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS) USING %I%s',
                 s.ghost, s.nspname, s.relname, a.amname,
                 COALESCE(' TABLESPACE ' || quote_ident(t.spcname), ''))
        FROM source AS s JOIN pg_am AS a ON a.oid = s.relam
        LEFT JOIN pg_tablespace AS t ON t.oid = s.reltablespace
      """;

  static final String TABLE = "SELECT 'CREATE TABLE'" + LIKE_SOURCE;

  /** Not every access method can do without the log. */
  static final String UNLOGGED_TABLE =
      "SELECT CASE a.amname WHEN 'heap' THEN 'CREATE UNLOGGED TABLE' ELSE 'CREATE TABLE' END"
          + LIKE_SOURCE;

  /**
   * LIKE gives an identity column a sequence with the options of the source's, but for the type and
   * the name. It is made the same before the change, which may alter it by what it finds: another
   * type of the column moves those limits only that were the old type's own.
   */
  static final String SEQUENCES =
      """
      WITH pair AS (
        SELECT q.oid, q.relname AS name, w.oid AS twin, w.relname AS twin_name, n.nspname AS work,
               format('%I.%I', n.nspname, q.relname) AS ghost, format('%I.%I', m.nspname, q.relname) AS source,
               pg_get_userbyid(q.relowner) AS owner, q.relacl, q.relpersistence
          FROM (VALUES (?::oid, ?::regclass)) AS p (source, ghost)
          JOIN pg_attribute AS a ON a.attrelid = p.source AND a.attidentity <> ''
          JOIN pg_attribute AS b ON b.attrelid = p.ghost AND b.attname = a.attname
          JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
                             AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'
          JOIN pg_depend AS e ON e.refclassid = 'pg_class'::regclass AND e.refobjid = b.attrelid AND e.refobjsubid = b.attnum
                             AND e.classid = 'pg_class'::regclass AND e.deptype = 'i'
          JOIN pg_class AS q ON q.oid = d.objid
          JOIN pg_class AS w ON w.oid = e.objid
          JOIN pg_namespace AS m ON m.oid = q.relnamespace
          JOIN pg_namespace AS n ON n.oid = w.relnamespace)
      SELECT statement FROM (
        SELECT step, pair.oid, 0 AS number, statement
          FROM pair JOIN pg_sequence AS o ON o.seqrelid = pair.oid
         CROSS JOIN LATERAL (VALUES
           -- by way of another name: the name of one may be that which another was given
           (1, format('ALTER SEQUENCE %I.%I RENAME TO %I', work, twin_name, 'ghost_' || twin)),
           (2, format('ALTER SEQUENCE %I.%I RENAME TO %I', work, 'ghost_' || twin, name)),
           (3, format('ALTER SEQUENCE %s AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s', ghost,
                      format_type(o.seqtypid, NULL), o.seqincrement, o.seqmin, o.seqmax, o.seqstart, o.seqcache,
                      CASE WHEN o.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)),
           -- as if drawn from already, so that a RESTART is seen
           (4, format('SELECT setval(%L, o.last_value, true) FROM %s AS o', ghost, source)),
           (5, CASE relpersistence WHEN 'u' THEN format('ALTER SEQUENCE %s SET UNLOGGED', ghost) END),
           (6, format('COMMENT ON SEQUENCE %s IS ', ghost) || quote_literal(obj_description(pair.oid, 'pg_class'))),
           (7, CASE WHEN relacl IS NOT NULL THEN format('REVOKE ALL ON SEQUENCE %s FROM PUBLIC, %I', ghost, owner) END)) AS v (step, statement)
         UNION ALL
        SELECT 8, pair.oid, a.number,
               format('GRANT %s ON SEQUENCE %s TO %s%s', a.privilege_type, ghost,
                      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM pair
         CROSS JOIN LATERAL aclexplode(relacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, number)
      ) AS g
       WHERE statement IS NOT NULL
       ORDER BY step, oid, number
      """;

  static final String OPTIONS =
      """
      SELECT format('ALTER TABLE %s SET (%s)', s.ghost,
                    (SELECT string_agg(prefix || split_part(o, '=', 1) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ')
                       FROM (SELECT '' AS prefix, unnest(s.reloptions) AS o
                             UNION ALL
                             SELECT 'toast.', unnest(t.reloptions) FROM pg_class AS t WHERE t.oid = s.reltoastrelid) AS options))
        FROM source AS s
       WHERE s.reloptions IS NOT NULL
          OR EXISTS (SELECT 1 FROM pg_class AS t WHERE t.oid = s.reltoastrelid AND t.reloptions IS NOT NULL)
      """;

  /** LIKE makes them as if all rows had been checked. */
  static final String UNVALIDATED =
      """
      SELECT statement
        FROM source AS s
        JOIN pg_constraint AS k ON k.conrelid = s.oid AND k.contype IN ('c', 'n') AND NOT k.convalidated
       CROSS JOIN LATERAL (VALUES
         (1, format('ALTER TABLE %s DROP CONSTRAINT %I', s.ghost, k.conname)),
         (2, format('ALTER TABLE %s ADD CONSTRAINT %I %s', s.ghost, k.conname, pg_get_constraintdef(k.oid)))) AS v (step, statement)
       ORDER BY k.oid, step
      """;

  static final String CONSTRAINTS =
      """
      SELECT statement
        FROM source AS s
        JOIN pg_constraint AS k ON k.conrelid = s.oid AND k.contype IN ('p', 'u', 'x')
        JOIN pg_class AS i ON i.oid = k.conindid
        LEFT JOIN pg_tablespace AS t ON t.oid = i.reltablespace
       CROSS JOIN LATERAL (VALUES
         (1, format('SET LOCAL default_tablespace = %L', COALESCE(t.spcname, ''))),
         (2, format('ALTER TABLE %s ADD CONSTRAINT %I %s', s.ghost, k.conname, pg_get_constraintdef(k.oid))),
         (3, format('ALTER INDEX %I.%I SET (%s)', s.work, i.relname, array_to_string(i.reloptions, ', '))),
         (4, format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, s.ghost, obj_description(k.oid, 'pg_constraint'))),
         (5, format('COMMENT ON INDEX %I.%I IS %L', s.work, i.relname, obj_description(i.oid, 'pg_class'))),
         (6, 'SET LOCAL default_tablespace = ''''')) AS v (step, statement)
       WHERE (step <> 3 OR i.reloptions IS NOT NULL)
         AND (step <> 4 OR obj_description(k.oid, 'pg_constraint') IS NOT NULL)
         AND (step <> 5 OR obj_description(i.oid, 'pg_class') IS NOT NULL)
       ORDER BY k.contype = 'p' DESC, k.oid, step
      """;

  static final String INDEXES =
      """
      SELECT statement
        FROM source AS s
        JOIN pg_index AS x ON x.indrelid = s.oid AND x.indisvalid
        JOIN pg_class AS i ON i.oid = x.indexrelid
        LEFT JOIN pg_tablespace AS t ON t.oid = i.reltablespace
       CROSS JOIN LATERAL (SELECT CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END) AS u (uniq)
       CROSS JOIN LATERAL (VALUES
         (1, format('SET LOCAL default_tablespace = %L', COALESCE(t.spcname, ''))),
         (2, format('CREATE %sINDEX %I ON %s %s', uniq, i.relname, s.ghost,
                    substr(pg_get_indexdef(i.oid),
                           length(format('CREATE %sINDEX %I ON %I.%I ', uniq, i.relname, s.nspname, s.relname)) + 1))),
         (3, format('COMMENT ON INDEX %I.%I IS %L', s.work, i.relname, obj_description(i.oid, 'pg_class'))),
         (4, 'SET LOCAL default_tablespace = ''''')) AS v (step, statement)
       WHERE NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
         AND (step <> 3 OR obj_description(i.oid, 'pg_class') IS NOT NULL)
       ORDER BY i.oid, step
      """;

  static final String INDEX_SETTINGS =
      """
      SELECT format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', s.work, i.relname, a.attnum, to_jsonb(a) ->> 'attstattarget')
        FROM source AS s
        JOIN pg_index AS x ON x.indrelid = s.oid AND x.indisvalid
        JOIN pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_attribute AS a ON a.attrelid = i.oid
       WHERE COALESCE(to_jsonb(a) ->> 'attstattarget', '-1') <> '-1'
      """;

  static final String STAND_INS =
      """
      SELECT format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (TRUE OR num_nulls(%s) = 0) NOT VALID', s.ghost, k.conname,
                    (SELECT string_agg(quote_ident(a.attname), ', ')
                       FROM pg_attribute AS a WHERE a.attrelid = s.oid AND a.attnum = ANY (k.conkey)))
        FROM source AS s JOIN pg_constraint AS k ON k.conrelid = s.oid AND k.contype = 'f' AND k.conparentid = 0
      """;

  static final String STATISTICS =
      """
      SELECT statement
        FROM source AS s
        JOIN pg_statistic_ext AS e ON e.stxrelid = s.oid
        JOIN pg_namespace AS n ON n.oid = e.stxnamespace
       CROSS JOIN LATERAL (SELECT pg_get_statisticsobjdef(e.oid),
                                  format('CREATE STATISTICS %I.%I', n.nspname, e.stxname),
                                  format(' FROM %I.%I', s.nspname, s.relname)) AS d (def, head, tail)
       CROSS JOIN LATERAL (VALUES
         (1, format('CREATE STATISTICS %I.%I%s FROM %s', s.work, e.stxname,
                    substr(def, length(head) + 1, length(def) - length(head) - length(tail)), s.ghost)),
         (2, format('ALTER STATISTICS %I.%I SET STATISTICS %s', s.work, e.stxname, to_jsonb(e) ->> 'stxstattarget')),
         (3, format('COMMENT ON STATISTICS %I.%I IS %L', s.work, e.stxname, obj_description(e.oid, 'pg_statistic_ext'))),
         (4, format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', s.work, pg_get_userbyid(e.stxowner))),
         (5, format('ALTER STATISTICS %I.%I OWNER TO %I', s.work, e.stxname, pg_get_userbyid(e.stxowner)))) AS v (step, statement)
       WHERE (step <> 2 OR COALESCE(to_jsonb(e) ->> 'stxstattarget', '-1') <> '-1')
         AND (step <> 3 OR obj_description(e.oid, 'pg_statistic_ext') IS NOT NULL)
         AND (step < 4 OR pg_get_userbyid(e.stxowner) <> current_user)
       ORDER BY e.oid, step
      """;

  static final String COLUMN_SETTINGS =
      """
      SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', s.ghost, a.attname, to_jsonb(a) ->> 'attstattarget')
        FROM source AS s JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE COALESCE(to_jsonb(a) ->> 'attstattarget', '-1') <> '-1'
       UNION ALL
      SELECT format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', s.ghost, a.attname, string_agg(o, ', '))
        FROM source AS s JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
       CROSS JOIN unnest(a.attoptions) AS o
       WHERE o NOT LIKE 'pg_attver=%'
       GROUP BY s.ghost, a.attname
      """;

  static final String COMMENTS =
      """
      SELECT format('COMMENT ON TABLE %s IS %L', s.ghost, obj_description(s.oid, 'pg_class'))
        FROM source AS s WHERE obj_description(s.oid, 'pg_class') IS NOT NULL
       UNION ALL
      SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, s.ghost, obj_description(k.oid, 'pg_constraint'))
        FROM source AS s JOIN pg_constraint AS k ON k.conrelid = s.oid AND k.contype IN ('c', 'n')
       WHERE obj_description(k.oid, 'pg_constraint') IS NOT NULL
      """;

  static final String MARKS =
      """
      SELECT format('ALTER TABLE %s REPLICA IDENTITY %s', s.ghost,
                    CASE s.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' WHEN 'd' THEN 'DEFAULT'
                      ELSE (SELECT format('USING INDEX %I', i.relname)
                              FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
                             WHERE x.indrelid = s.oid AND x.indisreplident) END)
        FROM source AS s
       UNION ALL
      SELECT format('ALTER TABLE %s CLUSTER ON %I', s.ghost, i.relname)
        FROM source AS s JOIN pg_index AS x ON x.indrelid = s.oid AND x.indisclustered
        JOIN pg_class AS i ON i.oid = x.indexrelid
       UNION ALL
      SELECT format('ALTER TABLE %s %s ROW LEVEL SECURITY', s.ghost, v)
        FROM source AS s
       CROSS JOIN LATERAL (VALUES ('ENABLE', s.relrowsecurity), ('FORCE', s.relforcerowsecurity)) AS f (v, wanted)
       WHERE wanted
       UNION ALL
      SELECT format('ALTER TABLE %s OF %s', s.ghost, format_type(s.reloftype, NULL))
        FROM source AS s WHERE s.reloftype <> 0
      """;

  /** The owner first: so he is who grants, and what he has himself is not taken for ours. */
  static final String GRANTS =
      """
      SELECT statement FROM (
        SELECT 1 AS step, 0 AS number,
               format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', s.work, pg_get_userbyid(s.relowner)) AS statement
          FROM source AS s
         UNION ALL
        SELECT 2, 0, format('ALTER TABLE %s OWNER TO %I', s.ghost, pg_get_userbyid(s.relowner)) FROM source AS s
         UNION ALL
        SELECT 3, 0, format('REVOKE ALL ON TABLE %s FROM PUBLIC, %I', s.ghost, pg_get_userbyid(s.relowner))
          FROM source AS s WHERE s.relacl IS NOT NULL
         UNION ALL
        SELECT 4, a.number,
               format('GRANT %s ON TABLE %s TO %s%s', a.privilege_type, s.ghost,
                      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM source AS s
         CROSS JOIN LATERAL aclexplode(s.relacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, number)
         UNION ALL
        SELECT 5, a.number,
               format('GRANT %s (%I) ON TABLE %s TO %s%s', a.privilege_type, t.attname, s.ghost,
                      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM source AS s
          JOIN pg_attribute AS t ON t.attrelid = s.oid AND t.attnum > 0 AND NOT t.attisdropped
         CROSS JOIN LATERAL aclexplode(t.attacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, number)
      ) AS g
       ORDER BY step, number
      """;

  /** What a sequence gets that the change makes: as in the source's schema, so in ours. */
  static final String DEFAULT_GRANTS =
      """
      SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT %s ON SEQUENCES TO %s%s',
                    pg_get_userbyid(s.relowner), s.work, a.privilege_type,
                    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM source AS s
        JOIN pg_default_acl AS d ON d.defaclrole = s.relowner AND d.defaclnamespace = s.relnamespace AND d.defaclobjtype = 'S'
       CROSS JOIN LATERAL aclexplode(d.defaclacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, number)
       ORDER BY a.number
      """;
}
