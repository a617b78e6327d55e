package dev.ghost.migration;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Artifacts;
import dev.ghost.request.TableName;
import dev.ghost.session.Server;
import dev.ghost.session.Session;
import java.sql.SQLException;
import java.util.List;

/** Removes what a run has left that died. */
public final class Cleanup {

  private final Server server;

  public Cleanup(Server server) {
    this.server = server;
  }

  /**
   * Removes what remains of a run on the table.
   *
   * @return what was removed, a line each
   */
  public List<String> run(TableName table) {
    return new AdminOperation(server, table.schema(), "The cleaning up")
        .run(own -> run(own, table, server.dialect().artifacts(table)));
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
