package dev.ghost.migration;

import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.dialect.ErrorClass;
import dev.ghost.dialect.RetiredTable;
import dev.ghost.request.TableName;
import dev.ghost.session.Server;
import dev.ghost.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Drops what cutovers have retired; only what is certainly ours, and not in use. */
public final class RetiredTables {

  private final Server server;

  public RetiredTables(Server server) {
    this.server = server;
  }

  /**
   * Drops retired tables.
   *
   * @param source of that table only
   * @param olderThan retired longer ago than that
   * @param inSlices deletes the rows before, in small transactions
   * @param dryRun only tells
   * @return what was dropped, or would be, a line each
   * @throws StoppedException if one of them is in use; those before it are dropped
   * @throws RefusedException if something else stands against it
   */
  public List<String> drop(
      Optional<TableName> source, Duration olderThan, boolean inSlices, boolean dryRun) {
    String schema = source.map(TableName::schema).orElse("information_schema");
    return new AdminOperation(server, schema, "The dropping")
        .run(own -> drop(own, source, olderThan, inSlices, dryRun));
  }

  private List<String> drop(
      Session own, Optional<TableName> source, Duration olderThan, boolean inSlices, boolean dryRun)
      throws SQLException, InterruptedException {
    Instant limit = Instant.now().minus(olderThan);
    List<String> dropped = new ArrayList<>();
    for (RetiredTable table : own.transaction(server.dialect()::retired)) {
      boolean wanted = source.isEmpty() || table.source().equals(source.get());
      if (wanted && !table.retirement().since().isAfter(limit)) {
        if (!dryRun) {
          drop(own, table, inSlices);
        }
        dropped.add(
            "%s, %d MB, retired %s by: %s"
                .formatted(
                    table.name(),
                    table.bytes() >> 20,
                    table.retirement().at(),
                    table.retirement().change()));
      }
    }
    return dropped;
  }

  private void drop(Session own, RetiredTable table, boolean inSlices)
      throws SQLException, InterruptedException {
    if (own.transaction(server.dialect().artifacts(table.source())::running)) {
      throw new RefusedException(
          "A run of ghost is working on %s.".formatted(table.source()),
          "Wait for it; or end it with ghost cancel --table %s.".formatted(table.source().table()));
    }
    try {
      own.once(
          c -> {
            server.dialect().drop(c, table, inSlices);
            return null;
          });
    } catch (SQLException e) {
      ErrorClass errorClass = server.driver().classify(e);
      if (errorClass == ErrorClass.CONNECTION_LOST) {
        throw e;
      }
      throw errorClass.isTransient() || errorClass == ErrorClass.KILLED
          ? new StoppedException(
              "%s was not dropped; somebody uses it: %s".formatted(table.name(), e.getMessage()),
              "Run it again when nobody does any more.",
              e)
          : new RefusedException(
              "%s was not dropped: %s".formatted(table.name(), e.getMessage()),
              "See what stands against it.",
              e);
    }
  }
}
