package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The statements that make an empty ghost just like its source, before the change and after it. */
public final class GhostDdl {

  /** Between statements that come in one row. */
  private static final String SEPARATOR = "\u001f";

  private final PostgresTableDefinition source;
  private final TableName ghost;

  public GhostDdl(PostgresTableDefinition source, TableName ghost) {
    this.source = source;
    this.ghost = ghost;
  }

  /**
   * Makes the ghost. Each name is the source's own, in the other schema, so that the change finds
   * what it speaks of. Foreign keys would lock other tables: a check that is always true holds
   * their names meanwhile.
   */
  public void create(Connection c) throws SQLException {
    List<String> statements = definition(c);
    for (String sql : List.of(SourceDdl.GRANTS, SourceDdl.DEFAULT_GRANTS)) {
      statements.addAll(fromSource(c, sql));
    }
    DefaultPrivileges.without(c, fromSource(c, SourceDdl.TABLE));
    Sql.execute(c, statements);
    Sql.execute(c, Sql.strings(c, SourceDdl.SEQUENCES, source.oid(), Sql.quote(ghost)));
  }

  /**
   * Makes a table with the same definition for this transaction, of which nobody else hears: it is
   * not logged, and nobody is granted anything.
   */
  public void createUnlogged(Connection c) throws SQLException {
    List<String> statements = definition(c);
    Sql.execute(c, fromSource(c, SourceDdl.UNLOGGED_TABLE));
    Sql.execute(c, statements);
    Sql.execute(c, Sql.strings(c, SourceDdl.SEQUENCES, source.oid(), Sql.quote(ghost)));
  }

  private List<String> definition(Connection c) throws SQLException {
    List<String> statements = new ArrayList<>();
    for (String sql :
        List.of(
            SourceDdl.OPTIONS,
            SourceDdl.UNVALIDATED,
            SourceDdl.CONSTRAINTS,
            SourceDdl.INDEXES,
            SourceDdl.INDEX_SETTINGS,
            SourceDdl.STAND_INS,
            SourceDdl.STATISTICS,
            SourceDdl.COLUMN_SETTINGS,
            SourceDdl.COMMENTS,
            SourceDdl.MARKS)) {
      statements.addAll(fromSource(c, sql));
    }
    return statements;
  }

  private List<String> fromSource(Connection c, String sql) throws SQLException {
    return SourceDdl.statements(c, sql, source, ghost);
  }

  /** Removes the stand-ins of foreign keys. */
  public List<String> dropStandIns(Connection c) throws SQLException {
    return Sql.strings(c, DROP_STAND_INS, Sql.quote(ghost), Sql.quote(ghost), source.oid());
  }

