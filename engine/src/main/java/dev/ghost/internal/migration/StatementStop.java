package dev.ghost.internal.migration;

import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.DaemonThreads;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Ends what the server is doing for a session when the migration is asked to end, while it is open:
 * one statement, for the next may clean up after that. A thread of its own.
 */
final class StatementStop implements AutoCloseable {

  private static final long EVERY_MILLIS = 100;

  private final Server server;
  private final String schema;
  private final StopSignal stopSignal;
  private final long session;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile boolean closed;
  private final Thread thread = DaemonThreads.single("stop").newThread(this::run);

  StatementStop(Server server, String schema, StopSignal stopSignal, long session) {
    this.server = server;
    this.schema = schema;
    this.stopSignal = stopSignal;
    this.session = session;
    thread.start();
  }

  private void run() {
    try {
      while (!stopSignal.asked()) {
        Thread.sleep(EVERY_MILLIS);
      }
      try (Session own = server.open(SessionProfile.work(schema))) {
        while (!own.transaction(c -> server.driver().endStatement(c, session))) {
          Thread.sleep(EVERY_MILLIS);
        }
      }
      ended.complete(null);
    } catch (InterruptedException | SQLException | RuntimeException e) {
      if (closed) {
        // There is nothing to end any more; and to be interrupted can fail whatever was done.
        ended.complete(null);
      } else {
        ended.completeExceptionally(e);
      }
    }
  }

  @Override
  public void close() throws SQLException, InterruptedException {
    closed = true;
    thread.interrupt();
    try {
      ended.get();
    } catch (ExecutionException e) {
      Throwable cause = Optional.ofNullable(e.getCause()).orElse(e);
      throw new SQLException("The statement could not be ended: " + cause.getMessage(), e);
    }
  }
}
