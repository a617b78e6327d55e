package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.api.RowRejectedException;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The foreign keys of a source, and those that refer to it: the swap drops them, and makes them
 * again for the new table. Parts of the statements of a swap.
 *
 * <p>A key that refers to a partitioned table, or is one of a partitioned table, has a clone for
 * each partition. The server sees to these.
 */
public final class ForeignKeys {

  private ForeignKeys() {}

  /**
   * Validates keys that a swap has made, as far as they are still there. Commits each by itself:
   * its locks are in nobody's way, but for the time that it takes.
   *
   * @param made table and name of each, as JSON
   * @return the failures at rows for which one does not hold; each key is tried
   */
  public static List<RowRejectedException> validate(Connection c, String made) throws SQLException {
    PostgresTableDefinition.qualify(c);
    List<String> statements = Sql.strings(c, VALIDATE, made);
    c.commit();
    List<RowRejectedException> failures = new ArrayList<>();
    for (String sql : statements) {
      try {
        Sql.execute(c, sql);
        c.commit();
      } catch (SQLException e) {
        if (PostgresErrors.classOf(e).circumstantial()) {
          throw e;
        }
        c.rollback();
        failures.add(
            new RowRejectedException(
                "The tables are swapped, and a foreign key could not be validated: "
                    + e.getMessage(),
                "It holds for new rows already. Mend the rows, then run: " + sql + ";",
                e));
      }
    }
    return failures;
  }

  /** A retired table must not hold up its parents, and children must look at the new one. */
  public static final String DROP =
      """
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname)
        FROM source AS s JOIN pg_constraint AS k ON s.oid IN (k.conrelid, k.confrelid)
       WHERE k.contype = 'f' AND k.conparentid = 0
         AND (k.conrelid = s.oid OR k.conrelid <> ALL (s.together))
       ORDER BY k.oid
      """;

  /** Behind a definition of a key that the server is not to look at the rows for. */
  public static final String NOT_VALID =
      "CASE WHEN pg_get_constraintdef(k.oid) LIKE '% NOT ENFORCED' THEN '' ELSE ' NOT VALID' END";

  /** What each key is defined by, with the names that the change has given to columns. */
  private static final String KEYS =
      """
      , keys AS (
        SELECT k.oid, k.conrelid, k.conname,
               CASE WHEN starts_with(d.text, c.before) THEN c.after || substr(d.text, length(c.before) + 1)
                    ELSE d.text END AS definition
          FROM source AS s
          JOIN pg_constraint AS k ON s.oid IN (k.conrelid, k.confrelid)
         CROSS JOIN LATERAL (SELECT regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')) AS d (text)
         CROSS JOIN LATERAL (
           SELECT format('FOREIGN KEY (%s) REFERENCES %s(%s)',
                         string_agg(p.period || quote_ident(p.here), ', ' ORDER BY p.i), k.confrelid::regclass,
                         string_agg(p.period || quote_ident(p.there), ', ' ORDER BY p.i)),
                  format('FOREIGN KEY (%s) REFERENCES %s(%s)',
                         string_agg(p.period || quote_ident(CASE k.conrelid WHEN s.oid THEN p.here_later ELSE p.here END), ', ' ORDER BY p.i),
                         k.confrelid::regclass,
                         string_agg(p.period || quote_ident(CASE k.confrelid WHEN s.oid THEN p.there_later ELSE p.there END), ', ' ORDER BY p.i))
             FROM (SELECT u.i, a.attname::text AS here, b.attname::text AS there,
                          COALESCE(s.later_columns[array_position(s.columns, a.attname::text)], a.attname) AS here_later,
                          COALESCE(s.later_columns[array_position(s.columns, b.attname::text)], b.attname) AS there_later,
                          CASE WHEN to_jsonb(k) ->> 'conperiod' = 'true' AND u.i = cardinality(k.conkey) THEN 'PERIOD ' ELSE '' END AS period
                     FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (here, there, i)
                     JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.here
                     JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.there) AS p) AS c (before, after)
         WHERE k.contype = 'f' AND k.conparentid = 0
           AND (k.conrelid <> ALL (s.together) OR k.conrelid = s.oid AND k.conname = ANY (s.kept)))
      """;

  /** Not validated, which takes time; {@link #validate} does that after the swap. */
  public static final String MAKE =
      KEYS
          + """
          SELECT statement
            FROM keys AS k
           CROSS JOIN LATERAL (VALUES
             (1, format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, k.definition) ||\
          """
          + " "
          + NOT_VALID
          + """
          ),
             (2, format('COMMENT ON CONSTRAINT %I ON %s IS ', k.conname, k.conrelid::regclass)
                   || quote_literal(obj_description(k.oid, 'pg_constraint')))) AS v (step, statement)
           WHERE statement IS NOT NULL
           ORDER BY k.oid, step
          """;

  public static final String TO_VALIDATE =
      """
      SELECT COALESCE(json_agg(json_build_array(on_table, name)), '[]')::text
        FROM (SELECT k.conrelid::regclass::text AS on_table, k.conname::text AS name
                FROM source AS s JOIN pg_constraint AS k ON s.oid IN (k.conrelid, k.confrelid)
               WHERE k.contype = 'f' AND k.conparentid = 0 AND k.convalidated
                 AND (k.conrelid <> ALL (s.together) OR k.conrelid = s.oid AND k.conname = ANY (s.kept))
               UNION
              SELECT s.name, m FROM source AS s CROSS JOIN unnest(s.made) AS m) AS keys
      """;

  private static final String VALIDATE =
      """
      SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', k.conrelid::regclass, k.conname)
        FROM json_array_elements(?::json) AS v (key)
        JOIN pg_constraint AS k ON k.conrelid = to_regclass(v.key ->> 0) AND k.conname = v.key ->> 1
       WHERE k.contype = 'f' AND NOT k.convalidated
      """;

  public static final String VALIDATED =
      """
      SELECT k.conname
        FROM source AS s JOIN pg_constraint AS k ON k.conrelid = s.oid
       WHERE k.contype = 'f' AND k.conparentid = 0 AND k.convalidated
      """;
}
