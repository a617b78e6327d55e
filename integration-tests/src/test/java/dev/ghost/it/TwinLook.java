package dev.ghost.it;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What is seen of a generated table and of those around it.
 *
 * @param definition in lines, in the server's order
 * @param values a line for each row, sorted
 */
record TwinLook(List<String> definition, List<String> values) {

  private static final List<String> AROUND = List.of("audit", "c", "p");

  /** What differs between two of them; empty when nothing does. */
  String difference(TwinLook other) {
    if (!definition.equals(other.definition)) {
      return "definition: " + difference(definition, other.definition);
    }
    if (!values.equals(other.values)) {
      return "values: " + difference(values, other.values);
    }
    return "";
  }

  private static String difference(List<String> ghost, List<String> server) {
    List<String> onlyGhost = minus(ghost, server);
    List<String> onlyServer = minus(server, ghost);
    String order = onlyGhost.isEmpty() && onlyServer.isEmpty() ? "another order of " + ghost : "";
    return "%s%n  %d lines of %d are only by ghost:%n    %s%n  %d of %d only by the server:%n    %s"
        .formatted(
            order,
            onlyGhost.size(),
            ghost.size(),
            some(onlyGhost),
            onlyServer.size(),
            server.size(),
            some(onlyServer));
  }

  private static String some(List<String> lines) {
    return String.join("\n    ", lines.subList(0, Math.min(6, lines.size())));
  }

  private static List<String> minus(List<String> all, List<String> taken) {
    Map<String, Integer> counts = new TreeMap<>();
    taken.forEach(t -> counts.merge(t, 1, Integer::sum));
    List<String> left = new ArrayList<>();
    for (String line : all) {
      if (counts.merge(line, -1, Integer::sum) < 0) {
        left.add(line);
      }
    }
    return left;
  }

  /**
   * Looks at the tables of a schema.
   *
   * @param untold the columns whose values are not compared
   */
  static TwinLook at(Db db, Schema schema, Set<String> untold) throws Exception {
    List<String> definition = new ArrayList<>();
    List<String> values = new ArrayList<>();
    List<String> tables = new ArrayList<>(schema.tables());
    tables.retainAll(AROUND);
    tables.add("t");
    for (String table : tables) {
      definition.addAll(db == Db.POSTGRES ? ofPostgres(schema, table) : ofInnodb(schema, table));
      values.addAll(values(db, schema, table, table.equals("t") ? untold : Set.of()));
    }
    String own = schema.name();
    definition.replaceAll(
        line -> line.replaceAll("(?<![A-Za-z0-9_])" + own + "(?=[.`\"])", "the_schema"));
    if (db == Db.MYSQL) {
      // It has the names of checks once in a schema, and cannot rename them.
      definition.replaceAll(line -> line.replaceAll("CONSTRAINT `[^`]+` CHECK", "CHECK"));
    }
    return new TwinLook(definition, values);
  }

  private static List<String> ofInnodb(Schema schema, String table) throws Exception {
    String create = schema.value("SHOW CREATE TABLE " + table);
    List<String> lines = new ArrayList<>(List.of(create.split("\n")));
    lines.addAll(
        schema.rows(
            """
            SELECT trigger_name, action_timing, event_manipulation, action_order, action_statement,
                   sql_mode, definer
              FROM information_schema.triggers
             WHERE event_object_schema = '%s' AND event_object_table = '%s'
             ORDER BY trigger_name
            """
                .formatted(schema.name(), table)));
    return lines;
  }

