package dev.ghost.cli;

import dev.ghost.Ghost;
import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks the server something, or has it do something short, and tells of it. */
abstract class ShortCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ServerOptions server;

  @Mixin private FormatOption format;

  /** Empty until the command is called. */
  private Optional<JsonEvents> events = Optional.empty();

  /** Does the work, and says with {@link #say} what there is to say. */
  abstract void work() throws InterruptedException;

  @Override
  public final Integer call() throws InterruptedException {
    JsonEvents told = new JsonEvents(out());
    events = Optional.of(told);
    try {
      work();
    } catch (GhostException e) {
      return Failure.tell(e, spec.commandLine(), json());
    }
    if (json()) {
      told.done(ExitCode.DONE, Map.of());
    }
    return ExitCode.DONE.number();
  }

  Ghost connect() {
    return server.connect();
  }

  boolean json() {
    return format.json();
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Says something as an event, or as a line for people. */
  void say(String event, Map<String, ?> fields, String text) {
    if (json()) {
      events.orElseThrow().write(event, fields);
    } else {
      note(text);
    }
  }

  /** Says something that only people need to be told. */
  void note(String text) {
    if (!json()) {
      out().println(text);
      out().flush();
    }
  }
}
