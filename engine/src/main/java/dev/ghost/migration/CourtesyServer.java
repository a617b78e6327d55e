package dev.ghost.migration;

import dev.ghost.change.Marker;
import dev.ghost.change.PendingKeys;
import dev.ghost.dialect.Gauges;
import dev.ghost.session.Session;
import dev.ghost.session.Sessions;
import dev.ghost.throttle.Courtesy;
import java.sql.SQLException;

/** What tells that somebody else is at work, and what he feels of us. Used by one thread. */
record CourtesyServer(Gauges gauges, Sessions sessions, PendingKeys pending, Marker.Touch touch)
    implements Courtesy.Server {

  @Override
  public int busyElsewhere(Session session) throws SQLException, InterruptedException {
    return session.transaction(c -> gauges.busyElsewhere(c, sessions.numbers()));
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
