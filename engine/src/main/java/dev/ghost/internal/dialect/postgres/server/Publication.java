package dev.ghost.internal.dialect.postgres.server;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The publication of a change stream. Anyone who alters it, were it for a moment, makes the stream
 * pass over changes in silence: so the versions of its catalog rows are noted, in its comment,
 * which a later run finds as well.
 */
public final class Publication {

  /** The rows of the catalog that make it what it is; another version of one has another xmin. */
  private static final String VERSION =
      """
      concat_ws(' ', 'ghost: version', p.oid, p.xmin,
                (SELECT string_agg(r.oid || '/' || r.xmin, ' ' ORDER BY r.oid)
                   FROM pg_publication_rel AS r
                  WHERE r.prpubid = p.oid))
      """;

  private static final String NOW =
      "SELECT %s FROM pg_publication AS p WHERE p.pubname = ?".formatted(VERSION);

  private static final String UNTOUCHED =
      """
      SELECT EXISTS (SELECT 1
                       FROM pg_publication AS p
                      WHERE p.pubname = ? AND obj_description(p.oid, 'pg_publication') = %s)
      """
          .formatted(VERSION);

  /**
   * For each table that is published: whether the server lets the application update and delete
   * rows. A column list has to cover the replica identity; FULL is all columns, the virtual ones
   * too, and these cannot be published.
   */
  private static final String WRITABLE =
      """
      SELECT COALESCE(bool_and(
               CASE t.relreplident
                 WHEN 'n' THEN FALSE
                 WHEN 'f' THEN l.columns IS NULL
                               AND NOT EXISTS (SELECT 1 FROM pg_attribute AS a
                                                WHERE a.attrelid = t.oid AND a.attgenerated = 'v' AND NOT a.attisdropped)
                 ELSE EXISTS (SELECT 1 FROM pg_index AS x
                               WHERE x.indrelid = t.oid AND x.indisvalid AND x.indimmediate
                                 AND CASE t.relreplident WHEN 'd' THEN x.indisprimary ELSE x.indisreplident END
                                 AND NOT EXISTS (SELECT 1 FROM generate_series(0, x.indnkeyatts - 1) AS n
                                                  WHERE x.indkey[n] <> ALL (l.columns)))
               END), TRUE)
        FROM pg_publication AS p
        JOIN pg_publication_rel AS r ON r.prpubid = p.oid
        JOIN pg_class AS t ON t.oid = r.prrelid
       CROSS JOIN LATERAL (
         SELECT array_agg(e.number::int) FROM jsonb_array_elements_text(%s) AS e (number)) AS l (columns)
       WHERE p.pubname = ?
      """
          .formatted(columnList("r"));

  private Publication() {}

  /**
   * The numbers of the columns in a row of pg_publication_rel, as a JSON array; NULL where all are
   * published. Before 15, there are no lists.
   */
  public static String columnList(String row) {
    return "NULLIF(to_jsonb(%s) -> 'prattrs', 'null')".formatted(row);
  }

  /**
   * The statement that makes one.
   *
   * @param tables each with its columns, where it has a list
   * @param generatedToo true where the server leaves stored generated columns out by itself: it
   *     then refuses the application's updates of a table whose replica identity is FULL
   */
  public static String create(String name, List<String> tables, boolean generatedToo) {
    return "CREATE PUBLICATION %s FOR %s%s"
        .formatted(
            Sql.quote(name),
            String.join(", ", tables),
            generatedToo ? " WITH (publish_generated_columns = stored)" : "");
  }

  /** False when the server refuses the application's updates and deletes because of it. */
  public static boolean letsWrite(Connection c, String name) throws SQLException {
    return Sql.yes(c, WRITABLE, name);
  }

  /** Drops it, where it is: an event trigger may forbid even to drop what is not there. */
  public static void drop(Connection c, String name) throws SQLException {
    if (Sql.yes(c, "SELECT EXISTS (SELECT 1 FROM pg_publication WHERE pubname = ?)", name)) {
      Sql.execute(c, "DROP PUBLICATION IF EXISTS " + Sql.quote(name));
    }
  }

  /** Notes that it is as we have made it. */
  public static void note(Connection c, String name) throws SQLException {
    Sql.execute(
        c,
        "COMMENT ON PUBLICATION %s IS %s"
            .formatted(Sql.quote(name), Sql.literal(Sql.string(c, NOW, name))));
  }

  /** True when nobody has altered it, nor dropped it and made it again. */
  public static boolean untouched(Connection c, String name) throws SQLException {
    return Sql.yes(c, UNTOUCHED, name);
  }
}
