package dev.ghost.api;

/**
 * Told what a migration does. Calls come from the migration's own threads, one at a time; a
 * listener that is slow slows the migration, one that throws stops it.
 */
public interface MigrationListener {

  /**
   * Takes every event; calls the method for its kind, unless overridden. One that decorates another
   * listener overrides this method alone, so that no event is lost.
   */
  default void on(MigrationEvent event) {
    event.tell(this);
  }

  /**
   * The migration of a statement of a script begins.
   *
   * @param number which one it is, from 1
   * @param of how many there are
   */
  default void statementStarted(int number, int of, String statement) {}

  /** A statement of a script is made, and that is noted. */
  default void statementDone(int number, int of, MigrationResult result) {}

  /** A phase begins. */
  default void phaseStarted(Phase phase) {}

  /** Called about four times a second during the long phases. */
  default void progress(Progress progress) {}

  /** The plan is made: what will be copied and how. */
  default void planned(MigrationPlan plan) {}

  /** Something the user should know, and that does not stop the migration. */
  default void warning(String message) {}

  /**
   * Everything is ready for the first try at the cutover, or for the server to make the change
   * itself. Throw to keep it from being made: a {@link StoppedException} lets a later run go on.
   */
  default void beforeCutover() {}

  /**
   * An attempt at the cutover gave up without effect.
   *
   * @param attempt which try it was, from 1
   * @param reason what stood in the way, naming the session where the server tells
   */
  default void cutoverPostponed(int attempt, String reason) {}
}
