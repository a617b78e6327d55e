package dev.ghost.internal.verify;

import dev.ghost.api.InterferenceException;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Sees to it that the ghost stays what we have made it: whatever somebody else does to it would be
 * in the table that the application gets. Used by the run's own thread only.
 */
public final class GhostDefinition {

  /** Rows that are looked at once more under the cutover's lock. */
  private static final int FIRST_ROWS = 20;

  /** On a server with very many tables, to find the identity of one takes too long for a lock. */
  private static final Duration QUICK = Duration.ofMillis(20);

  private final Server server;

  /** One that holds no lock: under LOCK TABLES, the server shows no sessions. */
  private final Session observer;

  private final PlannedMigration planned;
  private final TableNames names;

  /** False until it is noted, and while we alter the ghost ourselves. */
  private boolean noted;

  private String definition = "";

  /** Empty where the server does not show it to this user. */
  private String identity = "";

  private boolean quick;
  private List<RowKey> firstRows = List.of();

  public GhostDefinition(Server server, Session observer, PlannedMigration planned) {
    this.server = server;
    this.observer = observer;
    this.planned = planned;
    this.names = planned.names();
  }

  /** As the ghost is now, it is ours. */
  public void note(Session session) throws SQLException, InterruptedException {
    definition = definitionNow(session);
    long asked = System.nanoTime();
    identity = identityNow(session);
    quick = System.nanoTime() - asked < QUICK.toNanos();
    noted = true;
  }

  /** Shortly before the lock: the first rows that it must have then. */
  public void noteFirstRows(Session session) throws SQLException, InterruptedException {
    firstRows = session.transaction(c -> planned.rows().keys(c, KeyRange.ALL, FIRST_ROWS));
  }

  /** Until it is noted again, we alter the ghost ourselves. */
  public void release(Session session) throws SQLException, InterruptedException {
    check(session, true);
    noted = false;
  }

  /**
   * Stops the migration where the ghost is not as it was noted.
   *
   * @throws InterferenceException if somebody has altered, emptied or dropped it
   */
  public void check(Session session) throws SQLException, InterruptedException {
    check(session, quick);
  }

  private void check(Session session, boolean withIdentity)
      throws SQLException, InterruptedException {
    if (!noted) {
      return;
    }
    String now = definitionNow(session);
    if (!now.equals(definition)) {
      throw interference(now.isEmpty() ? "dropped" : "altered");
    }
    if (withIdentity && !identity.isEmpty()) {
      String number = identityNow(session);
      // It can also be that this user may see it no more.
      if (!number.isEmpty() && !number.equals(identity)) {
        throw interference("emptied, rewrote, or dropped and made again,");
      }
    }
  }

  /**
   * The same under the lock, when all changes are applied. Where the ghost's identity is not shown
   * to this user, its first rows tell whether it was emptied.
   */
  public void lastLook(Session session) throws SQLException, InterruptedException {
    check(session);
    if (!firstRows.isEmpty() && missesFirstRows(session)) {
      throw interference("emptied, or deleted rows of,");
    }
  }

  private boolean missesFirstRows(Session session) throws SQLException, InterruptedException {
    return session.transaction(
        c -> {
          VerifySql sql = planned.verify();
          KeyList rows = new KeyList(firstRows);
          sql.openLocked(c, rows);
          for (RowKey key : sql.differing(c, rows, FIRST_ROWS)) {
            if (!sql.describeDifference(c, key).inGhost()) {
              return true;
            }
          }
          return false;
        });
  }

  private InterferenceException interference(String what)
      throws SQLException, InterruptedException {
    List<String> found =
        observer.transaction(
            c -> server.dialect().lastToAlter(c, names.ghost(), server.sessions().numbers()));
    return new InterferenceException(
        "Somebody %s %s, the ghost of %s, while it was being filled.%s"
            .formatted(
                what,
                names.ghost(),
                names.source(),
                found.isEmpty() ? "" : " It may have been:\n  " + String.join("\n  ", found)),
        "The source is untouched. Run the command again: it begins with a new ghost.");
  }

  private String definitionNow(Session session) throws SQLException, InterruptedException {
    return session.transaction(c -> server.dialect().definition(c, names.ghost()));
  }

  private String identityNow(Session session) throws SQLException, InterruptedException {
    return session.transaction(c -> server.dialect().identity(c, names.ghost()));
  }
}
