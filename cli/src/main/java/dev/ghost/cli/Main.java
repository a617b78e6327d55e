package dev.ghost.cli;

import dev.ghost.api.UsageException;
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
      OrderCommand.Pause.class,
      OrderCommand.Resume.class,
      OrderCommand.Throttle.class,
      OrderCommand.Set.class,
      OrderCommand.Postpone.class,
      OrderCommand.Cutover.class,
      OrderCommand.Stop.class,
      OrderCommand.Cancel.class,
      CleanupCommand.class,
      RevertCommand.class,
      DropCommand.class,
      DemoCommand.class,
      HelpCommand.class
    },
    description = "Changes the schema of a table while the application goes on using it.",
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
    System.exit(run(args));
  }

  private static int run(String[] args) {
    CommandLine commands =
        new CommandLine(new Main())
            .setUsageHelpWidth(100)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler(Main::usage)
            .setExecutionExceptionHandler((e, c, r) -> Failure.tell(e, c));
    try {
      commands.setDefaultValueProvider(Defaults.of(args, commands));
    } catch (UsageException e) {
      return Failure.tell(e, commands);
    }
    return commands.execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say what to do: ghost alter, or ghost help.");
  }

  private static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("ghost: " + e.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, command.getErr())) {
      command.getErr().println("See: " + command.getCommandName() + " --help");
    }
    return Failure.USAGE;
  }
}
