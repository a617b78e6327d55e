package dev.ghost.cli;

import dev.ghost.api.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is reported about a run, and how. */
final class ReportOptions {

  @Option(
      names = "--hooks",
      paramLabel = "DIR",
      description =
          "Runs the executables in it that are named started, planned, copied, cutover-ready,"
              + " before-cutover (a failure vetoes), cutover-postponed, after-cutover, throttled,"
              + " unthrottled, done, failed.")
  private @Nullable Path hooks;

  @Mixin private FormatOption format;

  @Mixin private LogOptions log;

  @Option(names = "--verbose", description = "Shows a failure's stack trace.")
  private boolean verbose;

  LogOptions log() {
    return log;
  }

  boolean verbose() {
    return verbose;
  }

  Reporter plain(CommandLine line) {
    return format.json()
        ? new JsonReporter(line.getOut())
        : TextReporter.create(line.getOut(), line.getErr());
  }

  /**
   * @throws UsageException if there are no hooks where they should be
   */
  Reporter withHooks(Reporter plain) {
    return hooks == null ? plain : Hooks.of(hooks, plain);
  }
}
