package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's archive of classes, in a folder of its own. */
class ClassArchiveTest {

  private static final String LOADED = "-Xlog:class+load";
  private static final String MAPPED = "dev.ghost.cli.Main source: shared objects file";

  @TempDir private Path home;

  @BeforeEach
  void prepare() throws IOException {
    // One class is enough here, and its archive is made at once.
    write("cli/src/main/cds/classes.lst", "java/lang/Object\n");
    write("cli/target/classes/dev/ghost/cli/Main.class", "");
    for (String part : List.of("ghost", "cli/target/ghost.jar")) {
      Files.copy(Path.of(System.getProperty("ghost.home"), part), home.resolve(part));
    }
  }

  private void write(String name, String content) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @Test
  void aRunLeavesItToTheNextOne() throws Exception {
    assertThat(version(LOADED)).contains("dev.ghost.cli.Main source: ").doesNotContain(MAPPED);
    awaitArchive();
    assertThat(version(LOADED)).contains(MAPPED);
  }

  @Test
  void oneThatIsSpoiltIsNoErrorAndSaysNothing() throws Exception {
    String said = version("");
    Path archive = awaitArchive();
    Files.delete(archive);
    Files.writeString(archive, "spoilt");
    assertThat(version(LOADED)).doesNotContain(MAPPED);
    assertThat(version("")).isEqualTo(said).startsWith("ghost ").hasLineCount(1);
    assertThat(archive).hasContent("spoilt");
  }

  private String version(String jvm) throws Exception {
    try (Launcher ghost = Launcher.start(home, Map.of("JAVA_OPTS", jvm), "--version")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
      return ghost.output();
    }
  }

  /** The launcher makes it beside the run. */
  private Path awaitArchive() throws IOException {
    Until.holds(() -> !archives().isEmpty());
    return archives().get(0);
  }

  private List<Path> archives() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("cli/target"))) {
      return files.filter(file -> file.toString().endsWith(".jsa")).toList();
    }
  }
}
