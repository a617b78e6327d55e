package dev.ghost.migration;

import dev.ghost.api.MigrationException;
import dev.ghost.dialect.Dialect;
import dev.ghost.plan.TableNames;
import dev.ghost.session.Session;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Sees to it that the ghost stays what we have made it: whatever somebody else does to it would be
 * in the table that the application gets. Used by the conductor only.
 */
final class GhostDefinition {

  private final Dialect dialect;
  private final TableNames names;

  /** Empty until it is noted, and while we alter the ghost ourselves. */
  private Optional<String> ours = Optional.empty();

  GhostDefinition(Dialect dialect, TableNames names) {
    this.dialect = dialect;
    this.names = names;
  }

  /** As the ghost is now, it is ours. */
  void note(Session session) throws SQLException, InterruptedException {
    ours = Optional.of(now(session));
  }

  /** Until it is noted again, we alter the ghost ourselves. */
  void release(Session session) throws SQLException, InterruptedException {
    check(session);
    ours = Optional.empty();
  }

  /**
   * Stops the migration where the ghost is not as it was noted.
   *
   * @throws MigrationException if somebody has altered it
   */
  void check(Session session) throws SQLException, InterruptedException {
    if (ours.isPresent() && !ours.get().equals(now(session))) {
      throw new MigrationException(
          "Somebody altered or dropped %s, the ghost of %s, while it was being filled."
              .formatted(names.ghost(), names.source()),
          "The source is untouched. Run the command again: it begins with a new ghost.");
    }
  }

  private String now(Session session) throws SQLException, InterruptedException {
    return session.transaction(c -> dialect.definition(c, names.ghost()));
  }
}
