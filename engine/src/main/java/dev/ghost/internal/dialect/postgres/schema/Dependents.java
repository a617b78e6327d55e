package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What depends on the source from outside, and could not follow a new table under its name. */
public final class Dependents {

  private Dependents() {}

  public static void refuse(Connection c, TableName source, long oid) throws SQLException {
    List<String> found = Sql.strings(c, CANNOT_FOLLOW, oid);
    if (!found.isEmpty()) {
      throw new RefusedException(
          "%s has what cannot follow to another table: %s."
              .formatted(source, String.join(", ", found)),
          "Drop these before, and create them again after the migration.");
    }
    List<String> foreign = Sql.strings(c, BELONG_TO_OTHERS, oid);
    if (!foreign.isEmpty()) {
      throw new RefusedException(
          "What has to follow %s to its new table belongs to others: %s."
              .formatted(source, String.join(", ", foreign)),
          "Run as a member of these owners' roles (GRANT owner TO user;), or as a superuser.");
    }
  }

  /** Refuses the same in the middle of a run: somebody has made it meanwhile. */
  public static void refuseMeanwhile(Connection c, TableName source, long oid) throws SQLException {
    try {
      refuse(c, source, oid);
    } catch (RefusedException e) {
      throw new InterferenceException(
          "While it was being migrated, somebody made what keeps it from being swapped. "
              + e.what(),
          e.remedy(),
          e,
          true);
    }
  }

  /** Differs when something has been put on one of the tables, or has become another. */
  public static String fingerprint(Connection c, List<Long> sources) throws SQLException {
    return Sql.string(c, FINGERPRINT, Sql.oids(sources));
  }

  /** Of what can change although the tables are locked: it has no lock that conflicts with ours. */
  private static final String FINGERPRINT =
      """
      WITH sources AS (SELECT * FROM pg_class WHERE oid = ANY (?::oid[])),
           referred AS (
             SELECT 'pg_class'::regclass AS class, oid FROM sources
              UNION ALL
             SELECT 'pg_type'::regclass, t.oid FROM pg_type AS t JOIN sources AS s ON t.oid = s.reltype OR t.typelem = s.reltype
              UNION ALL
             SELECT d.classid::regclass, d.objid FROM pg_depend AS d JOIN sources AS s ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
              WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('i', 'a')),
           dependents AS (
             SELECT d.classid, d.objid,
                    concat_ws('|', d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype) AS text
               FROM pg_depend AS d JOIN referred AS r ON d.refclassid = r.class AND d.refobjid = r.oid)
      SELECT md5(string_agg(text, E'\n' ORDER BY text))
        FROM (SELECT text FROM dependents
               UNION ALL
              SELECT concat_ws('|', r.oid, r.xmin, v.xmin)
                FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class
               WHERE r.oid IN (SELECT objid FROM dependents WHERE classid = 'pg_rewrite'::regclass)
               UNION ALL
              SELECT concat_ws('|', f.oid, f.xmin) FROM pg_proc AS f
               WHERE f.oid IN (SELECT objid FROM dependents WHERE classid = 'pg_proc'::regclass)
               UNION ALL
              SELECT concat_ws('|', s.oid, s.relowner, s.relacl) FROM sources AS s
               UNION ALL
              SELECT concat_ws('|', q.oid, q.relacl, o.xmin)
                FROM dependents AS d JOIN pg_class AS q ON d.classid = 'pg_class'::regclass AND q.oid = d.objid
                JOIN pg_sequence AS o ON o.seqrelid = q.oid
               UNION ALL
              SELECT concat_ws('|', a.attrelid, a.attnum, a.attacl)
                FROM pg_attribute AS a JOIN sources AS s ON s.oid = a.attrelid AND a.attnum > 0) AS found
      """;

  /** The swap alters these as well, and may not where we are neither owner nor member. */
  private static final String BELONG_TO_OTHERS =
      """
      WITH source AS (SELECT ?::oid AS oid)
      SELECT format('publication %I of %I', p.pubname, pg_get_userbyid(p.pubowner))
        FROM source AS s JOIN pg_publication_rel AS r ON r.prrelid = s.oid
        JOIN pg_publication AS p ON p.oid = r.prpubid
       WHERE NOT pg_has_role(p.pubowner, 'USAGE')
       UNION
      SELECT format('statistics %I.%I of %I', n.nspname, e.stxname, pg_get_userbyid(e.stxowner))
        FROM source AS s JOIN pg_statistic_ext AS e ON e.stxrelid = s.oid
        JOIN pg_namespace AS n ON n.oid = e.stxnamespace
       WHERE NOT pg_has_role(e.stxowner, 'USAGE')
       UNION
      SELECT format('table %s of %I, which references it', t.oid::regclass, pg_get_userbyid(t.relowner))
        FROM source AS s JOIN pg_constraint AS k ON k.confrelid = s.oid AND k.contype = 'f'
        JOIN pg_class AS t ON t.oid = k.conrelid
       WHERE NOT pg_has_role(t.relowner, 'USAGE')
       UNION
      SELECT format('table %s of %I, which it references', t.oid::regclass, pg_get_userbyid(t.relowner))
        FROM source AS s JOIN pg_constraint AS k ON k.conrelid = s.oid AND k.contype = 'f'
        JOIN pg_class AS t ON t.oid = k.confrelid
       WHERE NOT has_table_privilege(t.oid, 'REFERENCES')
       UNION
      SELECT format('view %s of %I', v.oid::regclass, pg_get_userbyid(v.relowner))
        FROM source AS s
        JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                           AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite AS r ON r.oid = d.objid
        JOIN pg_class AS v ON v.oid = r.ev_class
       WHERE NOT pg_has_role(v.relowner, 'USAGE')
       UNION
      SELECT format('function %s of %I', f.oid::regprocedure, pg_get_userbyid(f.proowner))
        FROM source AS s
        JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                           AND d.classid = 'pg_proc'::regclass
        JOIN pg_proc AS f ON f.oid = d.objid
       WHERE NOT pg_has_role(f.proowner, 'USAGE')
      """;

