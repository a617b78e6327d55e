package dev.ghost.cli;

import dev.ghost.api.CancelledException;
import dev.ghost.api.CutoverException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MisfitException;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import dev.ghost.api.VerificationException;
import java.io.PrintWriter;
import picocli.CommandLine;

/** What goes wrong, as exit codes and as words. */
final class Failure {

  static final int OTHER = 1;
  static final int USAGE = 2;
  static final int REFUSED = 3;
  static final int MISFIT = 4;
  static final int CUTOVER = 5;
  static final int CANCELLED = 6;
  static final int STOPPED = 7;

  /** A plan that needs more care than was allowed. */
  static final int CARE = 8;

  private Failure() {}

  static int exitCode(Throwable e) {
    if (e instanceof UsageException) {
      return USAGE;
    }
    if (e instanceof RefusedException) {
      return REFUSED;
    }
    if (e instanceof MisfitException || e instanceof VerificationException) {
      return MISFIT;
    }
    if (e instanceof CutoverException) {
      return CUTOVER;
    }
    if (e instanceof StoppedException) {
      return STOPPED;
    }
    return e instanceof CancelledException ? CANCELLED : OTHER;
  }

  /** A bug, or an option that cannot be read: what no command has told about itself. */
  static int tell(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    err.println("ghost: " + e.getMessage());
    if (e instanceof GhostException told) {
      remedy(told, err);
    } else {
      e.printStackTrace(err);
    }
    return exitCode(e);
  }

  static void remedy(GhostException e, PrintWriter err) {
    if (!e.remedy().isEmpty()) {
      err.println(e.remedy());
    }
  }
}
