package dev.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How large a file and a package may be, and who may import what is internal. */
class SourceLimitsTest {

  private static final Path ROOT = Path.of("..");

  private static final int MOST_LINES = 400;

  /** One concept, which is clearer in one place than in two. */
  private static final Set<String> LONGER = Set.of("PendingKeys.java");

  private static final int MOST_CLASSES = 25;

  /** What the library has for its callers: a type for each thing that can be said. */
  private static final String API = "dev/ghost/api";

  private static List<Path> sources(String... folders) {
    List<Path> sources = new ArrayList<>();
    for (String folder : folders) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return sources;
  }

  @Test
  void noFileIsTooLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : sources("engine/src/main/java", "cli/src/main/java")) {
      int lines = Files.readAllLines(file).size();
      if (lines > MOST_LINES && !LONGER.contains(file.getFileName().toString())) {
        tooLong.add(file + ": " + lines);
      }
    }
    assertThat(tooLong).isEmpty();
  }

  @Test
  void noPackageHasTooManyClasses() {
    Map<Path, Integer> classes = new TreeMap<>();
    sources("engine/src/main/java").stream()
        .filter(f -> !f.endsWith("package-info.java") && !f.getParent().endsWith(API))
        .forEach(f -> classes.merge(f.getParent(), 1, Integer::sum));
    classes.values().removeIf(n -> n <= MOST_CLASSES);
    assertThat(classes).isEmpty();
  }

  @Test
  void theCommandUsesThePublicLibraryOnly() throws IOException {
    List<String> imports = new ArrayList<>();
    for (Path file : sources("cli/src/main/java")) {
      for (String line : Files.readAllLines(file)) {
        if (line.contains("dev.ghost.internal")) {
          imports.add(file + ": " + line);
        }
      }
    }
    assertThat(imports).isEmpty();
  }
}
