package dev.ghost.cli;

import dev.ghost.Ghost;
import dev.ghost.api.Effect;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Order;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogManager;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ghost alter}. */
@Command(
    name = "alter",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    customSynopsis =
        "Usage: ghost ${COMMAND-NAME} --url=URL (--table=NAME --alter=SQL | --statement=SQL)"
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
      "Exit codes: 0 done, 2 usage, 3 refused, 4 data does not fit or verification failed,",
      "            5 cutover not achieved, 6 cancelled or stopped, 7 stopped by something that can"
          + " pass",
      "            (run it again), 8 --fail-on, 1 anything else.",
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
class AlterCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

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
  private Effect.Kind failOn;

  @Option(
      names = "--drop-retired",
      description = "Drops the former table at the end. Otherwise it is kept.")
  private boolean dropRetired;

  @Option(
      names = "--set",
      paramLabel = "COLUMN=SQL",
      description =
          "Fills a column of the new schema from an expression over the present columns; may be"
              + " repeated.")
  private Map<String, String> expressions = Map.of();

  @Option(
      names = "--skip-verify",
      description = "Cuts over without comparing the tables. Not advised.")
  private boolean skipVerify;

  @Option(
      names = "--start-over",
      description =
          "Begins anew where an earlier run could be resumed. Otherwise the same command goes on"
              + " where it ended.")
  private boolean startOver;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Chunks copied, and workers replaying changes, at once. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--chunk-time",
      paramLabel = "TIME",
      defaultValue = "500ms",
      converter = TimeConverter.class,
      description = "How long a chunk should take. Default: ${DEFAULT-VALUE}.")
  private Duration chunkTime;

  @Option(
      names = "--max-load",
      paramLabel = "NAME=N",
      split = ",",
      description =
          "Holds the copy while the server's load is higher: a status variable; on PostgreSQL"
              + " active_backends, waiting_backends, idle_in_transaction.")
  private Map<String, Double> maxLoad = Map.of();

  @Option(
      names = "--critical-load",
      paramLabel = "NAME=N",
      split = ",",
      description = "Ends the run when the load is higher.")
  private Map<String, Double> criticalLoad = Map.of();

  @Option(
      names = "--throttle-query",
      paramLabel = "SQL",
      defaultValue = "",
      description = "Holds the copy while the first value of this query is not zero.")
  private String throttleQuery;

  @Option(
      names = "--throttle-file",
      paramLabel = "FILE",
      description = "Holds the copy while this file is there.")
  private Path throttleFile;

  @Option(
      names = "--replica",
      paramLabel = "URL",
      description =
          "Holds the copy while this replica lags by more than --max-lag; may be repeated. Same"
              + " login, unless it names a user.")
  private List<String> replicas = List.of();

  @Option(
      names = "--max-lag",
      paramLabel = "TIME",
      defaultValue = "5s",
      converter = TimeConverter.class,
      description = "How far a replica may be behind. Default: ${DEFAULT-VALUE}.")
  private Duration maxLag;

  @Option(
      names = "--nice",
      paramLabel = "RATIO",
      defaultValue = "0",
      description =
          "Rests after a chunk for so many times what it took. Default: ${DEFAULT-VALUE}.")
  private double nice;

  @Option(
      names = "--copy-window",
      paramLabel = "FROM-UNTIL",
      description = "Copies and compares only at this time of the day: 22:00-04:30.")
  private String copyWindow;

  @Option(
      names = "--cutover-window",
      paramLabel = "FROM-UNTIL",
      description = "Cuts over only at this time of the day.")
  private String cutoverWindow;

  @Option(
      names = "--postpone-cutover",
      description = "Waits for ghost cutover, verified and in step, for as long as it takes.")
  private boolean postponeCutover;

  @Option(
      names = "--verify-every",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = TimeConverter.class,
      description = "Compares the tables again while the cutover waits. Default: ${DEFAULT-VALUE}.")
  private Duration verifyEvery;

  @Option(
      names = "--lock-timeout",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = TimeConverter.class,
      description =
          "How long the application may wait behind the cutover's lock. Default: ${DEFAULT-VALUE}.")
  private Duration lockTimeout;

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      defaultValue = "3s",
      converter = TimeConverter.class,
      description =
          "How long the last changes may take to arrive under the lock. Default: ${DEFAULT-VALUE}.")
  private Duration drainTimeout;

  @Option(
      names = "--cutover-tries",
      paramLabel = "N",
      defaultValue = "60",
      description = "How often the cutover is tried. Default: ${DEFAULT-VALUE}.")
  private int cutoverTries;

  @Option(
      names = "--max-log",
      paramLabel = "SIZE",
      defaultValue = "32GB",
      converter = SizeConverter.class,
      description =
          "PostgreSQL: stops when the server keeps more log for the run. Default:"
              + " ${DEFAULT-VALUE}.")
  private long maxLog;

  @Option(
      names = "--hooks",
      paramLabel = "DIR",
      description =
          "Runs the executables in it that are named started, planned, copied, cutover-ready,"
              + " before-cutover (a failure vetoes), cutover-postponed, after-cutover, throttled,"
              + " unthrottled, done, failed.")
  private Path hooks;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text, or json: one object a line. Default: ${DEFAULT-VALUE}.")
  private Output output;

  @Option(
      names = "--verbose",
      description = "Shows the libraries' warnings and a failure's stack trace.")
  private boolean verbose;

  enum Output {
    TEXT,
    JSON
  }

  /** What to change: a table and a change, or a statement. */
  static final class Change {
    @ArgGroup(exclusive = false)
    private Parts parts;

    @Option(
        names = "--statement",
        required = true,
        paramLabel = "SQL",
        description = "A whole ALTER TABLE statement.")
    private String statement;
  }

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
  public Integer call() {
    if (verbose) {
      System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
    } else {
      LogManager.getLogManager().reset();
    }
    Reporter plain =
        output == Output.JSON
            ? new JsonReporter(spec.commandLine().getOut())
            : TextReporter.create(spec.commandLine().getOut(), spec.commandLine().getErr());
    Reporter reporter;
    try {
      reporter = hooks == null ? plain : Hooks.of(hooks, plain);
    } catch (UsageException e) {
      plain.failed(e, Failure.USAGE);
      return Failure.USAGE;
    }
    CountDownLatch told = new CountDownLatch(1);
    try {
      Ghost ghost = build(reporter);
      Thread hook = stopOnSignal(ghost, told);
      try {
        if (onlyPlans()) {
          MigrationPlan plan = ghost.plan();
          reporter.dryRun(plan);
          return failOn != null && plan.care().compareTo(failOn) >= 0 ? Failure.CARE : 0;
        } else {
          reporter.done(ghost.run());
        }
      } finally {
        forget(hook);
      }
      return 0;
    } catch (GhostException e) {
      reporter.failed(e, Failure.exitCode(e));
      if (verbose) {
        e.printStackTrace(spec.commandLine().getErr());
      }
      return Failure.exitCode(e);
    } finally {
      told.countDown();
    }
  }

  /** True when nothing is to be changed. */
  boolean onlyPlans() {
    return dryRun;
  }

  private Ghost build(Reporter reporter) {
    Ghost.Builder builder =
        server
            .connect()
            .strategy(strategy)
            .threads(threads)
            .chunkTime(chunkTime)
            .lockTimeout(lockTimeout)
            .drainTimeout(drainTimeout)
            .cutoverTries(cutoverTries)
            .verify(!skipVerify)
            .dropRetired(dropRetired)
            .startOver(startOver)
            .maxLog(maxLog)
            .maxLoad(maxLoad)
            .criticalLoad(criticalLoad)
            .throttleQuery(throttleQuery)
            .nice(nice)
            .maxLag(maxLag)
            .postponeCutover(postponeCutover)
            .verifyEvery(verifyEvery)
            .listener(reporter);
    expressions.forEach(builder::set);
    replicas.forEach(builder::replica);
    if (copyWindow != null) {
      builder.copyWindow(copyWindow);
    }
    if (cutoverWindow != null) {
      builder.cutoverWindow(cutoverWindow);
    }
    if (throttleFile != null) {
      builder.throttleFile(throttleFile);
    }
    if (failOn != null && !onlyPlans()) {
      throw new UsageException("--fail-on is for ghost plan, or with --dry-run.", "");
    }
    if (change.statement != null) {
      builder.statement(change.statement);
    } else {
      builder.table(change.parts.table).alter(change.parts.alter);
    }
    return builder.build();
  }

  /**
   * Ctrl-C and SIGTERM stop the migration, which keeps what it has copied; the JVM waits until it
   * has said so.
   */
  private static Thread stopOnSignal(Ghost ghost, CountDownLatch told) {
    Thread hook =
        new Thread(
            () -> {
              ghost.stop();
              try {
                if (!told.await(60, TimeUnit.SECONDS)) {
                  System.err.println(
                      "ghost: did not end within a minute; the same command goes on from its last"
                          + " checkpoint.");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              // The JVM would leave with the signal's own code.
              Runtime.getRuntime().halt(Failure.CANCELLED);
            });
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  private void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is going down already: the hook runs, and waits until we have told the user.
      spec.commandLine().getErr().flush();
    }
  }

  /** Reads {@code 500MB}, {@code 32GB}; a bare number is bytes. */
  static final class SizeConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      String value = text.strip().toUpperCase(Locale.ROOT);
      int unit = Math.max(0, "BKMGT".indexOf(value.replaceAll("[0-9]|(?<=[KMGT])B$", "")));
      try {
        return Long.parseLong(value.replaceAll("[KMGT]?B?$", "")) << (10 * unit);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is not a size; write 500MB or 32GB");
      }
    }
  }

  /** Reads {@code 500ms}, {@code 2s}, {@code 1m}; a bare number is seconds. */
  static final class TimeConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return Order.time(text);
      } catch (UsageException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
