package dev.ghost.internal.checkpoint;

import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Keeps other runs away from the table for as long as this one lasts, over a lost connection too:
 * the lock ends with its connection, and is taken again on the next. The server ends the connection
 * of a run that it hears nothing of, so that another host can go on. Used by the run's own thread
 * only.
 */
public final class RunLock {

  /**
   * Longer than from one {@link #check} to the next, but for the longest statements of a run. Where
   * the lock is lost to one, it is taken again; if another run has taken it meanwhile, this one
   * ends.
   */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  private final Driver driver;
  private final Session own;
  private final Artifacts artifacts;
  private final TableName source;
  private final int attempt;

  /** The session that took it. */
  private long holder;

  /**
   * @param own the session that holds the lock
   * @param attempt the run's number, which any other run that took the lock meanwhile has raised
   */
  public RunLock(Driver driver, Session own, Artifacts artifacts, TableName source, int attempt)
      throws SQLException {
    this.driver = driver;
    this.own = own;
    this.artifacts = artifacts;
    this.source = source;
    this.attempt = attempt;
    this.holder = own.number();
    limitSilence();
  }

  private void limitSilence() throws SQLException {
    own.executeOnce(c -> driver.endWhenSilent(c, SILENCE));
  }

  /**
   * Makes sure that the lock is ours.
   *
   * @throws StoppedException if another run has, or may have, come between
   */
  public void check() throws SQLException, InterruptedException {
    OptionalLong found = own.transaction(artifacts::runLockHolder);
    if (found.equals(OptionalLong.of(own.number()))) {
      return;
    }
    // The connection was lost: the lock is free, or the server has not noticed yet.
    boolean kept = found.isEmpty() ? take() : found.getAsLong() == holder;
    if (!kept || !isThisRuns()) {
      throw new StoppedException(
          "The connection that kept other runs away from %s was lost, and another run has begun."
              .formatted(source),
          "See ghost status. When the other has ended, run the command again.");
    }
  }

  private boolean take() throws SQLException {
    boolean taken = own.runOnce(artifacts::lockRun);
    holder = own.number();
    limitSilence();
    return taken;
  }

  private boolean isThisRuns() throws SQLException, InterruptedException {
    return own.transaction(c -> artifacts.journal().read(c, EntryKind.CHECKPOINT))
        .filter(text -> Checkpoint.of(text).attempt() == attempt)
        .isPresent();
  }
}
