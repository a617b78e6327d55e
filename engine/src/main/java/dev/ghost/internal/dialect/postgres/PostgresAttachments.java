package dev.ghost.internal.dialect.postgres;

import dev.ghost.internal.dialect.postgres.schema.Counters;
import dev.ghost.internal.dialect.postgres.schema.ForeignKeys;
import dev.ghost.internal.dialect.postgres.schema.NewForeignKey;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.schema.PostponedParts;
import dev.ghost.internal.dialect.postgres.server.Publication;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.Retirement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What depends on a table and has to follow to the one that takes its name, as statements that name
 * the table as it is called before the swap and after it.
 *
 * @param before run while the source still has its name: they take the old things out of the way
 * @param after run when the ghost has the name
 * @param undo what gives the old table its things back, when it has the name again
 * @param validated names of the foreign keys in {@code undo} that hold for all rows
 * @param toValidate those that {@code after} has made and that held for all rows before: table and
 *     name of each, as JSON
 */
public record PostgresAttachments(
    List<String> before,
    List<String> after,
    List<String> undo,
    List<String> validated,
    String toValidate) {

  /**
   * @param later what the ghost lacks until the swap
   * @param group the numbers of all tables that are swapped at the same moment; a foreign key
   *     between two of them goes with the one that refers
   */
  static PostgresAttachments read(
      Connection c,
      PostgresInspection inspection,
      PostponedParts later,
      Counters counters,
      List<Long> group)
      throws SQLException {
    PostgresTableDefinition.qualify(c);
    List<String> before = new ArrayList<>();
    List<String> after = new ArrayList<>();
    List<String> columns = List.copyOf(counters.columns().keySet());
    Object[] values = {
      inspection.source().oid(),
      PostgresTableDefinition.oid(c, inspection.names().ghost()).orElseThrow(),
      inspection.all().workSchema(),
      inspection.retirement().isPresent() ? "_new" : "_old",
      array(later.foreignKeys()),
      Sql.oids(group),
      array(columns),
      array(columns.stream().map(counters.columns()::get).toList()),
      array(counters.restarted()),
      array(
          Stream.concat(
                  later.newForeignKeys().stream()
                      .filter(NewForeignKey::holds)
                      .map(NewForeignKey::name),
                  inspection.retirement().map(Retirement::validated).orElse(List.of()).stream())
              .toList())
    };
    for (String sql :
        List.of(
            ForeignKeys.DROP,
            LEAVE_PUBLICATIONS,
            RENAME_INDEXES,
            RENAME_SEQUENCES,
            RENAME_STATISTICS)) {
      before.addAll(Sql.strings(c, WITH_TABLES + sql, values));
    }
    for (String sql :
        List.of(
            ForeignKeys.MAKE,
            SEQUENCES,
            MOVE_STATISTICS,
            TRIGGERS,
            RULES,
            POLICIES,
            VIEWS,
            VIEW_RULES,
            FUNCTIONS,
            JOIN_PUBLICATIONS)) {
      after.addAll(Sql.strings(c, WITH_TABLES + sql, values));
    }
    return new PostgresAttachments(
        before,
        after,
        Sql.strings(c, WITH_TABLES + UNDO, values),
        Sql.strings(c, WITH_TABLES + ForeignKeys.VALIDATED, values),
        Sql.string(c, WITH_TABLES + ForeignKeys.TO_VALIDATE, values));
  }

  /** An array of names as text. */
  private static String array(List<String> names) {
    return names.stream()
        .map(name -> '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static final String WITH_TABLES =
      """
      WITH source AS (
        SELECT c.*, n.nspname, p.*, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
          FROM (VALUES (?::oid, ?::oid, ?::text, ?::text, ?::text[], ?::oid[], ?::text[], ?::text[], ?::text[], ?::text[]))
            AS p (source, ghost, work, suffix, kept, together, columns, later_columns, restarted, made)
          JOIN pg_class AS c ON c.oid = p.source
          JOIN pg_namespace AS n ON n.oid = c.relnamespace)
      """;

  /** Names that the old things get; a constraint is renamed with its index. */
  private static final String OLD_NAME =
      """
      (CASE WHEN octet_length(o.relname) <= 59
            AND NOT EXISTS (SELECT 1 FROM pg_class AS x WHERE x.relnamespace = o.relnamespace AND x.relname = o.relname || s.suffix)
           THEN o.relname || s.suffix ELSE 'ghost_' || o.oid || s.suffix END)
      """;

  /** Names and constraints that the old table has lost. */
  private static final String UNDO =
      """
      SELECT format('ALTER INDEX %I.%I RENAME TO %I', s.nspname,\
      """
          + OLD_NAME
          + """
          , o.relname)
            FROM source AS s JOIN pg_index AS i ON i.indrelid = s.oid JOIN pg_class AS o ON o.oid = i.indexrelid
           UNION ALL
          SELECT format('ALTER STATISTICS %I.%I RENAME TO %I', n.nspname, 'ghost_' || e.oid || s.suffix, e.stxname)
            FROM source AS s JOIN pg_statistic_ext AS e ON e.stxrelid = s.oid
            JOIN pg_namespace AS n ON n.oid = e.stxnamespace
           UNION ALL
          SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', s.name, k.conname,
                        regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')) ||\
          """
          + " "
          + ForeignKeys.NOT_VALID
          + """

            FROM source AS s JOIN pg_constraint AS k ON k.conrelid = s.oid
           WHERE k.contype = 'f' AND k.conparentid = 0
           UNION ALL
          SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, s.name, obj_description(k.oid, 'pg_constraint'))
            FROM source AS s JOIN pg_constraint AS k ON k.conrelid = s.oid
           WHERE k.contype = 'f' AND k.conparentid = 0 AND obj_description(k.oid, 'pg_constraint') IS NOT NULL
          """;

  private static final String RENAME_INDEXES =
      """
      SELECT format('ALTER INDEX %I.%I RENAME TO %I', s.nspname, o.relname,\
      """
          + OLD_NAME
          + """
          )
            FROM source AS s JOIN pg_index AS i ON i.indrelid = s.oid JOIN pg_class AS o ON o.oid = i.indexrelid
          """;

  /** Sequences of identity columns; those of serial columns go over to the new table. */
  private static final String RENAME_SEQUENCES =
      """
      SELECT format('ALTER SEQUENCE %I.%I RENAME TO %I', n.nspname, o.relname,\
      """
          + OLD_NAME
          + """
          )
            FROM source AS s
            JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                               AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'
            JOIN pg_class AS o ON o.oid = d.objid AND o.relkind = 'S'
            JOIN pg_namespace AS n ON n.oid = o.relnamespace
          """;

  private static final String RENAME_STATISTICS =
      """
      SELECT format('ALTER STATISTICS %I.%I RENAME TO %I', n.nspname, e.stxname, 'ghost_' || e.oid || s.suffix)
        FROM source AS s JOIN pg_statistic_ext AS e ON e.stxrelid = s.oid
        JOIN pg_namespace AS n ON n.oid = e.stxnamespace
      """;

  private static final String MOVE_STATISTICS =
      """
      SELECT format('ALTER STATISTICS %I.%I SET SCHEMA %I', s.work, e.stxname, n.nspname)
        FROM source AS s JOIN pg_statistic_ext AS e ON e.stxrelid = s.oid
        JOIN pg_namespace AS n ON n.oid = e.stxnamespace
       WHERE EXISTS (SELECT 1 FROM pg_statistic_ext AS g JOIN pg_namespace AS w ON w.oid = g.stxnamespace
                      WHERE w.nspname = s.work AND g.stxname = e.stxname)
      """;

  /**
   * A serial's sequence changes its owner and continues; an identity's is a new one, which gets
   * name and value of the old, unless the change has set its own. The column may have another name
   * now.
   */
  private static final String SEQUENCES =
      """
      SELECT statement
        FROM source AS s
        JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                           AND d.classid = 'pg_class'::regclass AND d.deptype IN ('i', 'a')
        JOIN pg_class AS q ON q.oid = d.objid AND q.relkind = 'S'
        JOIN pg_namespace AS n ON n.oid = q.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum = d.refobjsubid
        -- the column that it becomes, and its own sequence
        JOIN pg_class AS g ON g.oid = s.ghost
        JOIN pg_attribute AS b ON b.attrelid = g.oid AND b.attname = s.later_columns[array_position(s.columns, a.attname::text)]
        LEFT JOIN pg_depend AS e ON e.refclassid = 'pg_class'::regclass AND e.refobjid = g.oid AND e.refobjsubid = b.attnum
                                AND e.classid = 'pg_class'::regclass AND e.deptype = 'i'
        LEFT JOIN pg_class AS w ON w.oid = e.objid AND w.relkind = 'S'
       CROSS JOIN LATERAL (VALUES
         ('a', 1, format('ALTER SEQUENCE %I.%I OWNED BY %s.%I', n.nspname, q.relname, s.name, b.attname)),
         ('i', 1, CASE WHEN w.relname <> q.relname THEN format('ALTER SEQUENCE %I.%I RENAME TO %I', s.nspname, w.relname, q.relname) END),
         ('i', 2, CASE WHEN w.oid IS NOT NULL THEN
                    format('SELECT setval(%L, o.last_value, o.is_called) FROM %s AS o',
                           quote_ident(s.nspname) || '.' || quote_ident(q.relname),
                           quote_ident(n.nspname) || '.' || quote_ident(
                             (SELECT\
      """
          + OLD_NAME
          + """
                                  FROM pg_class AS o WHERE o.oid = q.oid))) END)) AS v (kind, step, statement)
           WHERE d.deptype = v.kind AND v.statement IS NOT NULL
             AND (v.kind = 'a' OR b.attname <> ALL (s.restarted))
           ORDER BY q.oid, step
          """;

  private static final String TRIGGERS =
      """
      SELECT statement
        FROM source AS s JOIN pg_trigger AS t ON t.tgrelid = s.oid AND NOT t.tgisinternal
       CROSS JOIN LATERAL (VALUES
         (1, pg_get_triggerdef(t.oid)),
         (2, CASE t.tgenabled WHEN 'D' THEN format('ALTER TABLE %s DISABLE TRIGGER %I', s.name, t.tgname)
                              WHEN 'R' THEN format('ALTER TABLE %s ENABLE REPLICA TRIGGER %I', s.name, t.tgname)
                              WHEN 'A' THEN format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', s.name, t.tgname) END),
         (3, 'COMMENT ON TRIGGER ' || quote_ident(t.tgname) || ' ON ' || s.name || ' IS '
               || quote_literal(obj_description(t.oid, 'pg_trigger')))) AS v (step, statement)
       WHERE statement IS NOT NULL
       ORDER BY t.oid, step
      """;

  private static final String RULES =
      """
      SELECT statement
        FROM source AS s JOIN pg_rewrite AS r ON r.ev_class = s.oid
       CROSS JOIN LATERAL (VALUES
         (1, pg_get_ruledef(r.oid)),
         (2, CASE r.ev_enabled WHEN 'D' THEN format('ALTER TABLE %s DISABLE RULE %I', s.name, r.rulename)
                               WHEN 'R' THEN format('ALTER TABLE %s ENABLE REPLICA RULE %I', s.name, r.rulename)
                               WHEN 'A' THEN format('ALTER TABLE %s ENABLE ALWAYS RULE %I', s.name, r.rulename) END),
         (3, 'COMMENT ON RULE ' || quote_ident(r.rulename) || ' ON ' || s.name || ' IS '
               || quote_literal(obj_description(r.oid, 'pg_rewrite')))) AS v (step, statement)
       WHERE statement IS NOT NULL
       ORDER BY r.oid, step
      """;

  private static final String POLICIES =
      """
      SELECT statement
        FROM source AS s JOIN pg_policy AS p ON p.polrelid = s.oid
       CROSS JOIN LATERAL (VALUES
         (1, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, s.name,
                    CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                  WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                    (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ')
                       FROM unnest(p.polroles) AS r),
                    ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                    ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')),
         (2, 'COMMENT ON POLICY ' || quote_ident(p.polname) || ' ON ' || s.name || ' IS '
               || quote_literal(obj_description(p.oid, 'pg_policy')))) AS v (step, statement)
       WHERE statement IS NOT NULL
       ORDER BY p.oid, step
      """;

  /** Replaced in place: grants, and views on these views, stay. */
  private static final String VIEWS =
      """
      SELECT format('CREATE OR REPLACE VIEW %I.%I%s AS %s', n.nspname, v.relname,
                    COALESCE(' WITH (' || array_to_string(v.reloptions, ', ') || ')', ''), pg_get_viewdef(v.oid))
        FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace
       WHERE v.oid IN (SELECT r.ev_class
                         FROM source AS s
                         JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                                            AND d.classid = 'pg_rewrite'::regclass
                         JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> s.oid AND r.rulename = '_RETURN')
       ORDER BY v.oid
      """;

  /** Rules of views by which they are written to. Replaced in place: comments and states stay. */
  private static final String VIEW_RULES =
      """
      SELECT regexp_replace(pg_get_ruledef(r.oid), '^CREATE RULE', 'CREATE OR REPLACE RULE')
        FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'
       WHERE r.rulename <> '_RETURN'
         AND r.oid IN (SELECT d.objid
                         FROM source AS s
                         JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                                            AND d.classid = 'pg_rewrite'::regclass)
       ORDER BY r.oid
      """;

  private static final String FUNCTIONS =
      """
      SELECT pg_get_functiondef(f.oid)
        FROM pg_proc AS f
       WHERE f.oid IN (SELECT d.objid
                         FROM source AS s
                         JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                                            AND d.classid = 'pg_proc'::regclass)
       ORDER BY f.oid
      """;

  private static final String LEAVE_PUBLICATIONS =
      """
      SELECT format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, s.name)
        FROM source AS s JOIN pg_publication_rel AS r ON r.prrelid = s.oid
        JOIN pg_publication AS p ON p.oid = r.prpubid
      """;

  /** The column list has the names that the change has given. */
  private static final String JOIN_PUBLICATIONS =
      """
      SELECT format('ALTER PUBLICATION %I ADD TABLE ONLY %s%s%s', p.pubname, s.name,
                    (SELECT ' (' || string_agg(quote_ident(COALESCE(s.later_columns[array_position(s.columns, a.attname::text)], a.attname)),
                                               ', ' ORDER BY a.attnum) || ')'
                       FROM jsonb_array_elements_text(\
      """
          + Publication.columnList("r")
          + """
          ) AS l (number)
                           JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum = l.number::int),
                        (SELECT ' WHERE (' || (to_jsonb(t) ->> 'rowfilter') || ')'
                           FROM pg_publication_tables AS t
                          WHERE t.pubname = p.pubname AND t.schemaname = s.nspname AND t.tablename = s.relname))
            FROM source AS s JOIN pg_publication_rel AS r ON r.prrelid = s.oid
            JOIN pg_publication AS p ON p.oid = r.prpubid
           WHERE p.pubname NOT LIKE 'ghost\\_%'
          """;
}
