package dev.ghost.cli;

import dev.ghost.api.ControlCommand;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Tells a running migration what to do: {@code ghost pause} and its like. The command goes through
 * the journal in the database, so it can come from any machine that reaches it.
 */
@Command(
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ghost ${COMMAND-NAME} --url mysql://app@db1/shop --table orders",
      "See also: ghost status"
    })
abstract class SendCommand extends ShortCommand {

  @Option(
      names = "--table",
      required = true,
      paramLabel = "NAME",
      description = "The table that is being altered.")
  private String table;

  /** What to tell it. */
  abstract ControlCommand command();

  @Override
  final void work() {
    String answer = connect().send(table, command());
    say("answer", Map.of("answer", answer), answer);
  }

  /** {@code ghost pause}. */
  @Command(name = "pause", description = "Holds copy and comparison; changes are replayed.")
  static final class Pause extends SendCommand {
    @Override
    ControlCommand command() {
      return ControlCommand.pause();
    }
  }

  /** {@code ghost resume}. */
  @Command(
      name = "resume",
      description =
          "Continues after ghost pause. (A run that was interrupted continues with the same ghost"
              + " alter.)")
  static final class Resume extends SendCommand {
    @Override
    ControlCommand command() {
      return ControlCommand.resume();
    }
  }

  /** {@code ghost set}. */
  @Command(
      name = "set",
      description = "Continues with other settings.",
      footer = {
        "Example:",
        "  ghost set --url mysql://app@db1/shop --table orders chunk-time=200ms threads=1",
        "Known are chunk-time, max-rows-per-second, threads, full-speed, max-load, critical-load."
      })
  static final class Set extends SendCommand {
    @Parameters(paramLabel = "NAME=VALUE", arity = "1..*", description = "Settings.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Override
    ControlCommand command() {
      return ControlCommand.set(SettingsReader.read(settings));
    }
  }

  /** {@code ghost postpone}. */
  @Command(
      name = "postpone",
      description =
          "Lets the cutover wait until ghost cutover; the ghost is kept in step meanwhile.")
  static final class Postpone extends SendCommand {
    @Override
    ControlCommand command() {
      return ControlCommand.postpone();
    }
  }

  /** {@code ghost cutover}. */
  @Command(
      name = "cutover",
      description = "Makes a postponed cutover, as soon as everything is copied and verified.")
  static final class Cutover extends SendCommand {
    @Override
    ControlCommand command() {
      return ControlCommand.cutover();
    }
  }

  /** {@code ghost stop}. */
  @Command(
      name = "stop",
      description =
          "Ends the run and keeps what it has done: the same ghost alter continues there.")
  static final class Stop extends SendCommand {
    @Override
    ControlCommand command() {
      return ControlCommand.stop();
    }
  }

  /** {@code ghost cancel}. */
  @Command(
      name = "cancel",
      description = "Ends the run and removes the ghost and everything else that ghost made.")
  static final class Cancel extends SendCommand {
    @Override
    ControlCommand command() {
      return ControlCommand.cancel();
    }
  }
}
