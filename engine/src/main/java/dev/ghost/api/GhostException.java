package dev.ghost.api;

/**
 * Why a migration did not happen. Whatever the subclass, the source table is untouched and serves
 * the application, unless {@link #getMessage()} says that the swap had already been made.
 *
 * <p>The message has up to three parts: what happened, why, and what to do next ({@link
 * #remedy()}).
 */
public abstract sealed class GhostException extends RuntimeException
    permits RefusedException,
        UsageException,
        MisfitException,
        VerificationException,
        CutoverException,
        CancelledException,
        StoppedException,
        MigrationException {

  private static final long serialVersionUID = 1L;

  private final String remedy;

  GhostException(String what, String remedy, Throwable cause) {
    super(what, cause);
    this.remedy = remedy;
  }

  /** What the user can do next, as text or SQL; empty when there is nothing to advise. */
  public String remedy() {
    return remedy;
  }
}
