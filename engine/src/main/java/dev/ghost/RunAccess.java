package dev.ghost;

import dev.ghost.internal.migration.Settings;
import dev.ghost.internal.migration.report.RunLog;
import dev.ghost.internal.session.Server;

/**
 * How a run reaches its server.
 *
 * @param threads that copy, and that replay
 * @param assumeOneWriter whether a server that is one of several that take writes will do
 */
record RunAccess(Access access, int threads, boolean assumeOneWriter) {

  /** Sessions beside those of the workers. */
  private static final int OTHERS = 10;

  /** Opens a server that rows cannot be lost on. The caller closes it. */
  Server open() {
    Server server = access.open(Settings.MOST_THREADS + threads + OTHERS);
    try {
      Access.refuseUnsafe(server, assumeOneWriter);
      RunLog.server(server.driver().product(), server.address());
      return server;
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }
}
