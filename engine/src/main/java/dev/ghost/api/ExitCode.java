package dev.ghost.api;

/**
 * How a command of ghost ended. The command line exits with {@link #number()}, the JSON output
 * names it, and {@link GhostException#exitCode()} gives it to callers of the library: one meaning
 * each.
 */
public enum ExitCode {
  /** The change was made, or had been made before. */
  DONE(0, "done"),

  /** A bug in ghost; please report it. */
  BUG(1, "a bug in ghost"),

  /** The command itself is wrong: an option, a URL, a statement that does not parse. */
  USAGE(2, "the command itself is wrong"),

  /** The change cannot be made safely here; found before anything was touched. */
  REFUSED(3, "refused before anything was touched"),

  /** Rows of the table do not fit the new schema. */
  ROWS_DO_NOT_FIT(4, "rows do not fit the new schema"),

  /** The cutover's lock was not granted within the allowed tries. */
  CUTOVER_BLOCKED(5, "the cutover's lock was not granted"),

  /** Somebody stopped or cancelled the run, or it came to a limit that it was given. */
  STOPPED(6, "stopped or cancelled on request, or at a limit that was given"),

  /** What stopped the run can pass by itself: the same command continues where it ended. */
  INTERRUPTED(7, "interrupted by something that can pass"),

  /** A plan has a part that needs more care than {@code --fail-on} allows. */
  PLAN_NEEDS_CARE(8, "the plan needs more care than was allowed"),

  /** The server refused the login, or could not prove who it is. */
  LOGIN_REFUSED(9, "login or certificate refused"),

  /** Somebody altered what the run depends on while it ran. */
  INTERFERENCE(10, "somebody altered what the run depends on"),

  /** The tables differ, and no change that was still to be applied explains it. */
  TABLES_DIFFER(11, "verification failed");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  /** The exit code of the command line. */
  public int number() {
    return number;
  }

  /** What it means, in a few words. */
  public String meaning() {
    return meaning;
  }
}
