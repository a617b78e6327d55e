package dev.ghost.internal.dialect.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "now()",
        "a + Now ( )",
        "pg_catalog.now()",
        "COALESCE(a, CURRENT_TIMESTAMP)",
        "' Today '::date",
        "(random() * 5)::int",
        "gen_random_uuid()"
      })
  void whatIsAnotherEachTime(String expression) {
    assertThat(ExpressionText.changes(expression)).isTrue();
    assertThat(ExpressionText.isFixed(expression)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "now",
        "\"now\" + 1",
        "\"current_date\"",
        "'right now'",
        "'now()'",
        "a::timestamptz",
        "lower(a)"
      })
  void whatIsTheSameEachTime(String expression) {
    assertThat(ExpressionText.changes(expression)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          7                  | true
          'a (b)'::text      | true
          (1 + 2)            | true
          '{}'::text[]       | true
          NULL::int          | true
          lower('A')         | false
          nextval('s')       | false
          """)
  void whatIsTheSameForAllRows(String expression, boolean fixed) {
    assertThat(ExpressionText.isFixed(expression)).isEqualTo(fixed);
  }

  @Test
  void theTableCanBeNamed() {
    assertThat(ExpressionText.ofSource("a::int", "public", "t")).isEqualTo("a::int");
    assertThat(ExpressionText.ofSource("T.a::int", "public", "t"))
        .isEqualTo("SELECT T.a::int FROM (SELECT s.*) AS \"t\"");
    assertThat(ExpressionText.ofSource("public.\"t\".a || t.b", "public", "t"))
        .isEqualTo("SELECT \"t\".a || t.b FROM (SELECT s.*) AS \"t\"");
  }
}
