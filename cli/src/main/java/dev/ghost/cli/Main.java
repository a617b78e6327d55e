package dev.ghost.cli;

import dev.ghost.api.ExitCode;
import dev.ghost.api.UsageException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code ghost} command. */
@Command(
    name = "ghost",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      AlterCommand.class,
      PlanCommand.class,
      StatusCommand.class,
      SendCommand.Pause.class,
      SendCommand.Resume.class,
      SendCommand.Set.class,
      SendCommand.Postpone.class,
      SendCommand.Cutover.class,
      SendCommand.Stop.class,
      SendCommand.Cancel.class,
      CleanupCommand.class,
      RevertCommand.class,
      DropCommand.class,
      DemoCommand.class,
      HelpCommand.class
    },
    description = "Changes the schema of a table while the application continues using it.",
    footer = {
      "",
      "Examples:",
      "  ghost demo",
      "  ghost alter --url mysql://app@db1/shop --table orders --alter \"ADD COLUMN note"
          + " VARCHAR(64)\"",
      "  ghost help alter"
    })
public final class Main implements Runnable {

  @Spec private CommandSpec spec;

  public static void main(String[] args) {
    // To touch that class itself would have the JDK take its own.
    System.setProperty("java.util.logging.manager", LastingLog.class.getName());
    System.exit(run(args));
  }

  /** Runs a command, and returns its exit code. */
  static int run(String... args) {
    return run(System::getenv, args);
  }

  /** The same, with other environment variables for the options. */
  static int run(UnaryOperator<String> environment, String... args) {
    LogFile.silence();
    CommandLine commands =
        new CommandLine(new Main())
            .setUsageHelpWidth(100)
            .setCaseInsensitiveEnumValuesAllowed(true);
    listExitCodes(commands);
    boolean json = Defaults.json(args, environment);
    try {
      Defaults defaults = Defaults.of(args, commands, environment);
      json = defaults.wantsJson(args);
      commands.setDefaultValueProvider(defaults);
    } catch (UsageException e) {
      return Failure.tell(e, commands, json);
    }
    return telling(commands, json).execute(args);
  }

  /** One table for all commands, and for those who call the library. */
  private static void listExitCodes(CommandLine commands) {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      codes.put("%2d".formatted(code.number()), code.meaning());
    }
    for (CommandLine command : commands.getSubcommands().values()) {
      command
          .getCommandSpec()
          .usageMessage()
          .exitCodeListHeading("%nExit codes:%n")
          .exitCodeList(codes);
    }
  }

  /** Has failures told in JSON, or in words, whichever command they are of. */
  private static CommandLine telling(CommandLine commands, boolean json) {
    return commands
        .setParameterExceptionHandler((e, args) -> usage(e, json))
        .setExecutionExceptionHandler((e, command, result) -> Failure.tell(e, command, json));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say what to do: ghost alter, or ghost help.");
  }

  private static int usage(ParameterException e, boolean json) {
    CommandLine command = e.getCommandLine();
    StringWriter suggestions = new StringWriter();
    boolean suggested =
        CommandLine.UnmatchedArgumentException.printSuggestions(e, new PrintWriter(suggestions));
    String remedy =
        suggested
            ? suggestions.toString().strip()
            : "See: " + command.getCommandSpec().qualifiedName() + " --help";
    return Failure.tell(
        new UsageException(String.valueOf(e.getMessage()), remedy, e), command, json);
  }
}
