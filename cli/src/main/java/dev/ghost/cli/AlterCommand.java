package dev.ghost.cli;

import dev.ghost.ChangeOptions;
import dev.ghost.Ghost;
import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.Script;
import dev.ghost.ScriptBuilder;
import dev.ghost.api.Effect;
import dev.ghost.api.ExitCode;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ghost alter}. */
@Command(
    name = "alter",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    customSynopsis =
        "Usage: ghost ${COMMAND-NAME} --url=URL (--table=NAME --alter=SQL|--statement=SQL|"
            + "--statements=FILE)"
            + " [OPTION]...",
    synopsisHeading = "",
    description = "Gives a table a new schema while the application reads and writes it.",
    footerHeading = "%n",
    footer = {
      "Each option can be set as an environment variable: --lock-timeout is GHOST_LOCK_TIMEOUT;",
      "or in the file of --config, as lock-timeout = 2s. The command line comes first, then these.",
      "The password comes from --password-file, --ask-password, GHOST_PASSWORD, ~/.my.cnf,"
          + " PGPASSWORD",
      "or ~/.pgpass.",
      "",
      "Examples:",
      "  ghost alter --url mysql://app@db1:3306/shop --table orders \\",
      "      --alter \"ADD COLUMN note VARCHAR(64), MODIFY amount DECIMAL(14,2)\"",
      "  ghost alter --url mysql://app@db1/shop --table people --alter \"ADD first VARCHAR(40)\""
          + " \\",
      "      --set \"first=SUBSTRING_INDEX(name, ' ', 1)\"",
      "  ghost alter --url mysql://app@db1/ --statement \"ALTER TABLE shop.orders ADD INDEX (day)\""
          + " --dry-run"
    })
class AlterCommand extends RunCommand {

  @Mixin private ServerOptions server;

  @ArgGroup(multiplicity = "1")
  private Change change;

  @Option(
      names = "--dry-run",
      description = "Prints the plan and stops. Makes an empty ghost and drops it.")
  private boolean dryRun;

  @Option(
      names = "--strategy",
      paramLabel = "HOW",
      defaultValue = "auto",
      description =
          "auto: the server itself makes the change where it can without a copy and without keeping"
              + " the application waiting, else a ghost; direct: the server or nobody; ghost:"
              + " always a ghost. Default: ${DEFAULT-VALUE}.")
  private Strategy strategy;

  @Option(
      names = "--fail-on",
      paramLabel = "CARE",
      description =
          "With --dry-run: exits with 8 when a part of the change is contract (or breaking), or"
              + " breaking.")
  private Effect.@Nullable Kind failOn;

  @Option(
      names = "--drop-retired",
      description = "Drops the former table at the end. Otherwise it is kept.")
  private boolean dropRetired;

  @Option(
      names = "--retired-table",
      paramLabel = "NAME",
      description =
          "What the former table is called after the cutover. Default: the table's name with _old"
              + " behind it.")
  private @Nullable String retiredTable;

  @Option(
      names = "--set",
      paramLabel = "COLUMN=SQL",
      description =
          "Fills a column of the new schema from an expression over the present columns; may be"
              + " repeated.")
  private Map<String, String> expressions = Map.of();

  @Option(
      names = "--accept-difference",
      paramLabel = "COLUMN",
      description =
          "Accepts that a column of the new table gets other values than the server's own ALTER"
              + " would give it; may be repeated. Without it, a difference in the sample refuses"
              + " the run.")
  private List<String> acceptedDifferences = List.of();

  @Option(
      names = "--start-over",
      description =
          "Begins again where an earlier run could be resumed. Otherwise the same command continues"
              + " where it ended.")
  private boolean startOver;

  @Option(
      names = "--keep-in-step",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "After the cutover, keeps the former table in step for so long: ghost revert then swaps"
              + " back at once. Without it, ghost revert compares the tables first.")
  private @Nullable Duration keepInStep;

  @Mixin private PaceOptions pace;

