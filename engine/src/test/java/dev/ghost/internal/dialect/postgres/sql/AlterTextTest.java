package dev.ghost.internal.dialect.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
  void whatIsDroppedIsKnownByItsKindAndName() {
    assertThat(
            AlterText.parseChange(
                    "DROP COLUMN a, DROP B CASCADE, drop constraint \"C c\", DROP COLUMN IF EXISTS"
                        + " d, DROP CONSTRAINT IF EXISTS e, ALTER f DROP NOT NULL, ADD g int, DROP"
                        + " \"column\"")
                .drops())
        .containsExactly(
            new AlterText.Dropped("column", "a"),
            new AlterText.Dropped("column", "b"),
            new AlterText.Dropped("constraint", "C c"),
            new AlterText.Dropped("column", "column"));
  }

  /** The server folds no other letters, in the encoding that databases have today. */
  @Test
  void onlyLettersOfAsciiAreFolded() {
    AlterText text =
        AlterText.parseStatement(
            "ALTER TABLE \u00c4RGER ALTER \u00dcBER TYPE int USING 1, DROP \u00d6L");
    assertThat(text.table()).isEqualTo("\u00c4rger");
    assertThat(text.usings()).containsOnlyKeys("\u00dcber");
    assertThat(text.drops()).containsExactly(new AlterText.Dropped("column", "\u00d6l"));
  }

  /** What we write behind it would belong to the comment. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ADD x int -- one                    | ADD x int
          ADD x int --                        | ADD x int
          ADD x int; -- one                   | ADD x int
          ADD x int /* one /* two */ */ ;     | ADD x int
          /* a */ ADD/* b */x text DEFAULT E'-- \\' /* c */' | ADD x text DEFAULT E'-- \\' /* c */'
          ADD "-- x" text DEFAULT $a$--$a$ -- one | ADD "-- x" text DEFAULT $a$--$a$
          """)
  void commentsDoNotGoToTheServer(String change, String sent) {
    assertThat(AlterText.parseChange(change).change()).isEqualTo(sent);
    assertThat(AlterText.parseStatement("ALTER TABLE t " + change).change()).isEqualTo(sent);
  }

  @Test
  void aCommentEndsWithItsLine() {
    assertThat(AlterText.parseChange("ADD x text DEFAULT 'a' -- one\n 'b', ADD y int").change())
        .isEqualTo("ADD x text DEFAULT 'a'\n'b', ADD y int");
    assertThat(AlterText.parseChange("ADD x int -- one\r, DROP y").drops()).hasSize(1);
  }

  /** Only MySQL and MariaDB execute these. */
  @Test
  void anExecutableCommentOfOtherServersIsAComment() {
    AlterText text = AlterText.parseChange("ADD x int /*!80000 , RENAME a TO b */, ADD y int");
    assertThat(text.words())
        .containsExactly(List.of("add", "x", "int"), List.of("add", "y", "int"));
  }

  @Test
  void questionMarksOfOperatorsAreDoubled() {
    assertThat(Parameters.escaped("j ? 'why?' AND \"a?\" -- ?\n AND k ?| x"))
        .isEqualTo("j ?? 'why?' AND \"a?\" -- ?\n AND k ??| x");
  }
}
