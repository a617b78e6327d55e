package dev.ghost.cli;

import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One JSON object a line, each with an {@code event} and a {@code time}. Thread-safe.
 *
 * <p>Invariant: the last line is the only one whose event is {@code done} or {@code failed}, and it
 * has the exit code and what that means.
 */
final class JsonEvents {

  private final PrintWriter out;
  private boolean ended;

  JsonEvents(PrintWriter out) {
    this.out = out;
  }

  /** Writes an event that is not the last; nothing when the last one is written. */
  synchronized void write(String event, Map<String, ?> fields) {
    if (!ended) {
      print(event, fields);
    }
  }

  /** Writes the last event of a command that did what it was to do. */
  synchronized void done(ExitCode code, Map<String, ?> fields) {
    end("done", code.number(), code.meaning(), fields);
  }

  /** Writes the last event of a command that failed. */
  synchronized void failed(GhostException e) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("kind", e.getClass().getSimpleName().replace("Exception", ""));
    fields.put("message", e.what());
    fields.put("remedy", e.remedy());
    end("failed", e.exitCode().number(), e.exitCode().meaning(), fields);
  }

  private void end(String event, int exitCode, String meaning, Map<String, ?> fields) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("exitCode", exitCode);
    all.put("meaning", meaning);
    all.putAll(fields);
    write(event, all);
    ended = true;
  }

  private void print(String event, Map<String, ?> fields) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", event);
    line.put("time", Instant.now().toString());
    line.putAll(fields);
    out.println(Json.line(line));
    out.flush();
  }
}