  /**
   * The identity columns whose counter the change has set, or made again: RESTART leaves one that
   * nobody has drawn from, and {@link #create} does not.
   */
  public static List<String> restarted(Connection c, TableName ghost) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT attname
          FROM pg_attribute
         WHERE attrelid = ?::regclass AND attidentity <> ''
           AND pg_sequence_last_value(pg_get_serial_sequence(?, attname)::regclass) IS NULL
         ORDER BY attnum
        """,
        Sql.quote(ghost),
        Sql.quote(ghost));
  }

  /** Names of the source's foreign keys whose stand-ins the change has left alone. */
  public static List<String> standIns(Connection c, PostgresTableDefinition source, TableName ghost)
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

  /**
   * Drops the constraints that need not hold for all rows: the copy brings also those for which
   * they do not hold.
   *
   * @return the statements with which the swap makes them, on the table that has the source's name
   */
  public List<String> postponeUnvalidated(Connection c) throws SQLException {
    return postponeUnvalidated(c, source.name());
  }

  /**
   * The same.
   *
   * @return the statements that make them on a table
   */
  public List<String> postponeUnvalidated(Connection c, TableName table) throws SQLException {
    String later = Sql.quote(table);
    List<String> statements = Sql.strings(c, POSTPONED_CONSTRAINTS, later, later, Sql.quote(ghost));
    Sql.execute(c, Sql.strings(c, DROP_POSTPONED_CONSTRAINTS, Sql.quote(ghost)));
    return statements;
  }

  /**
   * A unique index that the copy goes without.
   *
   * @param index as it was
   * @param build the statements that build it; none when it is there
   * @param attach those that make the constraint that it serves, and the table's mark that it is
   *     clustered by it; none when the constraint is there
   */
  public record PostponedKey(PostgresIndex index, List<String> build, List<String> attach) {}

  /** Names of the constraints there are. */
  public static List<String> constraints(Connection c, TableName ghost) throws SQLException {
    return Sql.strings(
        c, "SELECT conname FROM pg_constraint WHERE conrelid = ?::regclass", Sql.quote(ghost));
  }

  /**
   * Drops the unique indexes, with the constraints that they serve, so that the copy need not keep
   * them up. Does nothing where the server needs one of them meanwhile, or cannot make a constraint
   * from an index. Until they are there again, the whole row is the replica identity: the server
   * would not delete rows if somebody published all tables.
   *
   * @param made the ghost with them
   * @return what makes them again
   */
  public List<PostponedKey> postponeKeys(Connection c, PostgresTableDefinition made)
      throws SQLException {
    if (!Sql.strings(c, NEEDED_KEYS, Sql.quote(ghost)).isEmpty()) {
      return List.of();
    }
    List<PostponedKey> keys = new ArrayList<>();
    List<String> drops = new ArrayList<>();
    try (var statement = Sql.prepared(c, POSTPONED_KEYS, Sql.quote(ghost));
        var rs = statement.executeQuery()) {
      while (rs.next()) {
        String name = rs.getString(1);
        keys.add(
            new PostponedKey(
                made.indexes().stream()
                    .filter(i -> i.name().equals(name))
                    .findFirst()
                    .orElseThrow(),
                statements(rs.getString(2)),
                statements(rs.getString(3))));
        drops.add(rs.getString(4));
      }
    }
    if (!keys.isEmpty()) {
      PostponedKey last = keys.remove(keys.size() - 1);
      List<String> attach = new ArrayList<>(last.attach);
      attach.addAll(Sql.strings(c, REPLICA_IDENTITY, Sql.quote(ghost)));
      keys.add(new PostponedKey(last.index, last.build, attach));
      drops.add("ALTER TABLE %s REPLICA IDENTITY FULL".formatted(Sql.quote(ghost)));
    }
    Sql.execute(c, drops);
    return keys;
  }

  private static List<String> statements(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(SEPARATOR));
  }

  /** The statements that make the indexes there are. */
  public static List<String> indexes(Connection c, TableName ghost) throws SQLException {
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
  public List<List<String>> postpone(Connection c) throws SQLException {
    List<List<String>> later = new ArrayList<>();
    List<String> rebuilt = Sql.strings(c, POSTPONED, Sql.quote(ghost));
    for (String index : rebuilt) {
      later.add(statements(index));
    }
    Sql.execute(c, Sql.strings(c, DROP_POSTPONED, Sql.quote(ghost)));
    return later;
  }

  private static final String POSTPONED_CONSTRAINTS =
      """
      SELECT statement
        FROM pg_constraint AS k
       CROSS JOIN LATERAL (VALUES
         (1, format('ALTER TABLE %s ADD CONSTRAINT %I %s', ?::text, k.conname, pg_get_constraintdef(k.oid))),
         (2, format('COMMENT ON CONSTRAINT %I ON %s IS ', k.conname, ?::text)
               || quote_literal(obj_description(k.oid, 'pg_constraint')))) AS v (step, statement)
       WHERE k.conrelid = ?::regclass AND k.contype IN ('c', 'n') AND NOT k.convalidated AND statement IS NOT NULL
       ORDER BY k.oid, step
      """;

  private static final String DROP_POSTPONED_CONSTRAINTS =
      """
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
        FROM pg_constraint
       WHERE conrelid = ?::regclass AND contype IN ('c', 'n') AND NOT convalidated
      """;

  private static final String DROP_STAND_INS =
      """
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', ?::text, k.conname)
        FROM pg_constraint AS k
       WHERE k.conrelid = ?::regclass AND k.contype = 'c'
         AND k.conname IN (SELECT conname FROM pg_constraint WHERE conrelid = ? AND contype = 'f')
      """;

  /** What would fire while a retired table is brought up to date; the swap makes it again. */
  public static final String DETACH =
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

  /** An index {@code i} of a table {@code g}. */
  private static final String INDEXES =
      """
        FROM pg_index AS x
        JOIN pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_class AS g ON g.oid = x.indrelid
        JOIN pg_namespace AS n ON n.oid = i.relnamespace
        LEFT JOIN pg_tablespace AS t ON t.oid = i.reltablespace
      """;

  /** The statements that build one. */
  private static final String BUILD =
      """
               format('SET LOCAL default_tablespace = %L', COALESCE(t.spcname, '')),
               pg_get_indexdef(i.oid),
               format('COMMENT ON INDEX %I.%I IS ', n.nspname, i.relname)
                 || quote_literal(obj_description(i.oid, 'pg_class')),
               (SELECT string_agg(format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, i.relname, a.attnum,
                                         to_jsonb(a) ->> 'attstattarget'), E'\\x1f')
                  FROM pg_attribute AS a
                 WHERE a.attrelid = i.oid AND COALESCE(to_jsonb(a) ->> 'attstattarget', '-1') <> '-1')
      """;

  /** The one that marks its table as clustered by it. */
  private static final String CLUSTER =
      """
               CASE WHEN x.indisclustered
                    THEN format('ALTER TABLE %I.%I CLUSTER ON %I', n.nspname, g.relname, i.relname) END
      """;

  private static final String POSTPONABLE =
      INDEXES
          + " WHERE x.indrelid = ?::regclass AND NOT x.indisunique AND NOT x.indisexclusion AND NOT"
          + " x.indisreplident";

  private static final String POSTPONED =
      "SELECT concat_ws(E'\\x1f', " + BUILD + ", " + CLUSTER + ")" + POSTPONABLE;

  private static final String DROP_POSTPONED =
      "SELECT format('DROP INDEX %I.%I', n.nspname, i.relname) " + POSTPONABLE;

  /**
   * Unique indexes that cannot wait. Where all tables are published, the server refuses to delete
   * rows of one without a key.
   */
  private static final String NEEDED_KEYS =
      """
      SELECT i.relname
        FROM pg_index AS x
        JOIN pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_am AS m ON m.oid = i.relam
       WHERE x.indrelid = ?::regclass AND (x.indisunique OR x.indisexclusion)
         AND (x.indisexclusion OR x.indisreplident OR NOT x.indisvalid OR m.amname <> 'btree'
              OR EXISTS (SELECT 1 FROM pg_publication WHERE puballtables))
      """;

  private static final String REPLICA_IDENTITY =
      """
      SELECT format('ALTER TABLE %s REPLICA IDENTITY %s', oid::regclass,
                    CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END)
        FROM pg_class
       WHERE oid = ?::regclass
      """;

  private static final String POSTPONED_KEYS =
      """
      SELECT i.relname,
             concat_ws(E'\\x1f',
      """
          + BUILD
          + """
          ),
                 concat_ws(E'\\x1f',
                   CASE WHEN k.oid IS NOT NULL
                        THEN format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s USING INDEX %I%s%s', n.nspname, g.relname, k.conname,
                                    CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, i.relname,
                                    CASE WHEN k.condeferrable THEN ' DEFERRABLE' END,
                                    CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' END) END,
                   CASE WHEN k.oid IS NOT NULL
                        THEN format('COMMENT ON CONSTRAINT %I ON %I.%I IS ', k.conname, n.nspname, g.relname)
                               || quote_literal(obj_description(k.oid, 'pg_constraint')) END,
          """
          + CLUSTER
          + """
          ),
                 CASE WHEN k.oid IS NULL THEN format('DROP INDEX %I.%I', n.nspname, i.relname)
                      ELSE format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, g.relname, k.conname) END
          """
          + INDEXES
          + """
            LEFT JOIN pg_constraint AS k ON k.conindid = i.oid AND k.conrelid = g.oid AND k.contype IN ('p', 'u')
           WHERE x.indrelid = ?::regclass AND x.indisunique
           ORDER BY i.oid
          """;
}
