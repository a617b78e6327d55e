package dev.ghost.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ghost cleanup}. */
@Command(
    name = "cleanup",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Removes what a run has left on the server that was killed: the ghost and everything else"
            + " that ghost made. Never the table, nor a retired one.",
    footerHeading = "%n",
    footer = {"Example:", "  ghost cleanup --url postgresql://app@db1/shop --table orders"})
final class CleanupCommand extends ShortCommand {

  @Option(
      names = "--table",
      required = true,
      paramLabel = "NAME",
      description = "The table that was to be altered.")
  private String table;

  @Override
  void work() {
    List<String> removed = connect().cleanUp(table);
    removed.forEach(line -> say("removed", Map.of("what", line), "removed " + line));
    if (removed.isEmpty()) {
      note("Nothing of ghost's is left for " + table + ".");
    }
  }
}
