package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The views and tables that the swap alters as well. Who uses a source by a view has locked the
 * view before it; who writes to a table that refers to a source, or that a source refers to, may
 * have locked that one before. Would the source be locked alone, they would wait for it with a lock
 * that the swap needs, and under a steady load there would be no moment without one of them.
 */
public final class Neighbours {

  private Neighbours() {}

  /**
   * What is locked, and how.
   *
   * @param statement locks it until the end of the transaction
   */
  public record Locked(TableName name, String statement) {

    public static Locked source(TableName table) {
      return new Locked(table, exclusively("ONLY " + Sql.quote(table)));
    }

    /** Writers wait, and readers go on. */
    private static String exclusively(String table) {
      return "LOCK TABLE %s IN EXCLUSIVE MODE".formatted(table);
    }
  }

  /**
   * The views that the swap makes again, as the application locks them: one before those that it is
   * made of. LOCK TABLE would lock all tables of a view with it; to give it the owner that it has
   * changes nothing, and locks it alone. Readers of a view wait as well.
   */
  public static List<Locked> views(Connection c, Collection<Long> sources) throws SQLException {
    List<Locked> views = new ArrayList<>();
    try (var statement = Sql.prepared(c, VIEWS, Sql.oids(sources));
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        TableName view = new TableName(rs.getString(1), rs.getString(2));
        views.add(
            new Locked(
                view,
                "ALTER VIEW IF EXISTS %s OWNER TO %s"
                    .formatted(Sql.quote(view), Sql.quote(rs.getString(3)))));
      }
    }
    return views;
  }

  /**
   * The tables that have a foreign key with a source, or will have one by the swap; those that this
   * user may lock.
   *
   * @param referred tables that keys of the change refer to, qualified and quoted
   */
  public static List<Locked> tables(
      Connection c, Collection<Long> sources, Collection<String> referred) throws SQLException {
    List<Locked> tables = new ArrayList<>();
    String oids = Sql.oids(sources);
    try (var statement =
            Sql.prepared(c, TABLES, oids, c.createArrayOf("text", referred.toArray()), oids);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        TableName table = new TableName(rs.getString(1), rs.getString(2));
        String partitionsToo = rs.getBoolean(3) ? "" : "ONLY ";
        tables.add(new Locked(table, Locked.exclusively(partitionsToo + Sql.quote(table))));
      }
    }
    return tables;
  }

  private static final String VIEWS =
      """
      WITH RECURSIVE made AS (
             SELECT DISTINCT v.oid, v.relname, v.relnamespace, v.relowner
               FROM pg_depend AS d
               JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
               JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'
              WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (?::oid[])),
           beneath (top, oid) AS (
             SELECT oid, oid FROM made
              UNION
             SELECT b.top, d.refobjid
               FROM beneath AS b
               JOIN pg_rewrite AS r ON r.ev_class = b.oid
               JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                  AND d.refclassid = 'pg_class'::regclass
               JOIN pg_class AS v ON v.oid = d.refobjid AND v.relkind = 'v')
      SELECT n.nspname, m.relname, pg_get_userbyid(m.relowner)
        FROM made AS m JOIN pg_namespace AS n ON n.oid = m.relnamespace
       ORDER BY (SELECT count(*) FROM beneath AS b JOIN made AS o ON o.oid = b.oid WHERE b.top = m.oid) DESC, m.oid
      """;

  private static final String TABLES =
      """
      WITH sources AS (SELECT unnest(?::oid[]) AS oid),
           bound AS (
             SELECT k.conrelid AS oid
               FROM pg_constraint AS k JOIN sources AS s ON s.oid = k.confrelid
              WHERE k.contype = 'f' AND k.conparentid = 0
              UNION
             SELECT k.confrelid
               FROM pg_constraint AS k JOIN sources AS s ON s.oid = k.conrelid
              WHERE k.contype = 'f' AND k.conparentid = 0
              UNION
             SELECT to_regclass(r)::oid FROM unnest(?::text[]) AS r)
      SELECT n.nspname, t.relname, t.relkind = 'p'
        FROM bound AS b JOIN pg_class AS t ON t.oid = b.oid
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
       WHERE t.oid <> ALL (?::oid[]) AND has_table_privilege(t.oid, 'UPDATE, DELETE, TRUNCATE')
       ORDER BY t.oid
      """;
}
