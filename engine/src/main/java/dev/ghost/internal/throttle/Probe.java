package dev.ghost.internal.throttle;

import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.util.Optional;

/** Looks at something that can be a reason to hold. */
@FunctionalInterface
public interface Probe extends AutoCloseable {

  /** Why to hold now, for people; empty when there is no reason. */
  Optional<String> objection(Session session) throws SQLException, InterruptedException;

  /** Lets go of what it needs for that. */
  @Override
  default void close() {}
}
