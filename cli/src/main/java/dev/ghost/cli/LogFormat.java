package dev.ghost.cli;

import dev.ghost.LogMask;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.regex.Pattern;

/**
 * One line an event: time, level, thread, logger, message; and behind an error its stack trace.
 * What a library logs is masked, for it may pass on what a server has said.
 */
final class LogFormat extends Formatter {

  private static final String OURS = "dev.ghost";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSxxx");

  private static final Pattern SECRET =
      Pattern.compile(
          "((?:password|passphrase|secret|token)[\\w.]*[\"']?\\s*[=:]\\s*)\\S+",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern LINE_BREAK = Pattern.compile("\\s*\\R\\s*");

  /** By the thread that logs, as handlers are. */
  @Override
  public String format(LogRecord event) {
    String name = String.valueOf(event.getLoggerName());
    boolean ours = name.startsWith(OURS);
    String message = formatMessage(event);
    Throwable thrown = event.getThrown();
    if (!ours) {
      message = SECRET.matcher(LogMask.message(message)).replaceAll("$1…");
      thrown = thrown == null ? null : LogMask.failure(thrown);
    }
    boolean error = event.getLevel().intValue() >= Level.SEVERE.intValue();
    return "%s %-5s [%s] %s: %s%s%n%s"
        .formatted(
            TIME.format(event.getInstant().atZone(ZoneId.systemDefault())),
            LogLevel.of(event.getLevel()),
            Thread.currentThread().getName(),
            name.substring(name.lastIndexOf('.') + 1),
            oneLine(message),
            thrown == null || error ? "" : "; " + oneLine(thrown.toString()),
            thrown == null || !error ? "" : trace(thrown));
  }

  private static String oneLine(String text) {
    return LINE_BREAK.matcher(String.valueOf(text).strip()).replaceAll(" | ");
  }

  private static String trace(Throwable thrown) {
    StringWriter trace = new StringWriter();
    try (PrintWriter to = new PrintWriter(trace)) {
      thrown.printStackTrace(to);
    }
    return trace.toString();
  }
}
