package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A foreign key.
 *
 * @param table whose rows refer
 * @param parent to whose rows they refer
 * @param actions what the server writes of them in a definition; what it does not write is the
 *     default, and the two products do not agree on that
 */
public record ForeignKey(
    TableName table,
    String name,
    List<String> columns,
    TableName parent,
    List<String> parentColumns,
    String actions) {

  private static final List<String> ACTIONS =
      List.of("ON DELETE CASCADE", "ON DELETE SET NULL", "ON UPDATE CASCADE", "ON UPDATE SET NULL");

  /** All in which a table has a part, on either side. */
  public static List<ForeignKey> of(Connection c, TableName table) throws SQLException {
    String sql =
        """
        SELECT k.table_schema, k.table_name, k.constraint_name, k.column_name,
               k.referenced_table_schema, k.referenced_table_name, k.referenced_column_name
          FROM information_schema.key_column_usage AS k
         WHERE k.referenced_table_name IS NOT NULL
           AND (k.table_schema = ? AND k.table_name = ?
                OR k.referenced_table_schema = ? AND k.referenced_table_name = ?)
         ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position
        """;
    Map<List<String>, ForeignKey> found = new LinkedHashMap<>();
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, table.schema());
      statement.setString(2, table.table());
      statement.setString(3, table.schema());
      statement.setString(4, table.table());
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          ForeignKey part =
              new ForeignKey(
                  new TableName(rs.getString(1), rs.getString(2)),
                  rs.getString(3),
                  List.of(rs.getString(4)),
                  new TableName(rs.getString(5), rs.getString(6)),
                  List.of(rs.getString(7)),
                  "");
          found.merge(
              List.of(rs.getString(1), rs.getString(2), rs.getString(3)), part, ForeignKey::joined);
        }
      }
    }
    Map<TableName, String> definitions = new HashMap<>();
    List<ForeignKey> keys = new ArrayList<>();
    for (ForeignKey key : found.values()) {
      if (!definitions.containsKey(key.table)) {
        definitions.put(key.table, InnodbTableDefinition.stableDdl(c, key.table));
      }
      keys.add(key.acting(definitions.get(key.table)));
    }
    return keys;
  }

  private ForeignKey acting(String definition) {
    String head = "CONSTRAINT %s FOREIGN KEY ".formatted(Sql.quote(name));
    String line =
        definition
            .lines()
            .map(l -> l.strip().replaceFirst(",$", ""))
            .filter(l -> l.startsWith(head))
            .findFirst()
            .orElseThrow(this::refusalOfLongName);
    return new ForeignKey(
        table, name, columns, parent, parentColumns, line.substring(line.lastIndexOf(')') + 1));
  }

  /** Of a name that the dictionary shows cut off. */
  private RefusedException refusalOfLongName() {
    return new RefusedException(
        "A foreign key of %s has a name that is longer than %d characters, which no statement can say: %s..."
            .formatted(table, Sql.NAME_LIMIT, name),
        "It was named after the table. Rename the table to a shorter name for a moment, drop the"
            + " foreign key, and add it again with a name.");
  }

  private static ForeignKey joined(ForeignKey a, ForeignKey b) {
    List<String> columns = new ArrayList<>(a.columns);
    columns.addAll(b.columns);
    List<String> parentColumns = new ArrayList<>(a.parentColumns);
    parentColumns.addAll(b.parentColumns);
    return new ForeignKey(a.table, a.name, columns, a.parent, parentColumns, a.actions);
  }

  /** True when a change of the parent changes rows of the table. */
  public boolean acts() {
    return actions.contains("CASCADE") || actions.contains("SET ");
  }

  /** True when what it does can touch these columns, or the whole row. */
  public boolean changes(List<String> some) {
    return actions.contains("ON DELETE CASCADE") || some.stream().anyMatch(columns::contains);
  }

  public boolean withinItself() {
    return table.equals(parent);
  }

  public ForeignKey named(String other) {
    return new ForeignKey(table, other, columns, parent, parentColumns, actions);
  }

  /** True when it does the same, whatever its name. */
  public boolean isLike(ForeignKey other) {
    return sameNames(columns, other.columns)
        && parent.equals(other.parent)
        && sameNames(parentColumns, other.parentColumns)
        && actsOn().equals(other.actsOn());
  }

  private static boolean sameNames(List<String> some, List<String> others) {
    return some.stream()
        .map(InnodbColumn::lower)
        .toList()
        .equals(others.stream().map(InnodbColumn::lower).toList());
  }

  /** What it does; restricting in its two spellings is nothing, and the default. */
  private List<String> actsOn() {
    return ACTIONS.stream().filter(actions::contains).toList();
  }

  public boolean isNamedLike(ForeignKey other) {
    return table.equals(other.table) && name.equals(other.name);
  }

  /** What adds it to its table. */
  public String add(String as, TableName referenced) {
    return "ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)%s"
        .formatted(
            Sql.quote(as),
            Sql.quoted(columns),
            Sql.quote(referenced),
            Sql.quoted(parentColumns),
            actions);
  }

  public static String drop(String name) {
    return "DROP FOREIGN KEY " + Sql.quote(name);
  }

  /**
   * Makes the index that supports it an explicit one. MySQL replaces one that came with a foreign
   * key by another when a foreign key is added: it would build it again, under our lock.
   *
   * @param where a table with the same columns
   */
  public void keepIndex(Connection c, TableName where) throws SQLException {
    String sql =
        """
        SELECT index_name
          FROM information_schema.statistics
         WHERE table_schema = ? AND table_name = ? AND index_name <> 'PRIMARY'
         GROUP BY index_name
        HAVING GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '\\n') = ?
        """;
    List<String> indexes = new ArrayList<>();
    try (PreparedStatement statement = Sql.prepared(c, sql, where)) {
      statement.setString(3, String.join("\n", columns));
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          indexes.add(rs.getString(1));
        }
      }
    }
    String table = Sql.quote(where);
    for (String index : indexes) {
      String name = Sql.quote(index);
      String other = Sql.quote("ghost_" + Integer.toHexString(index.hashCode()));
      Sql.execute(c, "ALTER TABLE %s RENAME INDEX %s TO %s".formatted(table, name, other));
      Sql.execute(c, "ALTER TABLE %s RENAME INDEX %s TO %s".formatted(table, other, name));
    }
  }

  /** Counts rows that refer to nothing. */
  public String orphans() {
    List<String> same = new ArrayList<>();
    List<String> present = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      same.add("p.%s = c.%s".formatted(Sql.quote(parentColumns.get(i)), Sql.quote(columns.get(i))));
      present.add("c.%s IS NOT NULL".formatted(Sql.quote(columns.get(i))));
    }
    return "SELECT COUNT(*) FROM %s AS c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s)"
        .formatted(
            Sql.quote(table),
            String.join(" AND ", present),
            Sql.quote(parent),
            String.join(" AND ", same));
  }
}