  /**
   * Views, SQL functions with a parsed body, triggers, rules, policies, constraints, statistics and
   * publications are created again by the swap; all else that the catalog knows of cannot be.
   */
  private static final String CANNOT_FOLLOW =
      """
      WITH source AS (SELECT oid, reltype FROM pg_class WHERE oid = ?),
           identities AS (
             SELECT d.objid AS sequence
               FROM pg_depend AS d JOIN source AS s ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
               JOIN pg_class AS q ON d.classid = 'pg_class'::regclass AND q.oid = d.objid AND q.relkind = 'S'
              WHERE d.deptype = 'i'),
           types AS (SELECT reltype AS oid FROM source
                     UNION ALL SELECT t.oid FROM pg_type AS t JOIN source AS s ON t.typelem = s.reltype),
           outside AS (
             SELECT d.classid, d.objid, d.objsubid
               FROM pg_depend AS d JOIN source AS s ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
              WHERE d.deptype IN ('n', 'a')
              UNION
             SELECT d.classid, d.objid, d.objsubid
               FROM pg_depend AS d JOIN types AS t ON d.refclassid = 'pg_type'::regclass AND d.refobjid = t.oid
              WHERE d.deptype = 'n')
      SELECT DISTINCT pg_describe_object(o.classid, o.objid, o.objsubid)
        FROM outside AS o
       WHERE NOT CASE o.classid
           WHEN 'pg_constraint'::regclass THEN TRUE
           WHEN 'pg_attrdef'::regclass THEN
             EXISTS (SELECT 1 FROM pg_attrdef AS a WHERE a.oid = o.objid AND a.adrelid = (SELECT oid FROM source))
           WHEN 'pg_trigger'::regclass THEN
             EXISTS (SELECT 1 FROM pg_trigger AS t WHERE t.oid = o.objid AND t.tgrelid = (SELECT oid FROM source))
           WHEN 'pg_policy'::regclass THEN
             EXISTS (SELECT 1 FROM pg_policy AS p WHERE p.oid = o.objid AND p.polrelid = (SELECT oid FROM source))
           WHEN 'pg_statistic_ext'::regclass THEN TRUE
           WHEN 'pg_publication_rel'::regclass THEN TRUE
           WHEN 'pg_rewrite'::regclass THEN
             EXISTS (SELECT 1 FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class
                      WHERE r.oid = o.objid AND (v.relkind = 'v' OR v.oid = (SELECT oid FROM source)))
           WHEN 'pg_proc'::regclass THEN
             EXISTS (SELECT 1 FROM pg_proc AS f WHERE f.oid = o.objid AND to_jsonb(f) ->> 'prosqlbody' IS NOT NULL
                       AND NOT EXISTS (SELECT 1 FROM types AS t
                                        WHERE t.oid = ANY (f.proargtypes::oid[] || COALESCE(f.proallargtypes, '{}')
                                                           || f.prorettype)))
           WHEN 'pg_class'::regclass THEN
             EXISTS (SELECT 1 FROM pg_class AS i WHERE i.oid = o.objid AND i.relkind IN ('i', 'S', 't'))
           ELSE FALSE END
       UNION ALL
      SELECT format('the foreign key %I of the partitioned table %s, which this server makes again only by reading all of its rows',
                    k.conname, k.conrelid::regclass)
        FROM pg_constraint AS k JOIN source AS s ON s.oid = k.confrelid
        JOIN pg_class AS t ON t.oid = k.conrelid AND t.relkind = 'p'
       WHERE k.contype = 'f' AND k.conparentid = 0 AND current_setting('server_version_num')::int < 180000
       UNION ALL
      SELECT format('the temporary view %I of another session%s', v.relname, ', process ' ||
                    CASE WHEN current_setting('server_version_num')::int >= 160000
                         THEN pg_stat_get_backend_pid(substr(n.nspname, length('pg_temp_') + 1)::int) END)
        FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace
       WHERE v.relpersistence = 't' AND v.relkind = 'v'
         AND v.oid IN (SELECT r.ev_class
                         FROM pg_depend AS d JOIN source AS s ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                         JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid)
       UNION ALL
      SELECT 'its part in a subscription'
        FROM pg_subscription_rel AS r JOIN source AS s ON s.oid = r.srrelid
       UNION ALL
      SELECT 'the extension ' || quote_ident(e.extname)
        FROM pg_depend AS d JOIN source AS s ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
        JOIN pg_extension AS e ON e.oid = d.refobjid
       WHERE d.deptype = 'e'
       UNION ALL
      SELECT 'a security label'
        FROM pg_seclabel AS l JOIN source AS s ON l.classoid = 'pg_class'::regclass
       WHERE l.objoid = s.oid OR l.objoid IN (SELECT sequence FROM identities)
       UNION ALL
      SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) || ', which uses the sequence of an identity column'
        FROM identities AS i JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = i.sequence
       WHERE d.deptype IN ('n', 'a')
       UNION ALL
      SELECT format('the index %s, which is not valid', x.indexrelid::regclass)
        FROM pg_index AS x JOIN source AS s ON s.oid = x.indrelid
       WHERE NOT x.indisvalid
      """;
}
