package dev.ghost.migration;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Artifacts;
import dev.ghost.dialect.Dialect;
import dev.ghost.request.TableName;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import java.sql.SQLException;
import java.util.List;

/** Removes what a run has left that died. */
public final class Cleanup {

  private final Dialect dialect;
  private final Sessions sessions;

  public Cleanup(Dialect dialect, Sessions sessions) {
    this.dialect = dialect;
    this.sessions = sessions;
  }

  /**
   * Removes what remains of a run on the table.
   *
   * @return what was removed, a line each
   */
  public List<String> run(TableName table, Artifacts artifacts) {
    return new AdminOperation(dialect, sessions, table.schema(), "The cleaning up")
        .run(own -> run(own, table, artifacts));
  }

  private static List<String> run(Session own, TableName table, Artifacts artifacts)
      throws SQLException, InterruptedException {
    if (!own.once(artifacts::lockRun)) {
      throw new RefusedException(
          "A run of ghost is working on " + table + ".", "Wait for it, or stop it.");
    }
    List<String> found = own.transaction(artifacts::found);
    own.execute(artifacts::clean);
    return found;
  }
}
