package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Has the server alter an empty table, and compares what it becomes with the ghost. */
record SampleDefinition(InnodbInspection inspection, InnodbTableDefinition ghost, Connection c) {

  private static final String CORRECT = "Correct the change. Nothing of the source was touched.";

  /** True where a temporary table can be altered, and comes to the ghost's definition. */
  boolean temporaryIsSame(SampleTables temporary) throws SQLException {
    return difference(temporary).filter(String::isEmpty).isPresent();
  }

  /**
   * Compares.
   *
   * @throws RefusedException if the server refuses the change, or the two differ
   */
  void refuseOther(SampleTables tables) throws SQLException {
    String difference = difference(tables).orElse("");
    if (!difference.isEmpty()) {
      throw new RefusedException(
          "The server's own ALTER gives another definition than ghost: " + difference,
          "Please report this, with the table's definition and the change. " + CORRECT);
    }
  }

  /** The first one, empty for none; nothing where the server cannot do it with such a table. */
  private Optional<String> difference(SampleTables tables) throws SQLException {
    try {
      tables.createServer(c);
      tables.alter(c, inspection);
      return Optional.of(first(tables));
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e).circumstantial()) {
        throw e;
      }
      if (tables.areTemporary()) {
        return Optional.empty();
      }
      throw refused(e, "The server's own ALTER is refused: " + e.getMessage());
    } finally {
      tables.drop(c);
    }
  }

  private String first(SampleTables tables) throws SQLException {
    List<String> server = lines(tables.serverDdl(c, inspection), tables.server());
    List<String> ours = lines(InnodbTableDefinition.withoutCounter(ghost.ddl()), ghost.name());
    for (String line : server) {
      if (!ours.contains(line)) {
        return "it has " + line;
      }
    }
    for (String line : ours) {
      if (!server.contains(line)) {
        return "it has no " + line;
      }
    }
    return server.equals(ours) ? "" : "its columns or keys are in another order";
  }

  private static List<String> lines(String ddl, TableName name) {
    return InnodbTableDefinition.anonymous(InnodbTableDefinition.withoutDirectories(ddl), name)
        .lines()
        .map(l -> l.strip().replaceFirst(",$", ""))
        .toList();
  }

  private static RuntimeException refused(SQLException e, String what) {
    return InnodbErrors.classOf(e) == ErrorClass.SYNTAX
        ? new UsageException(what, CORRECT, e)
        : new RefusedException(what, CORRECT, e);
  }
}
