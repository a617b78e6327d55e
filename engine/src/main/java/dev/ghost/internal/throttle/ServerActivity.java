package dev.ghost.internal.throttle;

import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.session.Sessions;
import java.sql.SQLException;

/** What tells that somebody else is at work, and what he feels of us. Used by one thread. */
public record ServerActivity(
    ServerStats stats, Sessions sessions, PendingKeys pending, Marker.Touch touch)
    implements AdaptiveYield.Server {

  @Override
  public int busyElsewhere(Session session) throws SQLException, InterruptedException {
    return session.transaction(c -> stats.busyElsewhere(c, sessions.numbers()));
  }

  @Override
  public long changes() {
    return pending.arrivals();
  }

  @Override
  public void commit(Session session) throws SQLException, InterruptedException {
    touch.commit(session);
  }
}
