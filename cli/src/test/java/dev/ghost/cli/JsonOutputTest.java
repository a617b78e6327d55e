package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ghost.api.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --output json} writes where there is no server: errors, and one last event. */
class JsonOutputTest {

  /** Nobody listens there. */
  private static final String NOBODY = "127.0.0.1:1";

  private static final String URL = "mysql://root@" + NOBODY + "/shop";

  static Stream<Arguments> usageErrors() {
    return Stream.of(
        command("alter", "--url", URL, "--nonsense"),
        command("alter", "--url", URL),
        command("alter", "--url", URL, "--table", "t", "--alter", "ADD x INT", "--threads", "x"),
        command("alter", "--url", URL, "--table", "t", "--alter", "ADD x INT", "--threads", "0"),
        command("alter", "--url", "nonsense", "--table", "t", "--alter", "ADD x INT"),
        command("plan", "--url", URL, "--table", "t", "--alter", "ADD x INT", "--threads", "65"),
        command("alter", "--url", URL, "--table", "t", "--alter", "ADD x INT", "--hooks", "/none"),
        command("alter", "--url", URL, "--table", "t", "--alter", "ADD x", "--config", "/none"),
        command("revert", "--url", URL),
        command("status"),
        command("status", "--url", URL, "extra"),
        command("cleanup", "--url", URL),
        command("drop", "--url", URL),
        command("pause", "--url", URL),
        command("set", "--url", URL, "--table", "t"),
        command("altar", "--url", URL));
  }

  private static Arguments command(String... args) {
    return Arguments.of(List.of(args));
  }

  @ParameterizedTest
  @MethodSource("usageErrors")
  void aUsageErrorIsOneEvent(List<String> args) {
    Invocation invocation = json(args);
    JsonNode last = theOnly(invocation);
    assertThat(invocation.exitCode()).isEqualTo(2);
    assertThat(last.get("kind").asText()).isEqualTo("Usage");
    assertThat(last.get("remedy").asText()).isNotEmpty();
    assertThat(invocation.err()).isEmpty();
  }

  static Stream<Arguments> commands() {
    return Stream.of(
        command("alter", "--table", "t", "--alter", "ADD x INT"),
        command("plan", "--table", "t", "--alter", "ADD x INT"),
        command("revert", "--table", "t"),
        command("status"),
        command("cleanup", "--table", "t"),
        command("drop", "--table", "t"),
        command("pause", "--table", "t"),
        command("resume", "--table", "t"),
        command("set", "--table", "t", "threads=1"),
        command("postpone", "--table", "t"),
        command("cutover", "--table", "t"),
        command("stop", "--table", "t"),
        command("cancel", "--table", "t"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aServerThatIsNotToBeReachedIsOneEvent(List<String> args) {
    for (String scheme : List.of("mysql", "mariadb", "postgresql")) {
      String url = scheme + "://root@" + NOBODY + "/shop";
      Invocation invocation = json(Stream.concat(args.stream(), Stream.of("--url", url)).toList());
      JsonNode last = theOnly(invocation);
      assertThat(invocation.exitCode()).as(invocation.out()).isEqualTo(7);
      assertThat(last.get("kind").asText()).isEqualTo("Stopped");
      assertThat(last.get("message").asText()).contains(NOBODY).contains("cannot be reached");
      assertThat(last.get("remedy").asText()).contains("run the command again");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--output=json", "--output=JSON"})
  void theFormatIsFoundInOneWordToo(String option) {
    Invocation invocation = Invocation.of("alter", "--nonsense", option);
    assertThat(invocation.exitCode()).isEqualTo(2);
    theOnly(invocation);
  }

  @Test
  void theConfigurationFileMayAskForIt(@TempDir Path directory) throws IOException {
    Path config = Files.writeString(directory.resolve("ghost.conf"), "output = json\n");
    theOnly(Invocation.of("alter", "--nonsense", "--config", config.toString()));
    Invocation text =
        Invocation.of("alter", "--nonsense", "--config=" + config, "--output", "text");
    assertThat(text.out()).isEmpty();
    assertThat(text.err()).startsWith("ghost: ");
  }

  @Test
  void inWordsTheWholeCommandIsNamed() {
    Invocation invocation = Invocation.of("alter", "--url", URL);
    assertThat(invocation.exitCode()).isEqualTo(2);
    assertThat(invocation.out()).isEmpty();
    assertThat(invocation.err()).contains("See: ghost alter --help");
  }

  @Test
  void anOptionThatIsOutOfRangeIsNamedOnce() {
    Invocation invocation =
        Invocation.of(
            "alter", "--url", URL, "--table", "t", "--alter", "ADD x INT", "--chunk-time", "0");
    assertThat(invocation.exitCode()).isEqualTo(2);
    assertThat(invocation.err())
        .containsOnlyOnce("--chunk-time is PT0S, and must be more than 0.")
        .containsOnlyOnce("Give a time such as 500ms, 2s or 1m.");
  }

  private static Invocation json(List<String> args) {
    return Invocation.of(
        Stream.concat(args.stream(), Stream.of("--output", "json")).toArray(String[]::new));
  }

  /** The last event, which is the only one that ends something, and has the code of its name. */
  private static JsonNode theOnly(Invocation invocation) {
    List<JsonNode> events = invocation.events();
    assertThat(events).as(invocation.toString()).isNotEmpty();
    JsonNode last = events.get(events.size() - 1);
    assertThat(events.stream().filter(JsonOutputTest::ends)).containsExactly(last);
    assertThat(last.get("event").asText()).isEqualTo("failed");
    assertThat(last.get("time").asText()).isNotEmpty();
    ExitCode code =
        Stream.of(ExitCode.values())
            .filter(c -> c.number() == last.get("exitCode").asInt())
            .findFirst()
            .orElseThrow();
    assertThat(last.get("meaning").asText()).isEqualTo(code.meaning());
    assertThat(invocation.exitCode()).isEqualTo(code.number());
    return last;
  }

  private static boolean ends(JsonNode event) {
    return List.of("done", "failed").contains(event.get("event").asText());
  }
}
