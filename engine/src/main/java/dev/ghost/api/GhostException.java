package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/**
 * Why a migration did not happen. Whatever the subclass, the source table is untouched and serves
 * the application, unless {@link #getMessage()} says that the swap had already been made.
 *
 * <p>The message has up to three parts: what happened and why ({@link #what()}), and what to do
 * next ({@link #remedy()}).
 */
public abstract sealed class GhostException extends RuntimeException
    permits RefusedException,
        UsageException,
        RowRejectedException,
        VerificationException,
        CutoverException,
        CancelledException,
        StoppedException,
        LoginException,
        InterferenceException,
        MigrationException {

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final String what;
  private final String remedy;
  private final boolean resumable;

  GhostException(
      ExitCode exitCode, String what, String remedy, @Nullable Throwable cause, boolean resumable) {
    super(remedy.isEmpty() ? what : what + System.lineSeparator() + remedy, cause);
    this.exitCode = exitCode;
    this.what = what;
    this.remedy = remedy;
    this.resumable = resumable;
  }

  /** The exit code that the command line has for it. */
  public ExitCode exitCode() {
    return exitCode;
  }

  /**
   * Tells whether the same command continues with what this run had copied. Where it is false, that
   * was removed, and the next run copies from the beginning.
   */
  public boolean resumable() {
    return resumable;
  }

  /** What happened, and why: {@link #getMessage()} without the remedy. */
  public String what() {
    return what;
  }

  /** What the user can do next, as text or SQL; empty when there is nothing to advise. */
  public String remedy() {
    return remedy;
  }
}
