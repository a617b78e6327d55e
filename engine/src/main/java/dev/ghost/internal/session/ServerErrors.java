package dev.ghost.internal.session;

import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.LoginException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import java.sql.SQLException;

/**
 * Turns whatever goes wrong into the exceptions that users are told: errors of the server, its
 * driver or a pool, and interruptions. The only place where that is decided for errors that no
 * other place has foreseen.
 */
public record ServerErrors(Driver driver) {

  /** What is added where nobody knows what a run had come to. */
  private static final String UNTOUCHED = "The source is untouched.";

  private static final String BUG =
      "Nobody has foreseen this error: please report it, with the stack trace that --verbose"
          + " shows.";

  /**
   * What was going on when something failed.
   *
   * @param what to begin a sentence with
   * @param again what the user does after an interruption
   * @param state what has become of the tables, in a sentence; empty before a run has made anything
   */
  public record Moment(String what, String again, String state) {

    /** A command beside the runs. */
    public static Moment ofCommand(String what) {
      return new Moment(what, "Run it again.", "");
    }
  }

  /** Translates anything; what tells users already stays as it is. */
  public GhostException told(Exception e, Moment moment) {
    if (e instanceof GhostException told) {
      return told;
    }
    if (e instanceof SQLException failure) {
      return moment.state.isEmpty() ? beforeRun(failure) : inRun(failure, moment.state);
    }
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return new CancelledException(moment.what + " was interrupted.", moment.again, e);
    }
    return new MigrationException(
        (e instanceof RuntimeException ? "The engine failed: " : "The migration failed: ") + e,
        "The source is untouched. Please report this as a bug, with the stack trace.",
        e);
  }

  /** What an error means, also where a pool has wrapped it. */
  public ErrorClass errorClass(SQLException e) {
    if (SqlErrors.untrusted(e)) {
      return ErrorClass.LOGIN;
    }
    SQLException root = SqlErrors.sql(e);
    ErrorClass errorClass = driver.classify(root);
    // Without a number and a state it is no server that speaks: a pool has lent all connections, or
    // has closed this one.
    return errorClass == ErrorClass.OTHER && root.getErrorCode() == 0 && root.getSQLState() == null
        ? ErrorClass.CONNECTION_LOST
        : errorClass;
  }

  /**
   * Translates what kept us from connecting.
   *
   * @param server to begin a sentence with
   */
  public GhostException connecting(SQLException e, String server) {
    ErrorClass errorClass = errorClass(e);
    if (errorClass == ErrorClass.LOGIN || errorClass == ErrorClass.DENIED) {
      return login(server, UNTOUCHED, e);
    }
    String what = "%s cannot be reached: %s".formatted(server, SqlErrors.of(e));
    return switch (errorClass) {
      case NO_SCHEMA ->
          new RefusedException(
              "%s has no such database: %s".formatted(server, SqlErrors.of(e)),
              "Check the database in the URL. " + UNTOUCHED,
              e);
      case CONNECTION_LOST, DEADLOCK, LOCK_TIMEOUT, KILLED, UNABLE ->
          new StoppedException(
              what,
              UNTOUCHED
                  + " Check host and port, and run the command again when the server takes"
                  + " connections.",
              e);
      default -> new RefusedException(what, UNTOUCHED + " Check the URL and its options.", e);
    };
  }

  /** Translates an error before a run has made anything, or of a command beside the runs. */
  public GhostException beforeRun(SQLException e) {
    return switch (errorClass(e)) {
      case DENIED ->
          new RefusedException(said(e), "Nothing was changed. Have that privilege granted.", e);
      case RAISED ->
          new RefusedException(
              said(e),
              "Nothing was changed. Code of the database's own raised this, such as an event"
                  + " trigger: have it let this user pass.",
              e);
      case NO_TABLE, NO_SCHEMA, ALTERED ->
          new RefusedException(
              said(e), "Nothing was changed. Check the names, and the schema in the URL.", e);
      case READ_ONLY ->
          new RefusedException(
              said(e), "Nothing was changed. Give the URL of the primary, which takes writes.", e);
      default -> inRun(e, "Nothing was changed.");
    };
  }

  /**
   * Translates an error in the middle of a run.
   *
   * @param state what has become of the tables, in a sentence
   */
  public GhostException inRun(SQLException e, String state) {
    return switch (errorClass(e)) {
      case LOGIN -> login(driver.product(), state, e);
      case CONNECTION_LOST, DEADLOCK, LOCK_TIMEOUT, KILLED, UNABLE ->
          new StoppedException(said(e), state + " Run the same command again: it continues.", e);
      case READ_ONLY ->
          new StoppedException(
              said(e),
              state
                  + " The server takes no writes at present. Run the same command again when it"
                  + " does.",
              e);
      case DISK_FULL ->
          new StoppedException(
              said(e),
              state
                  + " What was copied is removed. Make room on the server's disk (ghost plan says"
                  + " how much), and run the command again.",
              e,
              false);
      case NO_TABLE, NO_SCHEMA, ALTERED ->
          new InterferenceException(
              said(e),
              state
                  + " Somebody has dropped, renamed or altered what the run works with. Run the"
                  + " command again: the copy starts from the beginning.",
              e);
      case DENIED ->
          new InterferenceException(
              said(e),
              state
                  + " A privilege was taken away during the run. Grant it again, and run the same"
                  + " command again.",
              e,
              true);
      case RAISED ->
          new InterferenceException(
              said(e),
              state
                  + " Code of the database's own raised this, such as an event trigger. Have it let"
                  + " this user pass, and run the same command again.",
              e,
              true);
      default -> new MigrationException(said(e), state + " " + BUG, e, true);
    };
  }

  /**
   * Tells of a login that was refused, or a server that is not trusted.
   *
   * @param server whose, to begin a sentence with
   * @param state what has become of the tables, in a sentence
   */
  public static LoginException login(String server, String state, Throwable e) {
    String said =
        e instanceof SQLException failure ? SqlErrors.of(failure) : String.valueOf(e.getMessage());
    return SqlErrors.untrusted(e)
        ? new LoginException(
            "%s is not trusted: its certificate is signed by an unknown authority, is for another name, or there is none. The driver said: %s"
                .formatted(server, said),
            state
                + " Name the authority's certificate with --ssl-ca FILE, and connect by the name"
                + " that is in the server's; or choose a lower --ssl-mode: REQUIRED encrypts and"
                + " verifies nothing.",
            e)
        : new LoginException(
            "%s refused the login: %s".formatted(server, said),
            state
                + " Check user, password (GHOST_PASSWORD or --password-file) and --ssl-mode, and"
                + " whether this user may log in from this machine.",
            e);
  }

  private String said(SQLException e) {
    return "%s said: %s".formatted(driver.product(), SqlErrors.of(e));
  }
}
