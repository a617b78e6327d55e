package dev.ghost.cli;

import dev.ghost.api.GhostException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ghost cleanup}. */
@Command(
    name = "cleanup",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Removes what a run has left on the server that was killed: the ghost and all else of ours."
            + " Never the table, nor a retired one.",
    footerHeading = "%n",
    footer = {"Example:", "  ghost cleanup --url postgresql://app@db1/shop --table orders"})
final class CleanupCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ServerOptions server;

  @Option(
      names = "--table",
      required = true,
      paramLabel = "NAME",
      description = "The table that was to be altered.")
  private String table;

  @Override
  public Integer call() {
    LogManager.getLogManager().reset();
    PrintWriter out = spec.commandLine().getOut();
    try {
      List<String> removed = server.connect().table(table).cleanUp();
      removed.forEach(line -> out.println("removed " + line));
      if (removed.isEmpty()) {
        out.println("Nothing of ghost's is left for " + table + ".");
      }
      out.flush();
      return 0;
    } catch (GhostException e) {
      return Failure.tell(e, spec.commandLine());
    }
  }
}
