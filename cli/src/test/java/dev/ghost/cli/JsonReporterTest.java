package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.ExitCode;
import dev.ghost.api.MigrationEvent;
import dev.ghost.api.StoppedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However a command ends, its last event says so, and no other does. */
class JsonReporterTest {

  private final StringWriter written = new StringWriter();
  private final JsonReporter reporter = new JsonReporter(new PrintWriter(written));

  @Test
  void oneChange() throws IOException {
    reporter.done(Accepted.RESULT);
    reporter.ended(ExitCode.DONE);
    assertThat(events()).containsExactly("done");
    JsonNode done = last();
    assertThat(done.get("exitCode").asInt()).isZero();
    assertThat(done.get("meaning").asText()).isEqualTo("done");
    assertThat(done.get("rowsCopied").asLong()).isEqualTo(7);
  }

  @Test
  void aScript() throws IOException {
    reporter.on(new MigrationEvent.StatementDone(1, 2, Accepted.RESULT));
    reporter.on(new MigrationEvent.StatementDone(2, 2, Accepted.RESULT));
    reporter.ended(ExitCode.DONE);
    assertThat(events()).containsExactly("statementDone", "statementDone", "done");
  }

  @Test
  void aPlanThatNeedsMoreCare() throws IOException {
    reporter.ended(ExitCode.PLAN_NEEDS_CARE);
    assertThat(events()).containsExactly("done");
    assertThat(last().get("exitCode").asInt()).isEqualTo(8);
    assertThat(last().get("meaning").asText()).isEqualTo(ExitCode.PLAN_NEEDS_CARE.meaning());
  }

  @Test
  void aFailure() throws IOException {
    reporter.failed(new StoppedException("The connection was lost.", "Run it again."));
    reporter.on(new MigrationEvent.Warned("too late"));
    reporter.failed(new StoppedException("again", ""));
    assertThat(events()).containsExactly("failed");
    JsonNode failed = last();
    assertThat(failed.get("exitCode").asInt()).isEqualTo(7);
    assertThat(failed.get("meaning").asText()).isEqualTo(ExitCode.INTERRUPTED.meaning());
    assertThat(failed.get("kind").asText()).isEqualTo("Stopped");
    assertThat(failed.get("message").asText()).isEqualTo("The connection was lost.");
    assertThat(failed.get("remedy").asText()).isEqualTo("Run it again.");
  }

  @Test
  void aHookThatFailsIsToldOfBefore(@TempDir Path hooks) throws IOException {
    Path hook = Files.writeString(hooks.resolve("failed"), "#!/bin/sh\nexit 3\n");
    Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
    Hooks.of(hooks, reporter).failed(new StoppedException("lost", "again"));
    assertThat(events()).containsExactly("warning", "failed");
  }

  private List<String> events() throws IOException {
    List<String> names = new ArrayList<>();
    for (String line : written.toString().lines().toList()) {
      names.add(new ObjectMapper().readTree(line).get("event").asText());
    }
    return names;
  }

  private JsonNode last() throws IOException {
    List<String> lines = written.toString().lines().toList();
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }
}
