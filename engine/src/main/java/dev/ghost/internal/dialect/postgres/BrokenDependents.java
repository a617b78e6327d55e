package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.schema.TakenNames;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What depends on columns or keys that the change alters. The swap makes it again for the new
 * table, by its text, and would fail, or would make something else of it. Reads definitions with
 * nothing but pg_catalog in the search path.
 *
 * @param origins the source's columns by the ghost's number of them
 * @param kept names of the source's foreign keys that the swap makes again
 */
record BrokenDependents(
    Connection c,
    PostgresInspection inspection,
    PostgresTableDefinition ghost,
    Map<Integer, PostgresColumn> origins,
    Collection<String> kept) {

  private static final String AGAIN =
      "Drop these before, and create them again after the migration.";

  void refuse() throws SQLException {
    refuseViews();
    refuseSequences();
    refusePublications();
    refuseKeys();
    refuseTakenNames();
  }

  private TableName source() {
    return inspection.names().source();
  }

  /** What has become of a column of the source. */
  private Optional<PostgresColumn> later(PostgresColumn column) {
    return ghost.columns().stream().filter(g -> column.equals(origins.get(g.number()))).findFirst();
  }

  private Optional<PostgresColumn> later(String column) {
    return later(inspection.source().column(column).orElseThrow());
  }

  /** The numbers of the source's columns of which something is true, as an array. */
  private String numbers(Predicate<PostgresColumn> wanted) {
    return inspection.source().columns().stream()
        .filter(wanted)
        .map(column -> Integer.toString(column.number()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private String dropped() {
    return numbers(column -> later(column).isEmpty());
  }

  /** The columns that do not stay as they are. */
  private String changed() {
    return numbers(
        column ->
            later(column)
                .filter(g -> g.name().equals(column.name()) && g.sameTypeAs(column))
                .isEmpty());
  }

  /** A view is created again by its text, which must still mean what it did. */
  private void refuseViews() throws SQLException {
    String sql =
        """
        SELECT DISTINCT pg_describe_object(
                 CASE WHEN d.classid = 'pg_rewrite'::regclass THEN 'pg_class'::regclass ELSE d.classid END,
                 COALESCE(r.ev_class, d.objid), 0)
          FROM pg_depend AS d LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
         WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ?
           AND d.refobjsubid = ANY (?::int[])
           AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass)
        """;
    List<String> broken = Sql.strings(c, sql, inspection.source().oid(), changed());
    if (!broken.isEmpty()) {
      throw new RefusedException(
          "The change alters columns of %s that are used by: %s."
              .formatted(source(), String.join(", ", broken)),
          AGAIN);
    }
  }

  /** The sequence of a serial column goes with the column, when the change drops that. */
  private void refuseSequences() throws SQLException {
    String sql =
        """
        SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid)
          FROM pg_depend AS o
          JOIN pg_class AS q ON o.classid = 'pg_class'::regclass AND q.oid = o.objid AND q.relkind = 'S'
          JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = q.oid AND d.deptype IN ('n', 'a')
          LEFT JOIN pg_attrdef AS f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
         WHERE o.refclassid = 'pg_class'::regclass AND o.refobjid = ? AND o.refobjsubid = ANY (?::int[])
           AND f.adrelid IS DISTINCT FROM o.refobjid
        """;
    List<String> others = Sql.strings(c, sql, inspection.source().oid(), dropped());
    if (!others.isEmpty()) {
      throw new RefusedException(
          "The change drops a column of %s whose sequence is used by: %s."
              .formatted(source(), String.join(", ", others)),
          "ALTER SEQUENCE ... OWNED BY NONE, or by another column that stays; or drop these"
              + " before.");
    }
  }

  /** A list of columns follows, but not without one of them; a condition follows by its text. */
  private void refusePublications() throws SQLException {
    String sql =
        """
        SELECT DISTINCT format('%I', p.pubname)
          FROM pg_publication_rel AS r
          JOIN pg_publication AS p ON p.oid = r.prpubid
          JOIN pg_depend AS d ON d.classid = 'pg_publication_rel'::regclass AND d.objid = r.oid
                             AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.prrelid
         WHERE r.prrelid = ? AND p.pubname NOT LIKE 'ghost\\_%'
           AND (d.refobjsubid = ANY (?::int[])
                OR to_jsonb(r) ->> 'prqual' IS NOT NULL AND d.refobjsubid = ANY (?::int[]))
        """;
    List<String> broken = Sql.strings(c, sql, inspection.source().oid(), dropped(), changed());
    if (!broken.isEmpty()) {
      throw new RefusedException(
          "The change drops or alters columns of %s that these publications name: %s."
              .formatted(source(), String.join(", ", broken)),
          "ALTER PUBLICATION ... SET TABLE ..., without these columns.");
    }
  }

  /**
   * A foreign key that the swap makes again.
   *
   * @param name with its table, for people
   * @param own true when it is the source's
   * @param referring true when it refers to the source
   * @param columns of the table that refers, and their types
   * @param referred the columns that it refers to, and their types
   * @param plain false where it compares ranges of time
   * @param sets true where it sets only some of its columns, which it names
   */
  private record Key(
      String name,
      boolean own,
      boolean referring,
      List<String> columns,
      List<String> types,
      List<String> referred,
      List<String> referredTypes,
      boolean plain,
      boolean sets) {}

  private List<Key> keys() throws SQLException {
    List<Key> keys = new ArrayList<>();
    try (var statement = Sql.prepared(c, KEYS, inspection.source().oid());
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        Key key =
            new Key(
                rs.getString(1),
                rs.getBoolean(2),
                rs.getBoolean(3),
                PostgresTableDefinition.list(rs.getArray(4)),
                PostgresTableDefinition.list(rs.getArray(5)),
                PostgresTableDefinition.list(rs.getArray(6)),
                PostgresTableDefinition.list(rs.getArray(7)),
                rs.getBoolean(8),
                rs.getBoolean(9));
        TableName other = new TableName(rs.getString(11), rs.getString(12));
        // What is swapped together may change together.
        if ((!key.own || kept.contains(rs.getString(10)))
            && !inspection.request().companions().contains(other)) {
          keys.add(key);
        }
      }
    }
    return keys;
  }

  private void refuseKeys() throws SQLException {
    for (Key key : keys()) {
      if (key.referring) {
        refuseLostKey(key);
      }
      if (key.sets && key.own && !key.columns.stream().allMatch(this::hasItsName)) {
        throw refused(key, "names a column that the change renames, in ON DELETE SET");
      }
      if (key.plain) {
        refuseOtherTypes(key);
      }
    }
  }

  private boolean hasItsName(String column) {
    return later(column).filter(g -> g.name().equals(column)).isPresent();
  }

  /** What is referred to must be there, and be a key. */
  private void refuseLostKey(Key key) {
    List<String> lost = key.referred.stream().filter(name -> later(name).isEmpty()).toList();
    if (!lost.isEmpty()) {
      throw refused(key, "refers to what the change drops: " + String.join(", ", lost));
    }
    Set<String> names =
        key.referred.stream()
            .map(name -> later(name).orElseThrow().name())
            .collect(Collectors.toSet());
    boolean unique =
        ghost.indexes().stream().anyMatch(i -> i.key() && names.equals(Set.copyOf(i.columns())));
    if (key.plain && !unique) {
      throw refused(
          key, "refers to (%s), which is no key any more".formatted(String.join(", ", names)));
    }
  }

  /** The server is asked, with empty tables, whether types can refer to each other. */
  private void refuseOtherTypes(Key key) throws SQLException {
    List<String> types = key.own ? laterTypes(key.columns) : key.types;
    List<String> referredTypes = key.referring ? laterTypes(key.referred) : key.referredTypes;
    if (types.equals(key.types) && referredTypes.equals(key.referredTypes)) {
      return;
    }
    String there = Sql.quote(new TableName(inspection.all().workSchema(), "referred to by ghost"));
    String here = Sql.quote(new TableName(inspection.all().workSchema(), "referring for ghost"));
    Savepoint before = c.setSavepoint();
    try {
      Sql.execute(
          c,
          List.of(
              "CREATE UNLOGGED TABLE %s (%s, UNIQUE (%s))"
                  .formatted(there, defined(referredTypes), named(referredTypes)),
              "CREATE UNLOGGED TABLE %s (%s, FOREIGN KEY (%s) REFERENCES %s (%s))"
                  .formatted(here, defined(types), named(types), there, named(referredTypes))));
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e).circumstantial()) {
        throw e;
      }
      throw refused(key, "cannot be with these types: %s".formatted(String.join(", ", types)), e);
    } finally {
      c.rollback(before);
    }
  }

  private List<String> laterTypes(List<String> columns) {
    return columns.stream().map(name -> later(name).map(PostgresColumn::type).orElse("")).toList();
  }

  private static String defined(List<String> types) {
    return IntStream.range(0, types.size())
        .mapToObj(i -> "c%d %s".formatted(i, types.get(i)))
        .collect(Collectors.joining(", "));
  }

  private static String named(List<String> types) {
    return IntStream.range(0, types.size())
        .mapToObj(i -> "c" + i)
        .collect(Collectors.joining(", "));
  }

  private RefusedException refused(Key key, String why) {
    return refused(key, why, null);
  }

  private RefusedException refused(Key key, String why, @Nullable SQLException cause) {
    return new RefusedException(
        "The change of %s breaks the foreign key %s: it %s.".formatted(source(), key.name, why),
        "Drop the foreign key before, or leave that out of the change.",
        cause);
  }

  /** The swap gives what belongs to the new table the names that it has in our schema. */
  private void refuseTakenNames() throws SQLException {
    List<String> taken = TakenNames.of(c, inspection.source().oid(), inspection.names());
    if (!taken.isEmpty()) {
      throw new RefusedException(
          "The new table of %s would have names that are taken: %s."
              .formatted(source(), String.join(", ", taken)),
          "Name what the change adds: ADD CONSTRAINT name UNIQUE (...), ADD COLUMN ... GENERATED BY"
              + " DEFAULT AS IDENTITY (SEQUENCE NAME name); or rename what has the name.");
    }
  }

  private static final String KEYS =
      """
      SELECT format('%s of %s', k.conname, k.conrelid::regclass), k.conrelid = p.oid, k.confrelid = p.oid,
             l.columns, l.types, l.referred, l.referred_types,
             COALESCE(to_jsonb(k) ->> 'conperiod', 'false') = 'false',
             jsonb_typeof(to_jsonb(k) -> 'confdelsetcols') = 'array',
             k.conname, n.nspname, o.relname
        FROM (VALUES (?::oid)) AS p (oid)
        JOIN pg_constraint AS k ON p.oid IN (k.conrelid, k.confrelid)
        JOIN pg_class AS o ON o.oid = CASE p.oid WHEN k.conrelid THEN k.confrelid ELSE k.conrelid END
        JOIN pg_namespace AS n ON n.oid = o.relnamespace
       CROSS JOIN LATERAL (
         SELECT array_agg(a.attname::text ORDER BY i), array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY i),
                array_agg(b.attname::text ORDER BY i), array_agg(format_type(b.atttypid, b.atttypmod) ORDER BY i)
           FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (here, there, i)
           JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.here
           JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.there) AS l (columns, types, referred, referred_types)
       WHERE k.contype = 'f' AND k.conparentid = 0
       ORDER BY k.oid
      """;
}
