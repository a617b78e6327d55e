package dev.ghost.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlterTextTest {

  @Test
  void tableAndChangeAreTakenApart() {
    AlterText text =
        AlterText.parseStatement(
            "alter /* a /* nested */ one */ TABLE if exists ONLY Sales.\"Or\"\"ders\" * add x"
                + " int;");
    assertThat(text.schema()).isEqualTo("sales");
    assertThat(text.table()).isEqualTo("Or\"ders");
    assertThat(text.change()).isEqualTo("add x int");
  }

  @Test
  void theExpressionOfAConversionIsFound() {
    AlterText text =
        AlterText.parseChange(
            """
            ALTER COLUMN a TYPE int USING a::int + 1, -- USING nothing, here
            ALTER "B c" SET DATA TYPE text COLLATE "C" USING coalesce("B c", 'x, USING y', E'it\\'s', $q$ , USING $q$),
            ALTER d TYPE numeric(12, 2), ADD CONSTRAINT e EXCLUDE USING gist (f WITH &&)
            """);
    assertThat(text.usings())
        .isEqualTo(
            Map.of(
                "a",
                "a::int + 1",
                "B c",
                "coalesce(\"B c\", 'x, USING y', E'it\\'s', $q$ , USING $q$)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RENAME TO u",
        "SET SCHEMA s",
        "ADD x int, SET UNLOGGED",
        "ATTACH PARTITION p DEFAULT",
        "INHERIT p",
        "OWNER TO me",
        "DISABLE TRIGGER ALL",
        "VALIDATE CONSTRAINT c",
        "REPLICA IDENTITY FULL",
      })
  void whatNeedsNoCopyOrCannotBeSwappedIsRefused(String change) {
    assertThatThrownBy(() -> AlterText.parseChange(change)).isInstanceOf(RefusedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD x int; DROP TABLE t",
        "",
        "ADD x text DEFAULT 'open",
        "ADD x int, ",
        "/* open ADD x int"
      })
  void whatCannotBeReadIsUsage(String change) {
    assertThatThrownBy(() -> AlterText.parseChange(change)).isInstanceOf(UsageException.class);
  }

  @Test
  void aScriptIsCutAtItsSemicolons() {
    assertThat(
            AlterText.statements(
                "-- first; one\nALTER TABLE a ADD x text DEFAULT ';';;\n ALTER TABLE \"b;\" ADD y"
                    + " text DEFAULT $q$;$q$ /* ; */;"))
        .containsExactly(
            "ALTER TABLE a ADD x text DEFAULT ';'",
            "ALTER TABLE \"b;\" ADD y text DEFAULT $q$;$q$");
    assertThat(AlterText.statements(" -- nothing\n;")).isEmpty();
  }

  @Test
  void questionMarksOfOperatorsAreDoubled() {
    assertThat(Parameters.escaped("j ? 'why?' AND \"a?\" -- ?\n AND k ?| x"))
        .isEqualTo("j ?? 'why?' AND \"a?\" -- ?\n AND k ??| x");
  }
}
