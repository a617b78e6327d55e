package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Rows of the source as one statement has read them, in the ghost's types, in a temporary table of
 * the session. InnoDB has no snapshot for several statements of which one writes what it reads: it
 * would lock the rows of the source.
 *
 * @param columns of the ghost, as the mappings that read them from this table
 * @param uniques values of these rows under the ghost's unique keys
 */
public record BatchTable(
    String ghost,
    List<InnodbColumnMapping> columns,
    String key,
    List<InnodbUniqueValues> uniques,
    String rows) {

  /** A name that no table can have been given by accident. */
  public static final String TABLE = Sql.quote("batch of ghost");

  static BatchTable of(
      TableName name,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> mappings,
      InnodbKeySql key) {
    String rows = key.alias().asSource(TABLE);
    List<InnodbColumnMapping> columns =
        mappings.stream()
            .map(InnodbColumnMapping::ghost)
            .map(
                g ->
                    InnodbColumnMapping.plain(
                        g, Optional.of(g), key.alias().ofSource(g.name()), false))
            .toList();
    List<String> keyNames = key.columns().stream().map(k -> k.ghost().name()).toList();
    return new BatchTable(
        Sql.quote(name),
        columns,
        Sql.quoted(keyNames),
        InnodbUniqueValues.all(ghost, columns, keyNames, key.alias(), rows),
        rows);
  }

  /**
   * Takes up rows instead of those of before.
   *
   * @param expressions what is selected for the columns
   */
  void fill(Connection c, List<String> expressions, String source, Fragment where)
      throws SQLException {
    table()
        .fill(
            c,
            Fragment.of(
                """
                SELECT %s
                  FROM %s
                 WHERE %s
                """,
                Fragment.plain(String.join(", ", expressions)), Fragment.plain(source), where));
  }

  /** Makes the session's table, for a moment in which there is no time for that. */
  void create(Connection c) throws SQLException {
    table().create(c);
  }

  private SessionTable table() {
    return new SessionTable(TABLE, key, names(), ghost);
  }

  /** Inserts the rows into the ghost. */
  long insert(Connection c) throws SQLException {
    String insert =
        """
        INSERT INTO %s (%s)
        SELECT %s
          FROM %s
        """
            .formatted(ghost, names(), names(), rows);
    try (PreparedStatement statement = c.prepareStatement(insert)) {
      return statement.executeLargeUpdate();
    }
  }

  private String names() {
    return Sql.quoted(columns.stream().map(m -> m.ghost().name()).toList());
  }
}
