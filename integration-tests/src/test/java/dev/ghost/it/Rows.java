package dev.ghost.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * The cases of a test with parameters, where each database has its own words for them. One a line;
 * values are separated by semicolons, and nothing is quoted.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ArgumentsSource(Rows.Provider.class)
@interface Rows {

  /** Those of MySQL and MariaDB alike. */
  String innodb() default "";

  /** Those of MySQL alone. */
  String mySql() default "";

  /** Those of MariaDB alone. */
  String mariaDb() default "";

  String postgres() default "";

  /** Chooses by the server of the suite's present run. */
  final class Provider implements ArgumentsProvider {

    @Override
    public Stream<? extends Arguments> provideArguments(
        ParameterDeclarations parameters, ExtensionContext context) {
      Rows rows = context.getRequiredTestMethod().getAnnotation(Rows.class);
      return of(rows, ServerExtension.db(context))
          .map(values -> Arguments.of((Object[]) values.toArray(String[]::new)));
    }

    static Stream<List<String>> of(Rows rows, Db db) {
      String text =
          switch (db) {
            case MYSQL -> rows.innodb() + rows.mySql();
            case MARIADB -> rows.innodb() + rows.mariaDb();
            case POSTGRES -> rows.postgres();
          };
      return text.lines()
          .filter(line -> !line.isBlank())
          .map(line -> Arrays.stream(line.split(";", -1)).map(String::strip).toList());
    }
  }
}
