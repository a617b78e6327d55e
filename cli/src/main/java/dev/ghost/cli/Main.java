package dev.ghost.cli;

import dev.ghost.api.ExitCode;
import dev.ghost.api.UsageException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
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

  private static final List<Class<?>> COMMANDS =
      List.of(
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
          HelpCommand.class);

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
    CommandLine commands = commandsFor(args).setUsageHelpWidth(100);
    listExitCodes(commands);
    boolean json = Defaults.json(args, environment);
    try {
      Defaults defaults = Defaults.of(args, environment);
      json = defaults.wantsJson(args);
      commands.setDefaultValueProvider(defaults);
    } catch (UsageException e) {
      return Failure.tell(e, commands, json);
    }
    return telling(commands, json).execute(args);
  }

  /** All commands, as the help has them. */
  static CommandLine commands() {
    return with(COMMANDS);
  }

  /**
   * Only what the first argument asks for, if it names that: picocli reads the options of a command
   * about as long as the JVM takes to start.
   */
  private static CommandLine commandsFor(String... args) {
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
      return with(List.of());
    }
    List<Class<?>> asked =
        COMMANDS.stream()
            .filter(command -> args.length > 0 && args[0].equals(nameOf(command)))
            .toList();
    return with(asked.isEmpty() || asked.contains(HelpCommand.class) ? COMMANDS : asked);
  }

  private static String nameOf(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  private static CommandLine with(List<Class<?>> some) {
    CommandLine commands = new CommandLine(new Main());
    some.forEach(commands::addSubcommand);
    return commands.setCaseInsensitiveEnumValuesAllowed(true);
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
