package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.support.AnnotationSupport;

/** The statement of what each server can do says nothing that no test asks for. */
class AbilityTest {

  private static List<Class<?>> suites() throws Exception {
    Path tests = Path.of(AbilityTest.class.getResource("AbilityTest.class").toURI()).getParent();
    List<Class<?>> suites = new ArrayList<>();
    try (Stream<Path> files = Files.list(tests)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith("Test.class") || name.endsWith("Bench.class")) {
          suites.add(
              Class.forName(
                  AbilityTest.class.getPackageName() + "." + name.replace(".class", ""),
                  false,
                  AbilityTest.class.getClassLoader()));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return suites;
  }

  private static List<Ability> ofAll(Class<?> suite) {
    return AnnotationSupport.findAnnotation(suite, OnServers.class).stream()
        .flatMap(wanted -> Stream.of(wanted.whichHave()))
        .toList();
  }

  private static List<Ability> ofOne(Method test) {
    return AnnotationSupport.findAnnotation(test, Needs.class).stream()
        .flatMap(needs -> Stream.of(needs.value()))
        .toList();
  }

  private static List<Method> tests(Class<?> suite) {
    return List.of(suite.getDeclaredMethods());
  }

  private static List<Db> which(List<Ability> wanted) {
    return Stream.of(Db.values()).filter(db -> db.can(wanted.toArray(Ability[]::new))).toList();
  }

  @Test
  void eachIsOfSomeDatabasesAndNotOfAll() {
    for (Ability ability : Ability.values()) {
      assertThat(which(List.of(ability)).size())
          .as(ability.name())
          .isBetween(1, Db.values().length - 1);
    }
  }

  @Test
  void eachIsAskedFor() throws Exception {
    Set<Ability> asked = EnumSet.noneOf(Ability.class);
    for (Class<?> suite : suites()) {
      asked.addAll(ofAll(suite));
      tests(suite).forEach(test -> asked.addAll(ofOne(test)));
    }
    assertThat(asked).containsExactlyInAnyOrder(Ability.values());
  }

  @Test
  void eachTestHasADatabase() throws Exception {
    List<String> without = new ArrayList<>();
    for (Class<?> suite : suites()) {
      for (Method test : tests(suite)) {
        List<Ability> wanted = new ArrayList<>(ofAll(suite));
        wanted.addAll(ofOne(test));
        if (which(wanted).isEmpty()) {
          without.add(suite.getSimpleName() + "." + test.getName());
        }
      }
    }
    assertThat(without).isEmpty();
  }

  /** A test whose cases are written for each database has some for all that it runs on. */
  @Test
  void eachDatabaseHasCases() throws Exception {
    List<String> without = new ArrayList<>();
    for (Class<?> suite : suites()) {
      for (Method test : tests(suite)) {
        List<Ability> wanted = new ArrayList<>(ofAll(suite));
        wanted.addAll(ofOne(test));
        Rows rows = test.getAnnotation(Rows.class);
        for (Db db : rows == null ? List.<Db>of() : which(wanted)) {
          List<List<String>> cases = Rows.Provider.of(rows, db).toList();
          if (cases.isEmpty()
              || cases.stream().mapToInt(List::size).distinct().count() != 1
              || cases.get(0).size() > test.getParameterCount()) {
            without.add(suite.getSimpleName() + "." + test.getName() + " on " + db);
          }
        }
      }
    }
    assertThat(without).isEmpty();
  }
}
