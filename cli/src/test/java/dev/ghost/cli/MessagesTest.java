package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.CutoverException;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What is said about mistakes and failures, with which exit code, and where to. */
class MessagesTest {

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final PrintWriter outWriter = new PrintWriter(out, true);
  private final PrintWriter errWriter = new PrintWriter(err, true);

  private CommandLine command() {
    return Main.commands().setOut(outWriter).setErr(errWriter);
  }

  private static Invocation alter(String... more) {
    String[] all = new String[more.length + 1];
    all[0] = "alter";
    System.arraycopy(more, 0, all, 1, more.length);
    return Invocation.of(all);
  }

  @Test
  void withoutACommandItSaysWhatCanBeDone() {
    Invocation none = Invocation.of();
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("Say what to do: ghost alter, or ghost help.");
    assertThat(none.out()).isEmpty();
  }

  @Test
  void aMistakenOptionIsAnsweredWithTheOneThatIsLikeIt() {
    Invocation wrong = alter("--url", "mysql://app@db1/s", "--lock-timeot", "1s");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("--lock-timeot").contains("--lock-timeout");
  }

  @Test
  void whatIsMissingIsNamedWithTheHelpOfTheCommand() {
    Invocation missing = alter("--table", "t", "--alter", "ADD c INT");
    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.err()).contains("--url").contains("See: ghost alter --help");
  }

  @Test
  void aMistakeIsAnEventWhereJsonIsWanted() {
    Invocation wrong = alter("--output", "json", "--lock-timeout", "soon");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).isEmpty();
    assertThat(wrong.events()).hasSize(1);
    assertThat(wrong.events().get(0).get("exitCode").asInt()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5 minutes", "-1s"})
  void aTimeThatIsNoneIsToldWithItsOption(String time) {
    Invocation wrong =
        alter(
            "--url",
            "mysql://app@db1/s",
            "--table",
            "t",
            "--alter",
            "x",
            "--drain-timeout=" + time);
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("--drain-timeout").contains("is not a time");
  }

  @Test
  void aPasswordFileThatIsNotThereIsTold() {
    Invocation wrong =
        alter(
            "--url",
            "mysql://app@127.0.0.1/s",
            "--table",
            "t",
            "--alter",
            "ADD c INT",
            "--password-file",
            folder.resolve("none").toString());
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("The password file").contains("--password-file");
  }

  @Test
  void aPasswordFileMayEndWithANewLine() throws Exception {
    Path file = Files.writeString(folder.resolve("password"), " se cret \r\n\n");
    assertThat(Password.find(file, false)).contains(" se cret");
  }

  @Test
  void whereNobodyCanBeAskedThePasswordIsNotAskedFor() {
    Invocation wrong =
        alter(
            "--url",
            "mysql://app@127.0.0.1/s",
            "--table",
            "t",
            "--alter",
            "ADD c INT",
            "--ask-password");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("There is no terminal").contains("GHOST_PASSWORD");
  }

  @Test
  void theEnvironmentCanBeTheMistake() {
    Map<String, String> environment = Map.of("GHOST_OUTPUT", "json", "GHOST_CONFIG", "/none");
    PrintStream before = System.out;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.run(environment::get, "alter")).isEqualTo(2);
    } finally {
      System.setOut(before);
    }
    assertThat(written.toString(StandardCharsets.UTF_8))
        .contains("The configuration file /none cannot be read");
  }

  @Test
  void aFailureIsToldOnceWithItsRemedy() {
    int code = Failure.tell(new CutoverException("no lock", "try later"), command(), false);
    assertThat(code).isEqualTo(5);
    assertThat(err.toString()).startsWith("ghost: no lock").contains("try later");
    assertThat(err.toString()).as("no stack trace").doesNotContain("\tat ");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aBugIsToldWithItsStackTrace() throws Exception {
    assertThat(Failure.tell(new IllegalStateException("odd"), command(), true)).isEqualTo(1);
    JsonNode event = new ObjectMapper().readTree(out.toString());
    assertThat(event.get("exitCode").asInt()).isEqualTo(1);
    assertThat(out.toString()).contains("odd").contains("report this as a bug");
    assertThat(err.toString()).contains("\tat dev.ghost.cli.MessagesTest");
  }

  @Test
  void progressIsOneLineNowAndThenWhereThereIsNoTerminal() {
    Reporter reporter = TextReporter.create(outWriter, errWriter);
    Progress half =
        new Progress(
            Phase.COPY,
            50,
            100,
            10,
            3,
            7,
            Duration.ofMillis(12),
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(5));
    reporter.progress(half);
    reporter.progress(half);
    assertThat(err.toString().lines())
        .containsExactly(
            "copy: 50 of about 100 rows (50 %), 10 rows/s, 5.0 s left; 3 keys pending, 7 applied;"
                + " stream lag 12 ms; 5.0 s so far");
    assertThat(out.toString()).as("the result alone goes there").isEmpty();
  }

  @Test
  void whatHoldsTheCopyIsToldBeforeItsPace() {
    Reporter reporter = TextReporter.create(outWriter, errWriter);
    reporter.progress(
        new Progress(
            Phase.COPY,
            0,
            0,
            0,
            0,
            0,
            Duration.ZERO,
            Optional.of("a file is there"),
            Optional.empty(),
            Duration.ZERO));
    assertThat(err.toString()).contains("HELD, a file is there; 0 rows/s");
  }

  @Test
  void warningsAndTriesGoToStandardErrorAndTheResultToStandardOutput() {
    Reporter reporter = TextReporter.create(outWriter, errWriter);
    reporter.warning("mind the gap");
    reporter.cutoverPostponed(3, "a report is in the way");
    reporter.failed(new RefusedException("cannot", "do not"));
    assertThat(err.toString().lines())
        .startsWith("warning: mind the gap", "cutover, try 3: a report is in the way")
        .anyMatch(line -> line.startsWith("ghost: cannot"));
    assertThat(out.toString()).isEmpty();
    reporter.done(Accepted.RESULT);
    assertThat(out.toString())
        .contains("shop.t has its new schema.")
        .contains("writers stalled for at most 12 ms, readers for 3 ms, on try 1")
        .contains("DROP TABLE shop.t_old");
    assertThat(List.of(out.toString().split("\n"))).hasSizeGreaterThan(3);
  }
}