  @Mixin private CutoverOptions cutover;

  @Mixin private WriterOptions writers;

  @Mixin private ReportOptions report;

  /** What to change: a table and a change, a statement, or several. */
  static final class Change {
    @ArgGroup(exclusive = false)
    private @Nullable Parts parts;

    @Option(
        names = "--statement",
        required = true,
        paramLabel = "SQL",
        description = "A whole ALTER TABLE statement.")
    private @Nullable String statement;

    @Option(
        names = "--statements",
        required = true,
        paramLabel = "FILE",
        description =
            "A file of ALTER TABLE statements, made one after the other; - is standard input. The"
                + " same command continues where an earlier one has ended.")
    private @Nullable Path statements;
  }

  @Option(
      names = "--atomic",
      description =
          "With --statements: swaps all tables at the same moment. Each is copied in its turn, and"
              + " kept in step until the last is ready; when one cannot be changed, none is.")
  private boolean atomic;

  static final class Parts {
    @Option(
        names = "--table",
        required = true,
        paramLabel = "NAME",
        description = "The table to alter.")
    private String table;

    @Option(
        names = "--alter",
        required = true,
        paramLabel = "SQL",
        description = "What follows the table's name in ALTER TABLE.")
    private String alter;
  }

  @Override
  boolean onlyPlans() {
    return dryRun;
  }

  @Override
  ReportOptions report() {
    return report;
  }

  @Override
  ExitCode verdict(MigrationPlan plan) {
    return failOn != null && plan.care().compareTo(failOn) >= 0
        ? ExitCode.PLAN_NEEDS_CARE
        : ExitCode.DONE;
  }

  @Override
  Work build(Reporter reporter) {
    if (failOn != null && !onlyPlans()) {
      throw new UsageException(
          "--fail-on is given, and nothing is planned only.",
          "Use it with ghost plan, or with --dry-run.");
    }
    if (change.statements != null) {
      return Work.of(script(change.statements, reporter));
    }
    if (atomic) {
      throw new UsageException(
          "--atomic is given without --statements.",
          "Name a file of statements with --statements.");
    }
    return Work.of(migration(reporter), reporter);
  }

  private Script script(Path statements, Reporter reporter) {
    if (!expressions.isEmpty() || keepInStep != null || retiredTable != null) {
      throw new UsageException(
          "A script takes no --set, no --keep-in-step and no --retired-table: they are for one"
              + " table.",
          "Run that statement by itself.");
    }
    ScriptBuilder builder = server.connect().script(read(statements)).atomic(atomic);
    apply(builder, reporter);
    return builder.build();
  }

  private Migration migration(Reporter reporter) {
    MigrationBuilder builder = begun(server.connect());
    apply(builder, reporter);
    expressions.forEach(builder::set);
    if (keepInStep != null) {
      builder.keepInStep(keepInStep);
    }
    if (retiredTable != null) {
      builder.retiredTable(retiredTable);
    }
    return builder.build();
  }

  private MigrationBuilder begun(Ghost ghost) {
    if (change.parts != null) {
      return ghost.migration(change.parts.table).alter(change.parts.alter);
    }
    if (change.statement != null) {
      return ghost.statement(change.statement);
    }
    throw new IllegalStateException("picocli lets nobody leave the change out");
  }

  private void apply(ChangeOptions<?> builder, Reporter reporter) {
    builder
        .strategy(strategy)
        .dropRetired(dropRetired)
        .startOver(startOver)
        .acceptDifference(acceptedDifferences.toArray(String[]::new))
        .listener(reporter);
    pace.apply(builder);
    cutover.apply(builder);
    writers.apply(builder);
  }

  private static String read(Path file) {
    try {
      return file.toString().equals("-")
          ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
          : Files.readString(file);
    } catch (IOException e) {
      throw new UsageException(
          "%s cannot be read: %s".formatted(file, e), "Check the name that --statements gives.", e);
    }
  }
}
