package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.ResourceUsage;
import dev.ghost.api.StoppedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The JSON that programs read, as it was written down. A test that fails here says that a program
 * may have to be changed: name it in the notes of the release, and change the file.
 */
class GoldenFilesTest {

  private static final ObjectMapper READER = new ObjectMapper();

  private static final MigrationStatus STATUS =
      new MigrationStatus(
          "shop.t",
          "MODIFY v BIT(8)",
          true,
          "copy",
          10,
          100,
          5,
          3,
          4,
          20,
          "max-load",
          "gives way",
          true,
          List.of(Accepted.DIFFERENCE),
          null,
          Instant.parse("2026-12-01T07:00:00Z"),
          Instant.parse("2026-12-01T08:01:00.25Z"),
          "app@host, process 17",
          "pause",
          new ResourceUsage(1, 2, 3, -4, 5, List.of("session 7"), List.of("session 8")));

  private final StringWriter written = new StringWriter();

  @Test
  void eachEventOfARun() throws IOException {
    JsonReporter reporter = new JsonReporter(new PrintWriter(written));
    for (MigrationEvent event : Accepted.EVENTS) {
      reporter.on(event);
    }
    assertThat(withoutTimes()).isEqualTo(golden("events.json"));
  }

  @Test
  void aPlan() throws IOException {
    new JsonReporter(new PrintWriter(written)).dryRun(Accepted.PLAN);
    assertThat(withoutTimes()).isEqualTo(golden("plan.json"));
  }

  @Test
  void aResult() throws IOException {
    new JsonReporter(new PrintWriter(written)).done(Accepted.RESULT);
    assertThat(withoutTimes()).isEqualTo(golden("result.json"));
  }

  @Test
  void aFailure() throws IOException {
    new JsonReporter(new PrintWriter(written))
        .failed(new StoppedException("The connection was lost.", "Run it again."));
    assertThat(withoutTimes()).isEqualTo(golden("failure.json"));
  }

  @Test
  void aStatus() throws IOException {
    new JsonEvents(new PrintWriter(written)).write("status", Json.fields(STATUS));
    assertThat(withoutTimes()).isEqualTo(golden("status.json"));
  }

  /** What is written, a line each, without the time of the event. */
  private String withoutTimes() {
    return written
        .toString()
        .lines()
        .map(GoldenFilesTest::timeless)
        .collect(Collectors.joining("\n"));
  }

  private static String timeless(String line) {
    try {
      ObjectNode event = (ObjectNode) READER.readTree(line);
      assertThat(Instant.parse(event.remove("time").asText())).isNotNull();
      return event.toString();
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + line, e);
    }
  }

  private static String golden(String name) throws IOException {
    return Files.readString(Path.of("src/test/resources/golden").resolve(name)).strip();
  }
}
