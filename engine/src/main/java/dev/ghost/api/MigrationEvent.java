package dev.ghost.api;

/**
 * Something that a migration tells its {@link MigrationListener}. A listener that passes all events
 * on, or looks at a few of them, overrides {@link MigrationListener#on} alone.
 */
public sealed interface MigrationEvent {

  /** Calls the listener's method for this kind of event. */
  void tell(MigrationListener listener);

  /**
   * The migration of a statement of a script begins.
   *
   * @param number which one it is, from 1
   * @param of of how many there are
   */
  record StatementStarted(int number, int of, String statement) implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.statementStarted(number, of, statement);
    }
  }

  /**
   * A statement of a script is made, and that is noted.
   *
   * @param number which one it is, from 1
   * @param of of how many there are
   */
  record StatementDone(int number, int of, MigrationResult result) implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.statementDone(number, of, result);
    }
  }

  /** A phase begins. */
  record PhaseStarted(Phase phase) implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.phaseStarted(phase);
    }
  }

  /** How far the phase is; about four times a second during the long ones. */
  record ProgressMade(Progress progress) implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.progress(progress);
    }
  }

  /** The plan is made. */
  record Planned(MigrationPlan plan) implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.planned(plan);
    }
  }

  /** Something the user should know, and that does not stop the migration. */
  record Warned(String message) implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.warning(message);
    }
  }

  /** Everything is ready for the first try at the cutover; a listener that throws prevents it. */
  record CutoverReady() implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.beforeCutover();
    }
  }

  /**
   * An attempt at the cutover gave up without effect.
   *
   * @param attempt which try it was, from 1
   * @param reason what stood in the way
   */
  record CutoverPostponed(int attempt, String reason) implements MigrationEvent {
    @Override
    public void tell(MigrationListener listener) {
      listener.cutoverPostponed(attempt, reason);
    }
  }
}
