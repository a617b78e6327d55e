package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * What the catalog says of a table, a line for each part. Read with nothing but pg_catalog in the
 * search path. Left out is what the ghost has not, or not yet: foreign keys, triggers, rules,
 * policies and privileges.
 */
public final class TableLines {

  private TableLines() {}

  /** Its columns, with what depends on them; the same for a table that is like another. */
  public static List<String> columns(Connection c, TableName table) throws SQLException {
    return Sql.strings(c, TABLE + "SELECT line FROM t" + COLUMNS + ") AS l (line)", oid(c, table));
  }

  /**
   * All of it, without the name of its schema.
   *
   * @param source the stand-ins of its foreign keys are left out
   */
  public static List<String> all(Connection c, TableName table, PostgresTableDefinition source)
      throws SQLException {
    return Sql.strings(
        c,
        TABLE
            + "SELECT replace(replace(line, prefix, ''), quoted_prefix, '') FROM t"
            + COLUMNS
            + OTHERS
            + ") AS l (line) ORDER BY 1",
        oid(c, table),
        source.oid());
  }

  private static long oid(Connection c, TableName table) throws SQLException {
    return PostgresTableDefinition.oid(c, table)
        .orElseThrow(() -> new SQLException("there is no table " + table, "42P01"));
  }

  private static final String TABLE =
      """
      WITH t AS (
        SELECT r.*, p.prefix, replace(p.prefix, '''', '''''') AS quoted_prefix
          FROM pg_class AS r JOIN pg_namespace AS n ON n.oid = r.relnamespace
         CROSS JOIN LATERAL (SELECT quote_ident(n.nspname) || '.') AS p (prefix)
         WHERE r.oid = ?)
      """;

  private static final String COLUMNS =
      """
       CROSS JOIN LATERAL (
        SELECT concat_ws(', ',
                 format('column %s %I %s', row_number() OVER (ORDER BY a.attnum), a.attname,
                        format_type(a.atttypid, a.atttypmod)),
                 'collation ' || NULLIF(a.attcollation, 0)::regcollation::text,
                 CASE WHEN a.attnotnull THEN 'not null' END,
                 'default ' || pg_get_expr(d.adbin, d.adrelid),
                 'generated ' || NULLIF(a.attgenerated::text, ''),
                 'identity ' || NULLIF(a.attidentity::text, ''),
                 'sequence ' || (SELECT concat_ws(' ', format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin,
                                                  q.seqmax, q.seqcache, q.seqcycle)
                                   FROM pg_depend AS o JOIN pg_sequence AS q ON q.seqrelid = o.objid
                                  WHERE o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid
                                    AND o.refobjsubid = a.attnum AND o.classid = 'pg_class'::regclass AND o.deptype = 'i'),
                 'storage ' || a.attstorage::text,
                 'compression ' || NULLIF(a.attcompression::text, ''),
                 'statistics ' || NULLIF(to_jsonb(a) ->> 'attstattarget', '-1'),
                 -- Some builds of the server keep a version of their own there.
                 'options ' || NULLIF(ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg_attver=%')::text, '{}'),
                 'comment ' || col_description(a.attrelid, a.attnum))
          FROM pg_attribute AS a
          LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
      """;

  /** A condition that need not hold for all rows is made from its text, once more than others. */
  private static final String OTHERS =
      """
         UNION ALL
        SELECT concat_ws(', ',
                 'table using ' || (SELECT m.amname FROM pg_am AS m WHERE m.oid = t.relam),
                 'options ' || (SELECT string_agg(o, ' ' ORDER BY o) FROM unnest(t.reloptions) AS o),
                 'toast options ' || (SELECT string_agg(o, ' ' ORDER BY o)
                                        FROM pg_class AS w CROSS JOIN LATERAL unnest(w.reloptions) AS o
                                       WHERE w.oid = t.reltoastrelid),
                 'tablespace ' || NULLIF(t.reltablespace, 0)::text,
                 'replica identity ' || t.relreplident::text,
                 CASE WHEN t.relrowsecurity THEN 'row security' END,
                 CASE WHEN t.relforcerowsecurity THEN 'row security for its owner' END,
                 'of type ' || NULLIF(t.reloftype, 0)::regtype::text,
                 'comment ' || obj_description(t.oid, 'pg_class'))
         UNION ALL
        SELECT concat_ws(', ',
                 format('constraint %I %s', k.conname,
                        CASE WHEN k.convalidated THEN pg_get_constraintdef(k.oid) ELSE 'that is not validated' END),
                 'comment ' || obj_description(k.oid, 'pg_constraint'))
          FROM pg_constraint AS k
         WHERE k.conrelid = t.oid AND k.contype IN ('c', 'n', 'p', 'u', 'x')
           AND NOT (k.contype = 'c' AND k.conname IN (SELECT f.conname FROM pg_constraint AS f
                                                       WHERE f.conrelid = ? AND f.contype = 'f'))
         UNION ALL
        SELECT concat_ws(', ',
                 'index: ' || pg_get_indexdef(x.indexrelid),
                 CASE WHEN x.indisreplident THEN 'replica identity' END,
                 CASE WHEN x.indisclustered THEN 'clustered' END,
                 CASE WHEN NOT x.indisvalid THEN 'not valid' END,
                 'tablespace ' || NULLIF(i.reltablespace, 0)::text,
                 'statistics ' || (SELECT string_agg(concat_ws(' ', a.attnum, to_jsonb(a) ->> 'attstattarget'), ' ' ORDER BY a.attnum)
                                     FROM pg_attribute AS a
                                    WHERE a.attrelid = i.oid AND COALESCE(to_jsonb(a) ->> 'attstattarget', '-1') <> '-1'),
                 'comment ' || obj_description(i.oid, 'pg_class'))
          FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
         WHERE x.indrelid = t.oid
         UNION ALL
        SELECT 'statistics: ' || pg_get_statisticsobjdef(e.oid)
          FROM pg_statistic_ext AS e
         WHERE e.stxrelid = t.oid
      """;
}
