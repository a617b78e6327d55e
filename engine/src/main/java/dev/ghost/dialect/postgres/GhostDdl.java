package dev.ghost.dialect.postgres;

import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The statements that make an empty ghost just like its source, before the change and after it. */
final class GhostDdl {

  /** Between statements that come in one row. */
  private static final String SEPARATOR = "\u001f";

  private final TableDefinition source;
  private final TableName ghost;

  GhostDdl(TableDefinition source, TableName ghost) {
    this.source = source;
    this.ghost = ghost;
  }

  /**
   * Makes the ghost. Each name is the source's own, in the other schema, so that the change finds
   * what it speaks of. Foreign keys would lock other tables: a check that is always true holds
   * their names meanwhile.
   */
  List<String> create(Connection c) throws SQLException {
    List<String> statements = new ArrayList<>();
    for (String sql :
        List.of(
            TABLE,
            OPTIONS,
            CONSTRAINTS,
            INDEXES,
            STAND_INS,
            STATISTICS,
            COLUMN_SETTINGS,
            COMMENTS,
            MARKS,
            GRANTS)) {
      statements.addAll(
          Sql.strings(c, WITH_SOURCE + sql, source.oid(), Sql.quote(ghost), ghost.schema()));
    }
    return statements;
  }

  /** Removes the stand-ins of foreign keys, and the change's own foreign keys. */
  List<String> dropForeignKeys(Connection c) throws SQLException {
    return Sql.strings(c, DROP_FOREIGN_KEYS, Sql.quote(ghost), Sql.quote(ghost), source.oid());
  }

