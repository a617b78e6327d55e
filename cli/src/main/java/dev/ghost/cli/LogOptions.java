package dev.ghost.cli;

import dev.ghost.api.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the log of a run goes, and how much of it. */
final class LogOptions {

  @Option(
      names = "--log-file",
      paramLabel = "FILE",
      description =
          "Appends a log of the run to this file. It has no passwords and no values of rows.")
  private @Nullable Path file;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description =
          "How much ghost writes to the log file: error, warn, info, debug or trace. Default:"
              + " ${DEFAULT-VALUE}.")
  private LogLevel level;

  /** A log that is written until it is closed. */
  interface Log extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Begins to log, where a file is given.
   *
   * @throws UsageException if the file cannot be written
   */
  Log open() {
    return file == null ? () -> {} : LogFile.open(file, level);
  }
}
