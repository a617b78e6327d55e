package dev.ghost.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One call of the command line in this process, and what it wrote.
 *
 * @param out standard output
 * @param err standard error
 */
record Invocation(int exitCode, String out, String err) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Calls it. Not for tests that run at the same time: the streams are the process's. */
  static Invocation of(String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    ByteArrayOutputStream complained = new ByteArrayOutputStream();
    try (PrintStream newOut = new PrintStream(written, true, StandardCharsets.UTF_8);
        PrintStream newErr = new PrintStream(complained, true, StandardCharsets.UTF_8)) {
      System.setOut(newOut);
      System.setErr(newErr);
      int code = Main.run(args);
      return new Invocation(
          code,
          written.toString(StandardCharsets.UTF_8),
          complained.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** The lines of standard output, each of which must be an object. */
  List<JsonNode> events() {
    return out.lines().map(Invocation::event).toList();
  }

  private static JsonNode event(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + line, e);
    }
  }
}
