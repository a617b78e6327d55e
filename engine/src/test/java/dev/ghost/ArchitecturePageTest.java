package dev.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/architecture.md names is in the code. */
class ArchitecturePageTest {

  private static final Path ROOT = Path.of("..");

  /** {@code `Type`}, {@code `Type.member`} or {@code `Type.Nested`}. */
  private static final Pattern NAME = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)(?:\\.(\\w+))?`");

  private static final Pattern DECLARED =
      Pattern.compile("\\b(?:class|interface|record|enum)\\s+(\\w+)");

  @Test
  void everyTypeAndMemberThatItNamesExists() throws IOException {
    Map<String, String> sources = sources();
    List<String> unknown = new ArrayList<>();
    Matcher names = NAME.matcher(Files.readString(ROOT.resolve("docs/architecture.md")));
    while (names.find()) {
      Optional<String> source = Optional.ofNullable(sources.get(names.group(1)));
      String member = names.group(2) == null ? names.group(1) : names.group(2);
      if (source.filter(s -> Pattern.compile("\\b" + member + "\\b").matcher(s).find()).isEmpty()) {
        unknown.add(names.group());
      }
    }
    assertThat(unknown).isEmpty();
  }

  /** The source in which each type is declared; of those of one name, all of them. */
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : List.of("engine", "cli", "integration-tests")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src"))) {
        files.filter(f -> f.toString().endsWith(".java")).forEach(f -> add(sources, read(f)));
      }
    }
    return sources;
  }

  private static void add(Map<String, String> sources, String source) {
    Matcher declared = DECLARED.matcher(source);
    while (declared.find()) {
      sources.merge(declared.group(1), source, String::concat);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
