package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One of ghost's indexes on the ghost, over its columns of the chunk key, where the new schema has
 * none by which its rows could be found. It goes under the cutover's lock, when all is applied; a
 * attempt that fails afterwards, or a run that is killed there, builds it again.
 *
 * @param unique true where it is to notice two rows of one key
 * @param columns of the ghost
 */
public record InnodbSearchIndex(boolean unique, List<String> columns) {

  /** A name that no index can have been given by accident. */
  static final String NAME = "chunk key of ghost";

  /** ER_CANT_DROP_FIELD_OR_KEY. */
  private static final int NO_SUCH_KEY = 1091;

  private static final Pattern LINE =
      Pattern.compile(",\\n  (?:UNIQUE )?KEY `%s` \\([^\\n]*?(?=,?\\n)".formatted(NAME));

  /** A definition of the ghost as the change makes it. */
  public static String without(String ddl) {
    return LINE.matcher(ddl).replaceAll("");
  }

  /** The same of all that is known of the ghost. */
  public static InnodbTableDefinition without(InnodbTableDefinition ghost) {
    return new InnodbTableDefinition(
        ghost.name(),
        ghost.columns(),
        ghost.indexes().stream().filter(i -> !i.name().equals(NAME)).toList(),
        without(ghost.ddl()));
  }

  /**
   * Adds it to a new ghost.
   *
   * @throws RefusedException if the ghost can have no such index
   */
  public void addFirst(Connection c, TableName ghost) throws SQLException {
    try {
      add(c, ghost);
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e).circumstantial()) {
        throw e;
      }
      throw refused(e.getMessage(), e);
    }
    // Of columns that are too long for one, MariaDB makes a unique key that finds nothing.
    if (!"BTREE".equals(type(c, ghost).orElse(""))) {
      throw refused("these columns are too long for an index.", null);
    }
  }

  private RefusedException refused(@Nullable String why, @Nullable SQLException e) {
    return new RefusedException(
        "The new schema has no index by which rows can be found by their key (%s), and ghost cannot add one for the time of the run: %s"
            .formatted(String.join(", ", columns), why),
        "Add an index on these columns to the change; it can be dropped afterwards.",
        e);
  }

  /** Adds it where the ghost lacks it. */
  public void add(Connection c, TableName ghost) throws SQLException {
    if (Sql.exists(c, ghost) && type(c, ghost).isEmpty()) {
      Sql.execute(
          c,
          "ALTER TABLE %s ADD %s %s (%s)"
              .formatted(
                  Sql.quote(ghost),
                  unique ? "UNIQUE KEY" : "KEY",
                  Sql.quote(NAME),
                  Sql.quoted(columns)));
    }
  }

  /** Drops it where it is there; of the rows, none is touched. */
  public void drop(Connection c, TableName ghost) throws SQLException {
    try {
      Sql.execute(
          c,
          "ALTER TABLE %s ALGORITHM=INPLACE, DROP KEY %s"
              .formatted(Sql.quote(ghost), Sql.quote(NAME)));
    } catch (SQLException e) {
      if (e.getErrorCode() != NO_SUCH_KEY) {
        throw e;
      }
    }
  }

  /** The kind of index that the server has made of it; empty where there is none. */
  private static Optional<String> type(Connection c, TableName ghost) throws SQLException {
    String sql =
        """
        SELECT index_type
          FROM information_schema.statistics
         WHERE table_schema = ? AND table_name = ? AND index_name = ?
        """;
    try (PreparedStatement statement = Sql.prepared(c, sql, ghost)) {
      statement.setString(3, NAME);
      try (ResultSet rs = statement.executeQuery()) {
        return rs.next() ? Optional.of(rs.getString(1)) : Optional.empty();
      }
    }
  }

  /** For people. */
  public String describe() {
    return "Until the cutover, the ghost has one index more, on (%s), by which rows are found by their key: the new schema has none for it."
        .formatted(String.join(", ", columns));
  }
}
