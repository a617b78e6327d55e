package dev.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
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
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * How large a file and a package may be, how many interfaces there are for lambdas, and who may
 * import what is internal.
 */
class SourceLimitsTest {

  private static final Path ROOT = Path.of("..");

  private static final int MOST_LINES = 400;

  /** One concept, which is clearer in one place than in two. */
  private static final Set<String> LONGER = Set.of("PendingKeys.java");

  private static final int MOST_CLASSES = 25;

  /** Those of {@code internal.function}, and one for each concept that has a name of its own. */
  private static final int MOST_INTERFACES_OF_ONE_METHOD = 26;

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

  /** One for each lambda gives many names to what is only code that may fail. */
  @Test
  void fewInterfacesHaveOneMethod() throws IOException {
    List<Path> files = sources("engine/src/main/java", "cli/src/main/java");
    files.removeIf(f -> f.getParent().endsWith(API));
    List<String> found = new ArrayList<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(files));
      for (CompilationUnitTree unit : task.parse()) {
        new TreeScanner<Void, Void>() {
          @Override
          public Void visitClass(ClassTree type, Void nothing) {
            if (type.getKind() == Tree.Kind.INTERFACE && abstractMethods(type) == 1) {
              found.add(unit.getSourceFile().getName() + ": " + type.getSimpleName());
            }
            return super.visitClass(type, null);
          }
        }.scan(unit, null);
      }
    }
    assertThat(found).hasSizeLessThanOrEqualTo(MOST_INTERFACES_OF_ONE_METHOD);
  }

  private static long abstractMethods(ClassTree type) {
    return type.getMembers().stream()
        .filter(m -> m instanceof MethodTree method && method.getBody() == null)
        .count();
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