  /** LIKE makes the sequences of identity columns bigint, whatever the column is. */
  List<String> sequenceTypes(Connection c) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT format('ALTER SEQUENCE %s AS %s', pg_get_serial_sequence(?, b.attname), format_type(q.seqtypid, NULL))
          FROM pg_attribute AS a
          JOIN pg_attribute AS b ON b.attname = a.attname AND b.atttypid = a.atttypid AND b.attidentity <> ''
          JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
                             AND d.refobjsubid = a.attnum AND d.deptype = 'i'
          JOIN pg_sequence AS q ON q.seqrelid = d.objid
         WHERE a.attrelid = ? AND a.attidentity <> '' AND b.attrelid = ?::regclass
        """,
        Sql.quote(ghost),
        source.oid(),
        Sql.quote(ghost));
  }

  /** Names of the source's foreign keys whose stand-ins the change has left alone. */
  static List<String> standIns(Connection c, TableDefinition source, TableName ghost)
      throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT k.conname
          FROM pg_constraint AS k JOIN pg_constraint AS f ON f.conname = k.conname
         WHERE k.conrelid = ?::regclass AND k.contype = 'c' AND f.conrelid = ? AND f.contype = 'f'
        """,
        Sql.quote(ghost),
        source.oid());
  }

  /** The foreign keys that the change itself has added to the ghost: {@code ADD CONSTRAINT ...}. */
  static List<String> newForeignKeys(Connection c, TableName ghost) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
          FROM pg_constraint
         WHERE conrelid = ?::regclass AND contype = 'f'
        """,
        Sql.quote(ghost));
  }

  /** The statements that make the indexes there are. */
  static List<String> indexes(Connection c, TableName ghost) throws SQLException {
    return Sql.strings(
        c,
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = ?::regclass",
        Sql.quote(ghost));
  }

  /**
   * Drops the indexes that forbid nothing.
   *
   * @return for each, the statements that build it again
   */
  List<List<String>> postpone(Connection c) throws SQLException {
    List<List<String>> later = new ArrayList<>();
    List<String> rebuilt = Sql.strings(c, POSTPONED, Sql.quote(ghost));
    for (String index : rebuilt) {
      later.add(List.of(index.split(SEPARATOR)));
    }
    Sql.execute(c, Sql.strings(c, DROP_POSTPONED, Sql.quote(ghost)));
    return later;
  }

  private static final String WITH_SOURCE =
      """
      WITH source AS (
        SELECT c.*, n.nspname, p.ghost, p.work
          FROM (VALUES (?::oid, ?::text, ?::text)) AS p (source, ghost, work)
          JOIN pg_class AS c ON c.oid = p.source
          JOIN pg_namespace AS n ON n.oid = c.relnamespace)
      """;

  private static final String TABLE =
      """
      SELECT format('CREATE TABLE %s (LIKE %I.%I INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS) USING %I%s',
                    s.ghost, s.nspname, s.relname, a.amname,
                    COALESCE(' TABLESPACE ' || quote_ident(t.spcname), ''))
        FROM source AS s JOIN pg_am AS a ON a.oid = s.relam
        LEFT JOIN pg_tablespace AS t ON t.oid = s.reltablespace
      """;

  private static final String OPTIONS =
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

  private static final String CONSTRAINTS =
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

  private static final String INDEXES =
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

  private static final String STAND_INS =
      """
      SELECT format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (TRUE OR num_nulls(%s) = 0) NOT VALID', s.ghost, k.conname,
                    (SELECT string_agg(quote_ident(a.attname), ', ')
                       FROM pg_attribute AS a WHERE a.attrelid = s.oid AND a.attnum = ANY (k.conkey)))
        FROM source AS s JOIN pg_constraint AS k ON k.conrelid = s.oid AND k.contype = 'f'
      """;

  private static final String DROP_FOREIGN_KEYS =
      """
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', ?::text, k.conname)
        FROM pg_constraint AS k
       WHERE k.conrelid = ?::regclass
         AND (k.contype = 'f'
              OR (k.contype = 'c' AND k.conname IN (SELECT conname FROM pg_constraint WHERE conrelid = ? AND contype = 'f')))
      """;

  private static final String STATISTICS =
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
         (3, format('COMMENT ON STATISTICS %I.%I IS %L', s.work, e.stxname, obj_description(e.oid, 'pg_statistic_ext')))) AS v (step, statement)
       WHERE (step <> 2 OR COALESCE(to_jsonb(e) ->> 'stxstattarget', '-1') <> '-1')
         AND (step <> 3 OR obj_description(e.oid, 'pg_statistic_ext') IS NOT NULL)
       ORDER BY e.oid, step
      """;

  private static final String COLUMN_SETTINGS =
      """
      SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', s.ghost, a.attname, to_jsonb(a) ->> 'attstattarget')
        FROM source AS s JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE COALESCE(to_jsonb(a) ->> 'attstattarget', '-1') <> '-1'
       UNION ALL
      SELECT format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', s.ghost, a.attname, array_to_string(a.attoptions, ', '))
        FROM source AS s JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE a.attoptions IS NOT NULL
      """;

  private static final String COMMENTS =
      """
      SELECT format('COMMENT ON TABLE %s IS %L', s.ghost, obj_description(s.oid, 'pg_class'))
        FROM source AS s WHERE obj_description(s.oid, 'pg_class') IS NOT NULL
      """;

  private static final String MARKS =
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
      """;

  /** The owner last: he may be somebody else than we. */
  private static final String GRANTS =
      """
      SELECT statement FROM (
        SELECT 1 AS step, format('REVOKE ALL ON TABLE %s FROM PUBLIC, %I', s.ghost, pg_get_userbyid(s.relowner)) AS statement
          FROM source AS s WHERE s.relacl IS NOT NULL
         UNION ALL
        SELECT 2, format('GRANT %s ON TABLE %s TO %s%s', a.privilege_type, s.ghost,
                         CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                         CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM source AS s CROSS JOIN LATERAL aclexplode(s.relacl) AS a
         UNION ALL
        SELECT 2, format('GRANT %s (%I) ON TABLE %s TO %s%s', a.privilege_type, t.attname, s.ghost,
                         CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                         CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM source AS s
          JOIN pg_attribute AS t ON t.attrelid = s.oid AND t.attnum > 0 AND NOT t.attisdropped
         CROSS JOIN LATERAL aclexplode(t.attacl) AS a
         UNION ALL
        SELECT 3, format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', s.work, pg_get_userbyid(s.relowner)) FROM source AS s
         UNION ALL
        SELECT 4, format('ALTER TABLE %s OWNER TO %I', s.ghost, pg_get_userbyid(s.relowner)) FROM source AS s
      ) AS g
       ORDER BY step
      """;

  /** What would fire while a retired table is brought up to date; the swap makes it again. */
  static final String DETACH =
      """
      WITH g AS (SELECT ?::regclass AS oid)
      SELECT format('DROP TRIGGER %I ON %s', t.tgname, g.oid)
        FROM g JOIN pg_trigger AS t ON t.tgrelid = g.oid AND NOT t.tgisinternal
       UNION ALL
      SELECT format('DROP RULE %I ON %s', r.rulename, g.oid)
        FROM g JOIN pg_rewrite AS r ON r.ev_class = g.oid
       UNION ALL
      SELECT format('DROP POLICY %I ON %s', p.polname, g.oid)
        FROM g JOIN pg_policy AS p ON p.polrelid = g.oid
      """;

  private static final String POSTPONABLE =
      """
        FROM pg_index AS x
        JOIN pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_class AS g ON g.oid = x.indrelid
        JOIN pg_namespace AS n ON n.oid = i.relnamespace
        LEFT JOIN pg_tablespace AS t ON t.oid = i.reltablespace
       WHERE x.indrelid = ?::regclass AND NOT x.indisunique AND NOT x.indisexclusion AND NOT x.indisreplident
      """;

  private static final String POSTPONED =
      """
      SELECT concat_ws(E'\\x1f',
               format('SET LOCAL default_tablespace = %L', COALESCE(t.spcname, '')),
               pg_get_indexdef(i.oid),
               CASE WHEN x.indisclustered
                    THEN format('ALTER TABLE %I.%I CLUSTER ON %I', n.nspname, g.relname, i.relname) END,
               format('COMMENT ON INDEX %I.%I IS ', n.nspname, i.relname)
                 || quote_literal(obj_description(i.oid, 'pg_class')))
      """
          + POSTPONABLE;

  private static final String DROP_POSTPONED =
      "SELECT format('DROP INDEX %I.%I', n.nspname, i.relname) " + POSTPONABLE;
}