  private static List<String> ofPostgres(Schema schema, String table) throws Exception {
    List<String> lines = new ArrayList<>();
    for (String query :
        List.of(
            """
            SELECT 'table', relreplident, reloptions, relrowsecurity, obj_description(oid, 'pg_class')
              FROM pg_class WHERE oid = '%s'::regclass
            """,
            """
            SELECT 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                   pg_get_expr(d.adbin, d.adrelid), a.attgenerated, a.attidentity, l.collname,
                   a.attstorage, a.attcompression, a.attstattarget,
                   array_remove(a.attoptions, (SELECT o FROM unnest(a.attoptions) AS o WHERE o LIKE 'pg_attver=%%')),
                   col_description(a.attrelid, a.attnum)
              FROM pg_attribute AS a
              LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
              LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
             WHERE a.attrelid = '%s'::regclass AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum
            """,
            """
            SELECT 'index', pg_get_indexdef(indexrelid), indisprimary, indisunique, indisreplident,
                   indisclustered, indisvalid, obj_description(indexrelid, 'pg_class')
              FROM pg_index WHERE indrelid = '%s'::regclass ORDER BY 2
            """,
            """
            SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid),
                   convalidated, obj_description(oid, 'pg_constraint')
              FROM pg_constraint
             WHERE '%1$s'::regclass IN (conrelid, confrelid)
               AND conrelid IS DISTINCT FROM to_regclass('t_old')
             ORDER BY conname, conrelid::regclass::text
            """,
            """
            SELECT 'trigger', pg_get_triggerdef(oid), tgenabled FROM pg_trigger
             WHERE tgrelid = '%s'::regclass AND NOT tgisinternal ORDER BY tgname
            """,
            """
            SELECT 'grant', attname, acl FROM (
              SELECT '' AS attname, unnest(relacl)::text AS acl FROM pg_class WHERE oid = '%1$s'::regclass
              UNION ALL
              SELECT attname, unnest(attacl)::text FROM pg_attribute WHERE attrelid = '%1$s'::regclass
            ) AS grants ORDER BY attname, acl
            """,
            """
            SELECT 'policy', polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid),
                   pg_get_expr(polwithcheck, polrelid)
              FROM pg_policy WHERE polrelid = '%s'::regclass ORDER BY polname
            """,
            """
            SELECT 'statistics', pg_get_statisticsobjdef(oid), stxowner, obj_description(oid, 'pg_statistic_ext')
              FROM pg_statistic_ext WHERE stxrelid = '%s'::regclass ORDER BY stxname
            """,
            """
            SELECT 'sequence', a.attname, s.seqrelid::regclass, d.deptype, format_type(s.seqtypid, NULL),
                   s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle, c.relowner,
                   c.relacl, obj_description(c.oid, 'pg_class')
              FROM pg_depend AS d
              JOIN pg_sequence AS s ON s.seqrelid = d.objid
              JOIN pg_class AS c ON c.oid = s.seqrelid
              JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
               AND d.deptype IN ('a', 'i') AND d.refobjid = '%s'::regclass
             ORDER BY a.attname, c.relname
            """,
            """
            SELECT DISTINCT 'view', v.relname, pg_get_viewdef(v.oid), v.relacl
              FROM pg_depend AS d
              JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
              JOIN pg_class AS v ON v.oid = r.ev_class
             WHERE d.refobjid = '%s'::regclass AND v.relkind = 'v' ORDER BY v.relname
            """)) {
      lines.addAll(schema.rows(query.formatted(table)));
    }
    return lines;
  }

  private static List<String> values(Db db, Schema schema, String table, Set<String> untold)
      throws Exception {
    List<String> shown = new ArrayList<>();
    for (String column :
        schema.rows(
            """
            SELECT data_type, column_name FROM information_schema.columns
             WHERE table_schema = '%s' AND table_name = '%s'
             ORDER BY ordinal_position
            """
                .formatted(schema.name(), table))) {
      int bar = column.indexOf('|');
      String name = column.substring(bar + 1);
      if (untold.stream().noneMatch(name::equalsIgnoreCase)) {
        String quoted = schema.server().quote(name);
        shown.add(
            db == Db.POSTGRES
                ? quoted + "::text"
                : OddValues.exact(column.substring(0, bar), quoted));
      }
    }
    List<String> rows =
        new ArrayList<>(
            schema.rows(
                "SELECT '%s', %s FROM %s".formatted(table, String.join(", ", shown), table)));
    Collections.sort(rows);
    return rows;
  }
}
