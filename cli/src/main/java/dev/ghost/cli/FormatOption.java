package dev.ghost.cli;

import picocli.CommandLine.Option;

/** How a command says what it has to say. */
final class FormatOption {

  /** By this name the environment and the configuration file know it, too. */
  static final String NAME = "--output";

  @Option(
      names = NAME,
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "text, or json: one object a line, the last of them done or failed. Default:"
              + " ${DEFAULT-VALUE}.")
  private Output output;

  enum Output {
    TEXT,
    JSON
  }

  boolean json() {
    return output == Output.JSON;
  }
}
