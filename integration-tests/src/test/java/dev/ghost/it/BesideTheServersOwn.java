package dev.ghost.it;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the catalog says of a table t after a change is what it says of its twin, which the server
 * has altered itself: the same table in another schema.
 */
abstract class BesideTheServersOwn {

  @Provided Schema schema;
  @Provided Server server;
  Schema twin;

  @BeforeEach
  void prepare() throws Exception {
    twin = server.newSchema();
    schema.execute("CREATE ROLE reader");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.execute("DROP OWNED BY reader CASCADE", "DROP ROLE reader");
      twin.close();
    }
  }

  final void both(String... statements) throws Exception {
    schema.execute(statements);
    twin.execute(statements);
  }

  static String rows(int from, int to) {
    return "INSERT INTO t (v) SELECT i FROM generate_series(%d, %d) AS i".formatted(from, to);
  }

  final void migrate(String change) throws Exception {
    migrate(change, new PausingListener());
  }

  final void migrate(String change, PausingListener listener) throws Exception {
    twin.execute("ALTER TABLE t " + change);
    schema.ghost("t", change).listener(listener).build().run();
  }

  /** All that the catalog says of a schema's table t, by names. */
  static List<String> description(Schema schema) throws Exception {
    List<String> lines = new ArrayList<>(schema.rows(DESCRIPTION));
    for (String sequence : schema.rows(SEQUENCES)) {
      lines.add(sequence + " at " + schema.value("SELECT last_value, is_called FROM " + sequence));
    }
    return lines.stream().map(l -> l.replace(schema.name(), "schema")).toList();
  }

  /** The sequences that go with t. */
  private static final String SEQUENCES =
      """
      SELECT d.objid::regclass
        FROM pg_depend AS d JOIN pg_class AS q ON q.oid = d.objid AND q.relkind = 'S'
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = 't'::regclass AND d.classid = 'pg_class'::regclass
       ORDER BY d.objid::regclass::text
      """;

  private static final String DESCRIPTION =
      """
      WITH t AS (SELECT * FROM pg_class WHERE oid = 't'::regclass)
      SELECT line FROM (
        SELECT concat_ws(' ', 'table', relowner::regrole, relacl, reloptions, relreplident, relrowsecurity, relforcerowsecurity,
                         reltablespace, relpersistence, relam, reloftype::regtype, obj_description(t.oid, 'pg_class'),
                         (SELECT 'toast ' || reloptions::text FROM pg_class WHERE oid = t.reltoastrelid)) AS line
          FROM t
         UNION ALL
        SELECT concat_ws(' ', 'column', attnum, attname, format_type(atttypid, atttypmod), attcollation::regcollation, attnotnull,
                         attidentity, attgenerated, attstorage, attcompression, attstattarget,
                         ARRAY(SELECT o FROM unnest(attoptions) AS o WHERE o NOT LIKE 'pg_attver=%'), attacl,
                         pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
          FROM t JOIN pg_attribute ON attrelid = t.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attnum > 0 AND NOT attisdropped
         UNION ALL
        SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisclustered, indisreplident, indisvalid, i.reltablespace,
                         obj_description(indexrelid, 'pg_class'),
                         (SELECT string_agg(concat_ws(' ', attnum, attstattarget), ', ' ORDER BY attnum)
                            FROM pg_attribute WHERE attrelid = indexrelid))
          FROM t JOIN pg_index ON indrelid = t.oid JOIN pg_class AS i ON i.oid = indexrelid
         UNION ALL
        SELECT concat_ws(' ', 'constraint', conname, pg_get_constraintdef(k.oid), convalidated, obj_description(k.oid, 'pg_constraint'))
          FROM t JOIN pg_constraint AS k ON conrelid = t.oid
         UNION ALL
        SELECT concat_ws(' ', 'referenced by', conrelid::regclass, conname, pg_get_constraintdef(k.oid), convalidated,
                         obj_description(k.oid, 'pg_constraint'))
          FROM t JOIN pg_constraint AS k ON confrelid = t.oid
         UNION ALL
        SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(g.oid), tgenabled, obj_description(g.oid, 'pg_trigger'))
          FROM t JOIN pg_trigger AS g ON tgrelid = t.oid AND NOT tgisinternal
         UNION ALL
        SELECT concat_ws(' ', 'rule', pg_get_ruledef(r.oid), ev_enabled, obj_description(r.oid, 'pg_rewrite'))
          FROM t JOIN pg_rewrite AS r ON ev_class = t.oid
         UNION ALL
        SELECT concat_ws(' ', 'policy', polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
                         pg_get_expr(polwithcheck, polrelid), obj_description(p.oid, 'pg_policy'))
          FROM t JOIN pg_policy AS p ON polrelid = t.oid
         UNION ALL
        SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(e.oid), stxowner::regrole, stxstattarget,
                         obj_description(e.oid, 'pg_statistic_ext'))
          FROM t JOIN pg_statistic_ext AS e ON stxrelid = t.oid
         UNION ALL
        SELECT concat_ws(' ', 'sequence', q.oid::regclass, refobjsubid, deptype, format_type(seqtypid, NULL), seqstart, seqincrement,
                         seqmax, seqmin, seqcache, seqcycle, q.relowner::regrole, q.relacl, q.relpersistence,
                         obj_description(q.oid, 'pg_class'))
          FROM t JOIN pg_depend ON refclassid = 'pg_class'::regclass AND refobjid = t.oid AND classid = 'pg_class'::regclass
          JOIN pg_sequence ON seqrelid = objid
          JOIN pg_class AS q ON q.oid = objid
         UNION ALL
        SELECT concat_ws(' ', 'view', v.oid::regclass, pg_get_viewdef(v.oid), v.relacl) FROM pg_class AS v JOIN t USING (relnamespace)
         WHERE v.relkind = 'v'
         UNION ALL
        SELECT concat_ws(' ', 'rule of a view', pg_get_ruledef(r.oid), ev_enabled, obj_description(r.oid, 'pg_rewrite'))
          FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v' JOIN t USING (relnamespace)
         WHERE r.rulename <> '_RETURN'
      ) AS lines ORDER BY line
      """;
}
