package dev.ghost;

import dev.ghost.migration.RunLog;
import dev.ghost.migration.Settings;
import dev.ghost.session.Server;
import java.util.function.Function;

/**
 * How a run reaches its server.
 *
 * @param threads that copy, and that replay
 * @param assumeOneWriter whether a server that is one of several that take writes will do
 */
record RunAccess(Access access, int threads, boolean assumeOneWriter) {

  /** Sessions beside those of the workers. */
  private static final int OTHERS = 10;

  /** Works on the server, unless rows could be lost there. */
  <T> T with(Function<Server, T> work) {
    return access.with(
        Settings.MOST_THREADS + threads + OTHERS,
        server -> {
          Access.refuseUnsafe(server, assumeOneWriter);
          RunLog.server(server.driver().product(), server.address());
          return work.apply(server);
        });
  }
}
