package dev.ghost.dialect.innodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.plan.TableName;
import io.debezium.ddl.parser.mariadb.generated.MariaDBLexer;
import io.debezium.ddl.parser.mysql.generated.MySqlLexer;
import java.util.List;
import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.Lexer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource
class AlterStatementTest {

  enum Lexers implements Syntax {
    MYSQL {
      @Override
      public Lexer lexer(CharStream statement) {
        return new MySqlLexer(statement);
      }
    },
    MARIADB {
      @Override
      public Lexer lexer(CharStream statement) {
        return new MariaDBLexer(statement);
      }
    };

    @Override
    public void checkSyntax(String statement) {}
  }

  @Parameter Lexers syntax;

  @Test
  void tableAndChangeAreTakenApart() {
    AlterStatement s =
        AlterStatement.parse(
            syntax, "alter table `my shop`.`or``ders` ADD COLUMN \u00e4 INT ;", "ignored");
    assertThat(s.request().table()).isEqualTo(new TableName("my shop", "or`ders"));
    assertThat(s.request().change()).isEqualTo("ADD COLUMN \u00e4 INT");
    assertThat(AlterStatement.parse(syntax, "ALTER TABLE t ADD x INT", "s").request().table())
        .isEqualTo(new TableName("s", "t"));
  }

  @Test
  void aScriptIsCutAtItsSemicolons() {
    assertThat(
            AlterStatement.statements(
                syntax,
                "-- first; one\nALTER TABLE a ADD \ud83d\ude00 TEXT COMMENT ';\\';';; # or; two\n"
                    + " ALTER TABLE `b;` ADD y INT /* ; */;"))
        .containsExactly(
            "ALTER TABLE a ADD \ud83d\ude00 TEXT COMMENT ';\\';'", "ALTER TABLE `b;` ADD y INT");
    assertThat(AlterStatement.statements(syntax, " -- nothing\n;")).isEmpty();
  }

  @Test
  void aColumnIsFollowedThroughRenames() {
    List<String> columns = List.of("a", "b", "c", "d");
    AlterStatement s =
        parse(
            "CHANGE A z INT, ADD COLUMN a INT, RENAME COLUMN b TO C, RENAME COLUMN c TO b, DROP d");
    assertThat(s.originOf("z", columns)).contains("a");
    assertThat(s.originOf("a", columns)).isEmpty();
    assertThat(s.originOf("c", columns)).contains("b");
    assertThat(s.originOf("b", columns)).contains("c");
    assertThat(s.originOf("d", columns)).isEmpty();
  }

  @Test
  void aDroppedNameThatIsUsedAgainIsANewColumn() {
    assertThat(parse("DROP COLUMN a, ADD COLUMN a TEXT").originOf("a", List.of("a", "b")))
        .isEmpty();
  }

  /** Words of no column, and commas and names in quotes and brackets. */
  @Test
  void onlyColumnsAreDroppedAndRenamed() {
    AlterStatement s =
        parse(
            "DROP KEY a, DROP PRIMARY KEY, DROP INDEX b, DROP CHECK c, DROP FOREIGN KEY d, DROP"
                + " COLUMN IF EXISTS e, DROP `KEY`, RENAME INDEX f TO g, ADD CHECK (f <> ', DROP"
                + " f'), /* , DROP f */ CHANGE COLUMN h `x,y` INT COMMENT 'DROP'");
    List<String> columns = List.of("a", "b", "c", "d", "e", "key", "f", "h");
    for (String kept : List.of("a", "b", "c", "d", "f")) {
      assertThat(s.originOf(kept, columns)).contains(kept);
    }
    assertThat(s.originOf("e", columns)).isEmpty();
    assertThat(s.originOf("key", columns)).isEmpty();
    assertThat(s.originOf("x,y", columns)).contains("h");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD COLUMN x INT; DROP TABLE t",
        "",
        "ADD COLUMN x INT,",
        "ADD COLUMN x INT garbage (",
        "ADD COLUMN x INT)",
      })
  void whatDoesNotParseIsUsage(String change) {
    assertThatThrownBy(() -> parse(change)).isInstanceOf(UsageException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RENAME TO u",
        "ADD x INT, RENAME AS u",
        "DISCARD TABLESPACE",
        "ADD FOREIGN KEY (a) REFERENCES p (a)",
        "ADD COLUMN x INT REFERENCES p (a)",
        "DROP PARTITION p0",
        "TRUNCATE PARTITION p0",
        "EXCHANGE PARTITION p0 WITH TABLE u",
        "CONVERT PARTITION p0 TO TABLE u",
      })
  void whatASwapCannotDoIsRefused(String change) {
    assertThatThrownBy(() -> parse(change).refuseImpossible()).isInstanceOf(RefusedException.class);
  }

  @Test
  void foreignKeysThatAreAdded() {
    TableName t = new TableName("s", "t");
    assertThat(
            parse(
                    "ADD CONSTRAINT `to ``p` FOREIGN KEY by_a (a, `b`) REFERENCES p (x, y)"
                        + " ON DELETE SET NULL, add foreign key (c) references `o`.`p` (`z`)")
                .onlyAddsForeignKeys(t))
        .contains(
            List.of(
                new ForeignKey(
                    t,
                    "to `p",
                    List.of("a", "b"),
                    new TableName("s", "p"),
                    List.of("x", "y"),
                    " ON DELETE SET NULL"),
                new ForeignKey(t, "", List.of("c"), new TableName("o", "p"), List.of("z"), "")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD FOREIGN KEY (a) REFERENCES p (x), ADD COLUMN b INT",
        "ADD COLUMN a INT REFERENCES p (x)",
        "ADD CONSTRAINT u UNIQUE (a)",
        "ADD FOREIGN KEY (a) REFERENCES p (x) MATCH FULL",
        "ADD FOREIGN KEY (a) REFERENCES p",
        "DROP FOREIGN KEY a"
      })
  void whatDoesMoreThanAddForeignKeys(String change) {
    assertThat(parse(change).onlyAddsForeignKeys(new TableName("s", "t"))).isEmpty();
  }

  private AlterStatement parse(String change) {
    return AlterStatement.parse(syntax, "ALTER TABLE t " + change, "s");
  }
}
