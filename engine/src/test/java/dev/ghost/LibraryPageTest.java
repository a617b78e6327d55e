package dev.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java in docs/library.md, and in the javadoc of the library, compiles. */
class LibraryPageTest {

  private static final Path PAGE = Path.of("../docs/library.md");
  private static final Path SOURCES = Path.of("src/main/java/dev/ghost");
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\n(.*?)\n[ *]*\\}</pre>", Pattern.DOTALL);

  /** What the examples take for granted. */
  private static final String FRAME =
      """
      import dev.ghost.*;
      import dev.ghost.api.*;
      import java.time.Duration;
      import java.util.List;
      import java.util.Map;
      import javax.sql.DataSource;
      import org.slf4j.Logger;
      class Example%d {
        void run(%sDataSource pool, String secret, Logger log) {
      %s
        }
      }
      """;

  @TempDir private Path classes;

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(int number, String text) {
      super(URI.create("string:///Example" + number + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static List<String> examples() throws IOException {
    List<String> examples = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(Files.readString(PAGE));
    while (blocks.find()) {
      examples.add(blocks.group(1));
    }
    try (var files = Files.list(SOURCES)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        Matcher javadocs = EXAMPLE.matcher(Files.readString(file));
        while (javadocs.find()) {
          examples.add(javadocs.group(1).replaceAll("(?m)^ *\\* ?", ""));
        }
      }
    }
    return examples;
  }

  @Test
  void everyExampleCompiles() throws IOException {
    List<String> examples = examples();
    assertThat(examples).hasSizeGreaterThan(15);
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      String given = examples.get(i).contains("Ghost ghost =") ? "" : "Ghost ghost, ";
      sources.add(new Source(i, FRAME.formatted(i, given, examples.get(i))));
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    compiler
        .getTask(
            null,
            null,
            problems,
            List.of("-proc:none", "-d", classes.toString()),
            Set.of(),
            sources)
        .call();
    assertThat(problems.getDiagnostics()).isEmpty();
  }
}
