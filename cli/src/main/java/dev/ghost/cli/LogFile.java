package dev.ghost.cli;

import dev.ghost.api.UsageException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/**
 * The file that the log goes to. Nothing of the log ever reaches the screen.
 *
 * <p>Everything goes by way of java.util.logging: SLF4J is bound to it, and PostgreSQL's driver
 * knows nothing else.
 */
final class LogFile implements LogOptions.Log {

  /** What the libraries log; they say no more than INFO. */
  private static final Logger ALL = Logger.getLogger("");

  /** Held here: a logger that nobody holds forgets its level. */
  private static final Logger OURS = Logger.getLogger("dev.ghost");

  private final Handler handler;

  private LogFile(Handler handler) {
    this.handler = handler;
  }

  /** Keeps everything that is logged from the screen, and from everywhere else. */
  static void silence() {
    for (Handler handler : ALL.getHandlers()) {
      ALL.removeHandler(handler);
    }
    ALL.setLevel(Level.OFF);
  }

  /**
   * Begins to log. What is in the file stays there.
   *
   * @param level of ghost's own lines
   * @throws UsageException if the file cannot be written
   */
  static LogFile open(Path file, LogLevel level) {
    try {
      OutputStream out =
          Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      Handler handler = new Prompt(out);
      handler.setEncoding(StandardCharsets.UTF_8.name());
      handler.setLevel(Level.ALL);
      handler.setErrorManager(new Unwritten(file));
      ALL.setLevel(level.atMostInfo().level());
      OURS.setLevel(level.level());
      ALL.addHandler(handler);
      return new LogFile(handler);
    } catch (IOException e) {
      throw new UsageException(
          "The log file %s cannot be written: %s".formatted(file, e),
          "Check the name that --log-file or GHOST_LOG_FILE gives.",
          e);
    }
  }

  @Override
  public void close() {
    ALL.removeHandler(handler);
    handler.close();
    ALL.setLevel(Level.OFF);
    OURS.setLevel(null);
  }

  /** Writes each event at once: the process may be killed after it. */
  private static final class Prompt extends StreamHandler {
    Prompt(OutputStream out) {
      super(out, new LogFormat());
    }

    @Override
    public synchronized void publish(LogRecord event) {
      super.publish(event);
      flush();
    }
  }

  /** Says once that the log cannot be written; the run continues without it. */
  private static final class Unwritten extends ErrorManager {
    private final Path file;
    private boolean told;

    Unwritten(Path file) {
      this.file = file;
    }

    @Override
    public synchronized void error(String message, Exception e, int code) {
      if (!told) {
        told = true;
        System.err.println("ghost: the log file %s cannot be written: %s".formatted(file, e));
      }
    }
  }
}
