package dev.ghost;

import dev.ghost.internal.migration.AdminCommands;
import dev.ghost.internal.session.Server;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Drops tables that cutovers have retired: {@link Ghost#dropRetiredTables} begins it. Not
 * thread-safe.
 *
 * @since 0.1
 */
public final class RetiredTableDrop {

  private final Access access;
  private Optional<String> table = Optional.empty();
  private Duration olderThan = Duration.ZERO;
  private boolean inSlices;

  RetiredTableDrop(Access access) {
    this.access = access;
  }

  /** Drops only what was retired by changes of this table. */
  public RetiredTableDrop table(String name) {
    table = Optional.of(name);
    return this;
  }

  /** Drops only what was retired longer ago than this. The default is 0. */
  public RetiredTableDrop olderThan(Duration value) {
    olderThan = value;
    return this;
  }

  /**
   * Deletes the rows before, in small transactions (MySQL and MariaDB). By default that is done on
   * MySQL before 8.0.23 only, where to drop a large table keeps all sessions waiting.
   */
  public RetiredTableDrop inSlices(boolean value) {
    inSlices = value;
    return this;
  }

  /** Returns what {@link #run} would drop, a line each. */
  public List<String> plan() {
    return drop(true);
  }

  /**
   * Drops the tables.
   *
   * @return what was dropped, a line each
   * @throws dev.ghost.api.StoppedException if one of them is in use
   */
  public List<String> run() {
    return drop(false);
  }

  private List<String> drop(boolean onlyPlans) {
    try (Server server = access.open(Access.FEW_SESSIONS)) {
      return new AdminCommands(server)
          .dropRetired(table.map(server.dialect()::table), olderThan, inSlices, onlyPlans);
    }
  }
}
