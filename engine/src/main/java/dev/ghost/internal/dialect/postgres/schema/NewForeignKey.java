package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A foreign key that the change adds. The swap makes it: on the ghost it would already forbid the
 * application to delete rows that the ghost still refers to. Before the swap a query looks whether
 * it holds; after the swap the server validates it.
 *
 * @param definition {@code FOREIGN KEY ...}
 * @param holds true when it must hold for all rows; false for NOT VALID and NOT ENFORCED
 * @param parent the table that it refers to, qualified and quoted
 * @param partitioned true when that is a partitioned table
 * @param columns of the new table
 * @param parentColumns of the other one, in the same order
 * @param operators by which a value there is compared with one here; none where single values are
 *     not what is compared
 * @param collations for the values here, as a COLLATE; empty where there is none
 * @param full true for MATCH FULL
 */
public record NewForeignKey(
    String name,
    String definition,
    boolean holds,
    String parent,
    boolean partitioned,
    List<String> columns,
    List<String> parentColumns,
    List<String> operators,
    List<String> collations,
    boolean full) {

  /** Those of a table, read with nothing but pg_catalog in the search path. */
  public static List<NewForeignKey> read(Connection c, TableName table) throws SQLException {
    List<NewForeignKey> keys = new ArrayList<>();
    try (var statement = Sql.prepared(c, OF_TABLE, Sql.quote(table));
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        keys.add(
            new NewForeignKey(
                rs.getString(1),
                rs.getString(2),
                rs.getBoolean(3),
                rs.getString(4),
                rs.getBoolean(5),
                PostgresTableDefinition.list(rs.getArray(6)),
                PostgresTableDefinition.list(rs.getArray(7)),
                PostgresTableDefinition.list(rs.getArray(8)),
                PostgresTableDefinition.list(rs.getArray(9)),
                rs.getBoolean(10)));
      }
    }
    return keys;
  }

  /** Adds it to a table; its rows are not looked at, which takes time. */
  public String addTo(TableName table) {
    return "ALTER TABLE %s ADD CONSTRAINT %s %s%s"
        .formatted(Sql.quote(table), Sql.quote(name), definition, holds ? " NOT VALID" : "");
  }

  /** True when {@link #violation} can tell. */
  public boolean canBeLookedAt() {
    return holds && !operators.isEmpty();
  }

  /**
   * Selects what a row refers to by that refers to nothing.
   *
   * @param table of the rows
   * @param named what one of {@link #columns} is called there
   */
  public String violation(TableName table, UnaryOperator<String> named) {
    List<String> here = columns.stream().map(c -> "s." + Sql.quote(named.apply(c))).toList();
    List<String> there = parentColumns.stream().map(c -> "p." + Sql.quote(c)).toList();
    return """
    SELECT concat_ws(', ', %s)
      FROM ONLY %s AS s LEFT JOIN %s AS p ON %s
     WHERE %s IS NULL AND (%s)
     LIMIT 1
    """
        .formatted(
            String.join(", ", here),
            Sql.quote(table),
            (partitioned ? "" : "ONLY ") + parent,
            IntStream.range(0, here.size())
                .mapToObj(
                    i ->
                        "%s %s %s%s"
                            .formatted(
                                there.get(i), operators.get(i), here.get(i), collations.get(i)))
                .collect(Collectors.joining(" AND ")),
            there.get(0),
            here.stream()
                .map(c -> c + " IS NOT NULL")
                .collect(Collectors.joining(full ? " OR " : " AND ")));
  }

  private static final String OF_TABLE =
      """
      SELECT k.conname, pg_get_constraintdef(k.oid), k.convalidated,
             k.confrelid::regclass::text, p.relkind = 'p',
             ARRAY(SELECT a.attname::text
                     FROM unnest(k.conkey) WITH ORDINALITY AS u (number, i)
                     JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number
                    ORDER BY i),
             ARRAY(SELECT a.attname::text
                     FROM unnest(k.confkey) WITH ORDINALITY AS u (number, i)
                     JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number
                    ORDER BY i),
             -- ranges of time are covered by several rows together
             ARRAY(SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname)
                     FROM unnest(k.conpfeqop) WITH ORDINALITY AS u (operator, i)
                     JOIN pg_operator AS o ON o.oid = u.operator
                     JOIN pg_namespace AS n ON n.oid = o.oprnamespace
                    WHERE COALESCE(to_jsonb(k) ->> 'conperiod', 'false') = 'false'
                    ORDER BY i),
             ARRAY(SELECT CASE a.attcollation WHEN 0 THEN '' ELSE ' COLLATE ' || a.attcollation::regcollation END
                     FROM unnest(k.confkey) WITH ORDINALITY AS u (number, i)
                     JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number
                    ORDER BY i),
             k.confmatchtype = 'f'
        FROM pg_constraint AS k JOIN pg_class AS p ON p.oid = k.confrelid
       WHERE k.conrelid = ?::regclass AND k.contype = 'f' AND k.conparentid = 0
       ORDER BY k.oid
      """;
}
