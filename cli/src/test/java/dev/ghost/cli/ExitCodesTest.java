package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One table of exit codes: in the library, in the help, in the docs. */
class ExitCodesTest {

  private static final Path DOCS = Path.of("..", "docs");
  private static final Pattern ROW =
      Pattern.compile("^\\| (\\d+) \\| ([^|]+?) \\|(?: `(\\w+)` \\|)?.*");

  @Test
  void eachExceptionHasACodeOfItsOwn() {
    Map<ExitCode, String> names = new EnumMap<>(ExitCode.class);
    for (GhostException e : exceptions()) {
      assertThat(names.put(e.exitCode(), e.getClass().getSimpleName())).isNull();
    }
    assertThat(names.keySet())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(ExitCode.values())
                .filter(c -> c != ExitCode.DONE && c != ExitCode.PLAN_NEEDS_CARE)
                .toList());
  }

  @Test
  void theNumbersAndTheMeaningsAreDifferent() {
    assertThat(Stream.of(ExitCode.values()).map(ExitCode::number)).doesNotHaveDuplicates();
    assertThat(Stream.of(ExitCode.values()).map(ExitCode::meaning)).doesNotHaveDuplicates();
  }

  @Test
  void theMessageOfAnExceptionCarriesTheRemedy() {
    for (GhostException e : exceptions()) {
      assertThat(e.getMessage()).contains("what").contains("remedy");
      assertThat(e.what()).isEqualTo("what");
      assertThat(e.remedy()).isEqualTo("remedy");
    }
  }

  @Test
  void theTableOfTheCommandHasThemAll() throws IOException {
    Map<Integer, String> meanings = new LinkedHashMap<>();
    Map<Integer, String> exceptions = new LinkedHashMap<>();
    for (Matcher row : rows("alter.md", "## Exit codes")) {
      meanings.put(Integer.valueOf(row.group(1)), row.group(2));
      if (row.group(3) != null) {
        exceptions.put(Integer.valueOf(row.group(1)), row.group(3));
      }
    }
    assertThat(meanings)
        .isEqualTo(
            Stream.of(ExitCode.values())
                .collect(Collectors.toMap(ExitCode::number, ExitCode::meaning)));
    assertThat(exceptions).isEqualTo(exceptionsByNumber());
  }

  @Test
  void theTableOfTheLibraryHasAllExceptions() throws IOException {
    Map<Integer, String> exceptions = new LinkedHashMap<>();
    for (Matcher row : rows("library.md", "| code | exception |")) {
      exceptions.put(Integer.valueOf(row.group(1)), row.group(2).replace("`", ""));
    }
    assertThat(exceptions).isEqualTo(exceptionsByNumber());
  }

  @ParameterizedTest
  @ValueSource(strings = {"alter", "plan", "revert", "status", "drop", "cleanup", "pause"})
  void theHelpOfEachCommandListsThem(String command) {
    String help = Invocation.of(command, "--help").out();
    for (ExitCode code : ExitCode.values()) {
      assertThat(help).containsPattern("(?m)^ +%d +%s$".formatted(code.number(), code.meaning()));
    }
  }

  private static Map<Integer, String> exceptionsByNumber() {
    return exceptions().stream()
        .collect(Collectors.toMap(e -> e.exitCode().number(), e -> e.getClass().getSimpleName()));
  }

  /** One of each class that may be thrown. */
  private static List<GhostException> exceptions() {
    return Arrays.stream(GhostException.class.getPermittedSubclasses())
        .map(ExitCodesTest::exception)
        .toList();
  }

  private static GhostException exception(Class<?> type) {
    try {
      return (GhostException)
          type.getConstructor(String.class, String.class).newInstance("what", "remedy");
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** The rows of the first table that follows a line. */
  private static List<Matcher> rows(String file, String before) throws IOException {
    List<String> lines = Files.readAllLines(DOCS.resolve(file));
    int start =
        lines.indexOf(lines.stream().filter(l -> l.startsWith(before)).findFirst().orElseThrow());
    return lines.stream()
        .skip(start)
        .dropWhile(l -> !ROW.matcher(l).matches())
        .map(ROW::matcher)
        .takeWhile(Matcher::matches)
        .toList();
  }
}
