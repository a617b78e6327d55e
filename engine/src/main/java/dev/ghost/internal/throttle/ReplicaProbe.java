package dev.ghost.internal.throttle;

import dev.ghost.api.ServerAddress;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.session.ServerErrors;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.session.Sessions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Objects while a replica is too far behind, or cannot be asked. How far it is, the markers tell:
 * they are written every second, and replicated like everything else. Used by one thread.
 */
public final class ReplicaProbe implements Probe {

  private final Driver driver;
  private final PlannedMigration planned;
  private final Marker marker;
  private final Duration most;
  private final ServerAddress address;
  private final Sessions sessions;
  private @Nullable Session session;

  public ReplicaProbe(
      Driver driver,
      PlannedMigration planned,
      Marker marker,
      ServerAddress address,
      Duration most) {
    this.driver = driver;
    this.planned = planned;
    this.marker = marker;
    this.address = address;
    this.most = most;
    this.sessions = Sessions.connect(driver, address, 2);
  }

  @Override
  public Optional<String> objection(Session primary) throws SQLException, InterruptedException {
    try {
      if (session == null) {
        session = sessions.open(SessionProfile.work(planned.names().source().schema()));
      }
      double lag =
          planned.stats().replicaLag(session.connection(), marker.slot(), marker::secondsSinceNext);
      session.connection().rollback();
      return objection("%s:%d".formatted(address.host(), address.port()), lag, most);
    } catch (SQLException e) {
      ServerErrors errors = new ServerErrors(driver);
      ErrorClass errorClass = errors.errorClass(e);
      if (errorClass == ErrorClass.LOGIN) {
        throw errors.connecting(e, "The replica at " + address);
      }
      if (!errorClass.isTransient() && errorClass != ErrorClass.UNABLE) {
        throw e;
      }
      release();
      return Optional.of(
          "the replica %s:%d cannot be asked: %s"
              .formatted(address.host(), address.port(), e.getMessage()));
    }
  }

  /** What to say of a replica that is so far behind. */
  static Optional<String> objection(String name, double lagSeconds, Duration most) {
    return lagSeconds * 1_000 > most.toMillis()
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "the replica %s is %.1f s behind, more than %.1f s",
                name,
                lagSeconds,
                most.toMillis() / 1e3))
        : Optional.empty();
  }

  private void release() {
    if (session != null) {
      session.abort();
      session.close();
      session = null;
    }
  }

  @Override
  public void close() {
    sessions.close();
  }
}
