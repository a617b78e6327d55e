package dev.ghost.cli;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
import java.io.PrintWriter;
import picocli.CommandLine;

/** What goes wrong, as exit codes and as words. */
final class Failure {

  private Failure() {}

  /**
   * Tells of a bug, or of what no reporter was there to tell of.
   *
   * @return the exit code
   */
  static int tell(Exception e, CommandLine command, boolean json) {
    PrintWriter err = command.getErr();
    GhostException told =
        e instanceof GhostException known
            ? known
            : new MigrationException(
                "ghost has failed: " + e, "Please report this as a bug, with the stack trace.", e);
    if (json) {
      new JsonEvents(command.getOut()).failed(told);
    } else {
      err.println("ghost: " + told.getMessage());
    }
    if (told != e) {
      e.printStackTrace(err);
    }
    err.flush();
    return told.exitCode().number();
  }
}
