package dev.ghost.migration;

import dev.ghost.api.CancelledException;
import dev.ghost.dialect.SessionProfile;
import dev.ghost.session.Server;
import dev.ghost.session.Session;
import java.sql.SQLException;

/**
 * A short piece of work beside the migrations, in a session of its own, with errors that tell.
 *
 * @param what it is, for people
 */
record AdminOperation(Server server, String schema, String what) {

  /** What is done. */
  @FunctionalInterface
  interface Work<T> {
    T in(Session session) throws SQLException, InterruptedException;
  }

  <T> T run(Work<T> work) {
    try (Session session = server.open(SessionProfile.work(schema))) {
      return work.in(session);
    } catch (SQLException e) {
      throw server.errors().beforeRun(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(what + " was interrupted.", "Run it again.", e);
    }
  }
}
