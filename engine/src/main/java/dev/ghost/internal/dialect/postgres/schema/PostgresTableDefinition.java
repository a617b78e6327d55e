package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A table as the server describes it. Read with nothing but pg_catalog in the search path. */
public record PostgresTableDefinition(
    TableName name, long oid, List<PostgresColumn> columns, List<PostgresIndex> indexes) {

  /**
   * Definitions that are read in this transaction are qualified, and are the same in all sessions.
   */
  public static void qualify(Connection c) throws SQLException {
    Sql.strings(
        c,
        """
        SELECT set_config('search_path', 'pg_catalog', true), set_config('TimeZone', 'UTC', true),
               set_config('DateStyle', 'ISO, YMD', true), set_config('IntervalStyle', 'postgres', true),
               set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)
        """);
  }

  public static PostgresTableDefinition read(Connection c, TableName name) throws SQLException {
    long oid =
        oid(c, name).orElseThrow(() -> new SQLException("there is no table " + name, "42P01"));
    return new PostgresTableDefinition(name, oid, columns(c, oid), indexes(c, oid));
  }

  public static Optional<Long> oid(Connection c, TableName name) throws SQLException {
    String sql =
        """
        SELECT c.oid
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = ? AND c.relname = ? AND c.relkind NOT IN ('i', 'I', 'c', 'S', 't')
        """;
    return Sql.strings(c, sql, name.schema(), name.table()).stream().map(Long::valueOf).findFirst();
  }

  /**
   * What has a name that no table can take then, as behind DROP; empty when nothing has it. A table
   * has a type of its name, too.
   */
  public static Optional<String> kindNamed(Connection c, TableName name) throws SQLException {
    String sql =
        """
        SELECT CASE c.relkind
                 WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
                 WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index'
                 WHEN 'c' THEN 'type' ELSE 'table'
               END
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = ? AND c.relname = ?
         UNION ALL
        SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END
          FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
         WHERE n.nspname = ? AND t.typname = ? AND t.typrelid = 0 AND t.typcategory <> 'A'
        """;
    return Sql.strings(c, sql, name.schema(), name.table(), name.schema(), name.table()).stream()
        .findFirst();
  }

  /** The same table with more indexes. */
  public PostgresTableDefinition with(List<PostgresIndex> more) {
    return new PostgresTableDefinition(
        name, oid, columns, Stream.concat(indexes.stream(), more.stream()).toList());
  }

  public Optional<PostgresColumn> column(String wanted) {
    return columns.stream().filter(c -> c.name().equals(wanted)).findFirst();
  }

  public Optional<PostgresColumn> column(int number) {
    return columns.stream().filter(c -> c.number() == number).findFirst();
  }

  private static List<PostgresColumn> columns(Connection c, long oid) throws SQLException {
    String sql =
        """
        SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typtype,
               CASE WHEN a.attcollation = 0 THEN '' ELSE a.attcollation::regcollation::text END,
               a.attnotnull AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k
                                             WHERE k.conrelid = a.attrelid AND k.contype = 'n'
                                               AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated)
                 OR t.typnotnull,
               CASE WHEN a.attgenerated = '' THEN '' ELSE pg_get_expr(d.adbin, d.adrelid) END,
               a.attidentity,
               CASE WHEN a.attgenerated = '' THEN COALESCE(pg_get_expr(d.adbin, d.adrelid), t.typdefault, '') ELSE '' END
          FROM pg_attribute AS a
          JOIN pg_type AS t ON t.oid = a.atttypid
          JOIN pg_type AS b ON b.oid = CASE t.typtype WHEN 'd' THEN %s ELSE t.oid END
          LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum
        """
            .formatted(BASE_TYPE);
    List<PostgresColumn> columns = new ArrayList<>();
    try (PreparedStatement statement = Sql.prepared(c, sql, oid);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        columns.add(
            new PostgresColumn(
                rs.getInt(1),
                rs.getString(2),
                rs.getString(3),
                rs.getString(4),
                rs.getString(5),
                rs.getString(6),
                rs.getBoolean(7),
                rs.getString(8),
                rs.getString(9),
                rs.getString(10)));
      }
    }
    return columns;
  }

  /** The type {@code t} without the domain that it is, which can stand on another domain. */
  public static final String BASE_TYPE =
      """
      (WITH RECURSIVE up (oid, typtype, typbasetype) AS (
         SELECT t.oid, t.typtype, t.typbasetype
          UNION ALL
         SELECT u.oid, u.typtype, u.typbasetype FROM pg_type AS u JOIN up ON u.oid = up.typbasetype
          WHERE up.typtype = 'd')
       SELECT up.oid FROM up WHERE up.typtype <> 'd')
      """;

  private static List<PostgresIndex> indexes(Connection c, long oid) throws SQLException {
    String sql =
        """
        SELECT i.relname, pg_get_indexdef(x.indexrelid), COALESCE(pg_get_constraintdef(k.oid), ''),
               x.indisprimary, x.indisunique, x.indisexclusion, x.indisreplident, x.indisclustered,
               x.indisvalid AND x.indimmediate AND x.indisunique AND x.indpred IS NULL
                 AND x.indexprs IS NULL AND m.amname = 'btree' AND x.indislive,
               ARRAY(SELECT COALESCE(a.attname, '')
                       FROM generate_series(1, x.indnkeyatts) AS n
                       LEFT JOIN pg_attribute AS a
                         ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n - 1] AND a.attnum > 0
                      ORDER BY n),
               ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, false)
                       FROM generate_series(1, x.indnkeyatts) AS n ORDER BY n),
               ARRAY(SELECT COALESCE(
                              (SELECT format('OPERATOR(%I.%s)', s.nspname, o.oprname)
                                 FROM pg_operator AS o JOIN pg_namespace AS s ON s.oid = o.oprnamespace
                                WHERE o.oid = k.conexclop[n]), '=')
                       FROM generate_series(1, x.indnkeyatts) AS n ORDER BY n),
               COALESCE(pg_get_expr(x.indpred, x.indrelid), ''),
               COALESCE((to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false)
          FROM pg_index AS x
          JOIN pg_class AS i ON i.oid = x.indexrelid
          JOIN pg_am AS m ON m.oid = i.relam
          LEFT JOIN pg_constraint AS k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')
         WHERE x.indrelid = ?
         ORDER BY x.indisprimary DESC, i.relname
        """;
    List<PostgresIndex> indexes = new ArrayList<>();
    try (PreparedStatement statement = Sql.prepared(c, sql, oid);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        indexes.add(
            new PostgresIndex(
                rs.getString(1),
                rs.getString(2),
                rs.getString(3),
                rs.getBoolean(4),
                rs.getBoolean(5),
                rs.getBoolean(6),
                rs.getBoolean(7),
                rs.getBoolean(8),
                rs.getBoolean(9),
                list(rs.getArray(10)),
                list(rs.getArray(11)),
                list(rs.getArray(12)),
                rs.getString(13),
                rs.getBoolean(14)));
      }
    }
    return indexes;
  }

  public static List<String> list(Array array) throws SQLException {
    return Arrays.stream((Object[]) array.getArray()).map(String::valueOf).toList();
  }

  /**
   * All that makes a table what it is, as one text; two texts are equal when nothing has changed.
   */
  public static String fingerprint(Connection c, TableName name) throws SQLException {
    Optional<Long> oid = oid(c, name);
    return oid.isEmpty() ? "" : Sql.string(c, FINGERPRINT, oid.get());
  }

  private static final String FINGERPRINT =
      """
      WITH t AS (SELECT * FROM pg_class WHERE oid = ?)
      SELECT concat_ws(E'\\n',
        (SELECT concat_ws('|', oid, relowner, relacl, reloptions, relreplident, relrowsecurity,
                          relforcerowsecurity, reltablespace, relpersistence, relam, reloftype) FROM t),
        (SELECT reloptions::text FROM pg_class WHERE oid = (SELECT reltoastrelid FROM t)),
        (SELECT string_agg(concat_ws('|', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
                                     a.attcollation, a.attidentity, a.attgenerated, a.attacl,
                                     to_jsonb(a) ->> 'attstattarget', a.attoptions,
                                     a.attstorage, a.attcompression, pg_get_expr(d.adbin, d.adrelid)), E'\\n' ORDER BY a.attnum)
           FROM pg_attribute AS a
           LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = (SELECT oid FROM t) AND a.attnum > 0 AND NOT a.attisdropped),
        (SELECT string_agg(concat_ws('|', pg_get_indexdef(indexrelid), indisreplident, indisclustered, indisvalid),
                           E'\\n' ORDER BY indexrelid)
           FROM pg_index WHERE indrelid = (SELECT oid FROM t)),
        (SELECT string_agg(concat_ws('|', conname, conrelid, pg_get_constraintdef(oid)), E'\\n' ORDER BY oid)
           FROM pg_constraint
          WHERE conrelid = (SELECT oid FROM t) OR confrelid = (SELECT oid FROM t)),
        (SELECT string_agg(concat_ws('|', d.objsubid, d.refobjsubid, q.*, c.relacl), E'\\n' ORDER BY d.refobjsubid)
           FROM pg_depend AS d JOIN pg_sequence AS q ON q.seqrelid = d.objid JOIN pg_class AS c ON c.oid = d.objid
          WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = (SELECT oid FROM t)
            AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'),
        (SELECT string_agg(concat_ws('|', pg_get_triggerdef(oid), tgenabled), E'\\n' ORDER BY oid)
           FROM pg_trigger WHERE tgrelid = (SELECT oid FROM t) AND NOT tgisinternal),
        (SELECT string_agg(concat_ws('|', polname, polcmd, polpermissive, polroles,
                                     pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)),
                           E'\\n' ORDER BY oid)
           FROM pg_policy WHERE polrelid = (SELECT oid FROM t)),
        (SELECT string_agg(ev_class || pg_get_ruledef(oid), E'\\n' ORDER BY oid)
           FROM pg_rewrite WHERE ev_class = (SELECT oid FROM t)),
        (SELECT string_agg(pg_get_statisticsobjdef(oid), E'\\n' ORDER BY oid)
           FROM pg_statistic_ext WHERE stxrelid = (SELECT oid FROM t)))
      """;
}
