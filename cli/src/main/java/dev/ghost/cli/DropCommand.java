package dev.ghost.cli;

import dev.ghost.RetiredTableDrop;
import dev.ghost.api.UsageException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ghost drop}. */
@Command(
    name = "drop",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Drops tables that cutovers of ghost have retired. Nothing that is not known as such, in"
            + " use, or kept in step by a run.",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ghost drop --url mysql://app@db1/shop --table orders",
      "  ghost drop --url mysql://app@db1/ --older-than 7d --dry-run"
    })
final class DropCommand extends ShortCommand {

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = "The table whose former one is to go. Otherwise: all that are old enough.")
  private @Nullable String table;

  @Option(
      names = "--older-than",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Only what was retired longer ago: 7d. Needed where no table is named.")
  private @Nullable Duration olderThan;

  @Option(
      names = "--in-slices",
      description =
          "MySQL, MariaDB: deletes the rows before, in small transactions. Done by itself on MySQL"
              + " before 8.0.23, where to drop a large table keeps all sessions waiting.")
  private boolean inSlices;

  @Option(names = "--dry-run", description = "Only tells.")
  private boolean dryRun;

  @Override
  void work() {
    if (table == null && olderThan == null) {
      throw new UsageException(
          "This would drop every retired table there is.", "Give --table, or --older-than.");
    }
    RetiredTableDrop drop = connect().dropRetiredTables().inSlices(inSlices);
    if (table != null) {
      drop.table(table);
    }
    if (olderThan != null) {
      drop.olderThan(olderThan);
    }
    List<String> dropped = dryRun ? drop.plan() : drop.run();
    for (String line : dropped) {
      say(
          dryRun ? "wouldDrop" : "dropped",
          Map.of("what", line),
          (dryRun ? "would drop " : "dropped ") + line);
    }
    if (dropped.isEmpty()) {
      note("There is no retired table to drop.");
    }
  }
}
