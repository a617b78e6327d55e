package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Statistics of columns that somebody has had made, and that the server's own ALTER keeps for
 * columns that it leaves as they are. A table that was created like another has none.
 */
public interface ColumnStatistics {

  /**
   * A column whose definition stays as it is.
   *
   * @param now its name in the ghost
   */
  record Kept(String name, String now) {}

  /** What the user should know of what cannot be kept. */
  Optional<String> warning(Connection connection, TableName source) throws SQLException;

  /**
   * Gives the ghost those of the source.
   *
   * @param columns those that stay as they are
   */
  void carry(
      Connection connection,
      InnodbTableDefinition source,
      InnodbTableDefinition ghost,
      List<Kept> columns)
      throws SQLException;
}
