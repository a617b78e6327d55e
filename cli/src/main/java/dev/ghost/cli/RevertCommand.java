package dev.ghost.cli;

import dev.ghost.RevertBuilder;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ghost revert}. */
@Command(
    name = "revert",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    customSynopsis = "Usage: ghost ${COMMAND-NAME} --url=URL --table=NAME [OPTION]...",
    synopsisHeading = "",
    description =
        "Takes the last change back: swaps back to the table that its cutover has retired, with"
            + " every write since. What differs is found by comparing the two; where a run keeps"
            + " them in step, it swaps back at once.",
    footerHeading = "%n",
    footer = {
      "With exit code 4, rows are named that the old schema cannot hold.",
      "",
      "Examples:",
      "  ghost revert --url mysql://app@db1/shop --table orders",
      "  ghost revert --url mysql://app@db1/shop --table orders --set \"price=cents DIV 100\""
          + " --dry-run"
    })
final class RevertCommand extends RunCommand {

  @Mixin private ServerOptions server;

  @Option(
      names = "--table",
      required = true,
      paramLabel = "NAME",
      description = "The table that was altered.")
  private String table;

  @Option(names = "--dry-run", description = "Prints the plan and stops.")
  private boolean dryRun;

  @Option(
      names = "--set",
      paramLabel = "COLUMN=SQL",
      description =
          "Fills a column of the former table from an expression over the present columns; may be"
              + " repeated. Needed where the change has computed new columns from it.")
  private Map<String, String> expressions = Map.of();

  @Mixin private PaceOptions pace;

  @Mixin private CutoverOptions cutover;

  @Mixin private WriterOptions writers;

  @Mixin private ReportOptions report;

  @Override
  boolean onlyPlans() {
    return dryRun;
  }

  @Override
  ReportOptions report() {
    return report;
  }

  @Override
  Work build(Reporter reporter) {
    RevertBuilder builder = server.connect().revert(table).listener(reporter);
    pace.apply(builder);
    cutover.apply(builder);
    writers.apply(builder);
    expressions.forEach(builder::set);
    return Work.of(builder.build(), reporter);
  }
}
