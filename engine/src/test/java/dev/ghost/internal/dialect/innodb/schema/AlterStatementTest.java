package dev.ghost.internal.dialect.innodb.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.innodb.schema.TableParts.Kind;
import dev.ghost.internal.dialect.innodb.sql.Syntax;
import dev.ghost.internal.dialect.innodb.sql.Tokens;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource
class AlterStatementTest {

  enum Products implements Syntax {
    MYSQL {
      @Override
      public boolean knowsConditions() {
        return false;
      }
    },
    MARIADB {
      @Override
      public boolean knowsConditions() {
        return true;
      }
    }
  }

  @Parameter Products syntax;

  @Test
  void tableAndChangeAreTakenApart() {
    AlterStatement s =
        AlterStatement.parse("alter table `my shop`.`or``ders` ADD COLUMN \u00e4 INT ;", "ignored");
    assertThat(s.request().table()).isEqualTo(new TableName("my shop", "or`ders"));
    assertThat(s.request().change()).isEqualTo("ADD COLUMN \u00e4 INT");
    assertThat(AlterStatement.parse("ALTER TABLE t ADD x INT", "s").request().table())
        .isEqualTo(new TableName("s", "t"));
  }

  @Test
  void aScriptIsCutAtItsSemicolons() {
    assertThat(
            Tokens.statements(
                "-- first; one\nALTER TABLE a ADD \ud83d\ude00 TEXT COMMENT ';\\';';; # or; two\n"
                    + " ALTER TABLE `b;` ADD y INT /* ; */;"))
        .containsExactly(
            "ALTER TABLE a ADD \ud83d\ude00 TEXT COMMENT ';\\';'", "ALTER TABLE `b;` ADD y INT");
    assertThat(Tokens.statements(" -- nothing\n;")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MODIFY v BIGINT /*!80000 , RENAME COLUMN a TO b */",
        "ADD x INT /*! , DROP a */, ADD y INT",
        "/*M! RENAME COLUMN a TO b, */ ADD x INT",
        "ADD x INT COMMENT 'it''s' /*M!100100 , DROP a */",
        "ADD x INT /*!*/",
        "ADD x INT /*!80000\n, DROP a */",
      })
  void whatTheServerExecutesIsNoComment(String change) {
    String comment = change.substring(change.indexOf("/*"), change.indexOf("*/") + 2);
    for (Runnable text :
        List.<Runnable>of(
            () -> parse(change), () -> Tokens.statements("ALTER TABLE t " + change + ";"))) {
      assertThatThrownBy(text::run)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(comment.replace('\n', ' '))
          .satisfies(
              e -> assertThat(((RefusedException) e).remedy()).contains("without the comment"));
    }
  }

  /** As a dump has it; the text between its semicolons is nothing but that. */
  @Test
  void aStatementOfAScriptThatIsSuchACommentIsNotPassedOver() {
    assertThatThrownBy(
            () ->
                Tokens.statements("ALTER TABLE t ADD x INT; /*!40101 SET NAMES utf8; */; SELECT 1"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("/*!40101 SET NAMES utf8; */");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD x INT COMMENT '/*! not one */'",
        "ADD x INT COMMENT 'it''s \\' /*!80000 not one */'",
        "ADD x INT COMMENT \"/*M! not one */\"",
        "ADD `/*! x */` INT",
        "ADD x INT -- /*! not one */\n",
        "ADD x INT --\t/*! not one */\n",
        "ADD x INT --\n",
        "ADD x INT # /*! not one */\n",
        "ADD x INT /* /*! not one */",
        "ADD x INT /*+ a hint */",
        "ADD x INT /* ! */ /*m! */ /**/",
        "ADD x INT DEFAULT (1 - -1)",
      })
  void ordinaryCommentsAndQuotesAreNotTakenForThat(String change) {
    assertThat(parse(change).originOf("a", List.of("a"))).contains("a");
    assertThat(Tokens.statements("ALTER TABLE t " + change + ";")).hasSize(1);
  }

  /** What we write behind it would belong to the comment. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ADD x INT -- one                         | ADD x INT
          ADD x INT --                             | ADD x INT
          ADD x INT # one                          | ADD x INT
          ADD x INT; -- one                        | ADD x INT
          ADD x INT /* one */ ;                    | ADD x INT
          /* a */ ADD/* b */x INT COMMENT '-- # /* c */' | ADD x INT COMMENT '-- # /* c */'
          ADD `-- x` INT -- \ud83d\ude00 one      | ADD `-- x` INT
          """)
  void commentsDoNotGoToTheServer(String change, String sent) {
    assertThat(parse(change).request().change()).isEqualTo(sent);
    assertThat(parse(change).forServer(syntax, PARTS).change()).isEqualTo(sent);
  }

  @Test
  void aCommentInTheMiddleEndsWhereItEnds() {
    AlterStatement s = parse("ADD x INT -- one, DROP b\n, DROP a -- two\n");
    assertThat(s.request().change()).isEqualTo("ADD x INT  , DROP a");
    assertThat(s.originOf("b", List.of("a", "b"))).contains("b");
  }

  /** The server takes the first for a minus, and the others for comments up to a line feed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD x INT AS (v --1), RENAME COLUMN a TO b, ADD y INT AS (1\n)",
        "ADD x INT -- one\r, DROP a",
        "ADD x INT # one\r, DROP a",
      })
  void aCommentThatTheServerSeesOtherwiseIsRefused(String change) {
    assertThatThrownBy(() -> parse(change))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("not certain where the server sees a comment");
  }

  /** Whatever hid it from us. */
  @Test
  void aColumnThatGoesWithoutADropIsLost() {
    List<String> columns = List.of("a", "B", "c");
    assertThat(parse("MODIFY v BIGINT").lost(columns, List.of("A", "x", "c"))).containsExactly("B");
    assertThat(parse("DROP b").lost(columns, List.of("a", "c"))).isEmpty();
    assertThat(parse("CHANGE b x INT").lost(columns, List.of("a", "X", "c"))).isEmpty();
    assertThat(parse("RENAME COLUMN b TO c, RENAME COLUMN c TO b").lost(columns, columns))
        .isEmpty();
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
        "ADD COLUMN x INT), DROP (y",
        ", ADD COLUMN x INT",
        "ADD COLUMN x INT, , ADD COLUMN y INT",
        "ADD COLUMN x INT; ADD COLUMN y INT",
        "ADD CHECK (x > (1), DROP COLUMN y",
        "WAIT 5 ADD COLUMN x INT",
        "NOWAIT DROP COLUMN x",
      })
  void whatDoesNotParseIsUsage(String change) {
    assertThatThrownBy(() -> parse(change)).isInstanceOf(UsageException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE",
        "ALTER TABLE t",
        "ALTER TABLE t;",
        "ALTER TABLE ; ADD x INT",
        "ALTER TABLE ( ADD x INT)",
        "ALTER TABLE 't' ADD x INT",
        "ALTER TABLE IF t ADD x INT",
        "ALTER t ADD x INT",
        "DROP TABLE t",
        "NONSENSE",
      })
  void whatIsNoStatementOfATableIsUsage(String statement) {
    assertThatThrownBy(() -> AlterStatement.parse(statement, "s"))
        .isInstanceOf(UsageException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER TABLE s.t ADD x INT             | s     | t
          ALTER TABLE s . `t` ADD x INT         | s     | t
          ALTER TABLE `s`.t ADD x INT           | s     | t
          ALTER ONLINE TABLE IF EXISTS t ADD x INT | other | t
          ALTER TABLE täж$1 ADD x INT | other | täж$1
          ALTER TABLE "a b" ADD x INT           | other | a b
          """)
  void theTablesName(String statement, String schema, String table) {
    AlterRequest request = AlterStatement.parse(statement, "other").request();
    assertThat(request.table()).isEqualTo(new TableName(schema, table));
    assertThat(request.change()).isEqualTo("ADD x INT");
  }

  /** Whether it is correct is for the server; here it is only taken apart. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ORDER BY a, b",
        "ADD x INT, ORDER BY a DESC, b ASC",
        "ALTER CONSTRAINT c NOT ENFORCED",
        "CONVERT TO CHARACTER SET DEFAULT",
        "AUTOEXTEND_SIZE=4M",
        "TABLESPACE innodb_file_per_table",
        "SECONDARY_ENGINE=rapid, ADD x INT",
        "MODIFY b VARCHAR(10) ASCII",
        "ADD x DATE DEFAULT {d '2024-01-01'}",
        "REORGANIZE PARTITION p0, p1 INTO (PARTITION p VALUES LESS THAN (9), PARTITION q VALUES"
            + " LESS THAN (99))",
        "REBUILD PARTITION p0, p1",
        "ADD COLUMN",
        "RENAME COLUMN",
        "CHANGE",
        "ADD x INT garbage",
        "ADD x INT ADD y INT",
      })
  void whatTheServerIsToJudgeIsNotMisread(String change) {
    AlterStatement s = parse(change);
    List<String> columns = List.of("a", "b", "c");
    assertThat(s.lost(columns, columns)).isEmpty();
    assertThat(columns).allMatch(c -> s.originOf(c, columns).equals(Optional.of(c)));
    assertThat(s.change()).isEqualTo(change);
    assertThat(s.unconditional(syntax)).isEqualTo(change);
    assertThat(s.forServer(syntax, PARTS).change()).isEqualTo(change);
    assertThat(s.changeOf(new CheckNames(Map.of("x", "y")))).isEqualTo(change);
    s.refuseImpossible();
    s.refuseMissing(PARTS);
    assertThat(s.renamesTable()).isFalse();
    assertThat(s.namesAlgorithm()).isFalse();
    assertThat(s.counter()).isEmpty();
    assertThat(s.onlyAddsForeignKeys(new TableName("s", "t"))).isEmpty();
  }

  /** The commas behind ORDER BY, and between partitions, are not between actions. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ORDER BY a, DROP b",
        "ORDER BY a, RENAME COLUMN b TO c",
        "ORDER BY algorithm, lock",
        "OPTIMIZE PARTITION p0, DROP b",
      })
  void whatFollowsSuchACommaIsNoAction(String change) {
    AlterStatement s = parse(change);
    assertThat(s.originOf("b", List.of("a", "b"))).contains("b");
    assertThat(s.namesAlgorithm()).isFalse();
  }

  /** The server gets to see the actions that are left out for it, too, if only to parse them. */
  @Test
  void whatIsLeftOutIsParsedAllTheSame() {
    String change = "ADD COLUMN IF NOT EXISTS note TEXT garbage, DROP COLUMN IF EXISTS gone";
    String plain = "ADD COLUMN note TEXT garbage, DROP COLUMN gone";
    assertThat(parse(change).unconditional(syntax))
        .isEqualTo(syntax == Products.MYSQL ? plain : change);
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
        "ADD FOREIGN KEY (a b) REFERENCES p (x, y)",
        "ADD FOREIGN KEY (a,) REFERENCES p (x)",
        "ADD FOREIGN KEY () REFERENCES p (x)",
        "ADD FOREIGN KEY (a DESC) REFERENCES p (x)",
        "ADD FOREIGN KEY (a(10)) REFERENCES p (x)",
        "ADD FOREIGN KEY (a) REFERENCES (x)",
        "ADD FOREIGN KEY (a) REFERENCES p q (x)",
        "ADD FOREIGN KEY (a) REFERENCES p (x) garbage",
        "ADD FOREIGN KEY (a) REFERENCES p (x) ON DELETE",
        "ADD FOREIGN KEY (a) REFERENCES p (x) PARTITION BY HASH (a)",
        "DROP FOREIGN KEY a"
      })
  void whatDoesMoreThanAddForeignKeys(String change) {
    assertThat(parse(change).onlyAddsForeignKeys(new TableName("s", "t"))).isEmpty();
  }

  /** A table with what the tests below name. */
  private static final TableParts PARTS =
      new TableParts(
          new TableName("s", "t"),
          Map.of(
              Kind.COLUMN, List.of("id", "total", "Note"),
              Kind.INDEX, List.of("PRIMARY", "by_total", "total"),
              Kind.FOREIGN_KEY, List.of("to_p"),
              Kind.CHECK, List.of("positive"),
              Kind.CONSTRAINT, List.of("PRIMARY", "to_p", "positive")));

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          DROP COLUMN totl;                    no column totl;              total
          DROP `totale`;                       no column totale;            total
          ADD x INT, DROP COLUMN ntoe;         no column ntoe;              Note
          DROP KEY by_totl;                    no index by_totl;            by_total
          DROP INDEX `total2`;                 no index total2;             total
          DROP FOREIGN KEY to_q;               no foreign key to_q;         to_p
          DROP CHECK positiv;                  no CHECK constraint positiv; positive
          DROP CONSTRAINT to_o;                no constraint to_o;          to_p
          DROP COLUMN by_total;                no column by_total;          Correct the name
          DROP FOREIGN KEY by_total;           no foreign key by_total;     Correct the name
          """)
  void whatIsDroppedAndNotThereIsNamed(String change, String missing, String nearest) {
    assertThatThrownBy(() -> parse(change).refuseMissing(PARTS))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("s.t has " + missing + ".")
        .satisfies(e -> assertThat(((RefusedException) e).remedy()).contains(nearest));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP COLUMN TOTAL, DROP note",
        "DROP KEY BY_TOTAL, DROP INDEX total, DROP PRIMARY KEY, DROP KEY `PRIMARY`",
        "DROP FOREIGN KEY To_p, DROP CHECK positive",
        "DROP CONSTRAINT to_p, DROP CONSTRAINT `positive`",
        "DROP COLUMN IF EXISTS x, DROP IF EXISTS x, DROP KEY IF EXISTS x",
        "DROP FOREIGN KEY IF EXISTS x, DROP CONSTRAINT IF EXISTS x, DROP CHECK IF EXISTS x",
        "ADD COLUMN x INT, MODIFY y INT, RENAME COLUMN z TO z2, ADD INDEX x (y)",
        "DROP PARTITION p0, DROP SYSTEM VERSIONING, DROP PERIOD FOR SYSTEM_TIME",
      })
  void whatIsThereOrMayBeMissingIsNot(String change) {
    assertThatCode(() -> parse(change).refuseMissing(PARTS)).doesNotThrowAnyException();
  }

  @Test
  void aTableWithoutPrimaryKeyHasNoneToDrop() {
    TableParts none =
        new TableParts(new TableName("s", "t"), Map.of(Kind.INDEX, List.of("by_total")));
    assertThatThrownBy(() -> parse("DROP PRIMARY KEY").refuseMissing(none))
        .hasMessageContaining("s.t has no index PRIMARY");
  }

  /** Of MySQL; MariaDB has the words, and gets them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ADD COLUMN IF NOT EXISTS x INT                                 | ADD COLUMN x INT
          ADD IF NOT EXISTS x INT COMMENT 'IF NOT EXISTS'                | ADD x INT COMMENT 'IF NOT EXISTS'
          ADD COLUMN IF NOT EXISTS NOTE TEXT                             | ''
          ADD COLUMN IF NOT EXISTS note TEXT, ADD y ENUM('a','b')        | ADD y ENUM('a','b')
          ADD y INT, DROP COLUMN IF EXISTS x, DROP COLUMN IF EXISTS note | ADD y INT, DROP COLUMN note
          DROP IF EXISTS `x`                                             | ''
          MODIFY COLUMN IF EXISTS x INT, MODIFY IF EXISTS total BIGINT   | MODIFY total BIGINT
          CHANGE IF EXISTS total sum INT, CHANGE COLUMN IF EXISTS x z INT | CHANGE total sum INT
          RENAME COLUMN IF EXISTS total TO sum, RENAME COLUMN IF EXISTS x TO z | RENAME COLUMN total TO sum
          ALTER COLUMN IF EXISTS total SET DEFAULT 1, ALTER IF EXISTS x DROP DEFAULT | ALTER COLUMN total SET DEFAULT 1
          ADD INDEX IF NOT EXISTS by_total (x), ADD KEY IF NOT EXISTS by_x (x) | ADD KEY by_x (x)
          ADD UNIQUE KEY IF NOT EXISTS by_total (x), ADD UNIQUE IF NOT EXISTS u (x) | ADD UNIQUE u (x)
          ADD INDEX IF NOT EXISTS (total, x), ADD INDEX IF NOT EXISTS (x) | ADD INDEX (x)
          ADD FULLTEXT INDEX IF NOT EXISTS by_note (note)                | ADD FULLTEXT INDEX by_note (note)
          DROP KEY IF EXISTS by_total, DROP INDEX IF EXISTS by_x         | DROP KEY by_total
          RENAME INDEX IF EXISTS by_total TO b, RENAME KEY IF EXISTS x TO y | RENAME INDEX by_total TO b
          ADD CONSTRAINT to_p FOREIGN KEY IF NOT EXISTS (x) REFERENCES p (id) | ''
          ADD CONSTRAINT to_q FOREIGN KEY IF NOT EXISTS (x) REFERENCES q (id) | ADD CONSTRAINT to_q FOREIGN KEY (x) REFERENCES q (id)
          ADD CONSTRAINT IF NOT EXISTS positive CHECK (total > 0)        | ''
          ADD CONSTRAINT IF NOT EXISTS p2 CHECK (total <> 2)             | ADD CONSTRAINT p2 CHECK (total <> 2)
          ADD CONSTRAINT by_total UNIQUE KEY IF NOT EXISTS (x)           | ''
          ADD PRIMARY KEY IF NOT EXISTS (id)                             | ''
          DROP FOREIGN KEY IF EXISTS to_p, DROP FOREIGN KEY IF EXISTS f  | DROP FOREIGN KEY to_p
          DROP CONSTRAINT IF EXISTS positive, DROP CONSTRAINT IF EXISTS f | DROP CONSTRAINT positive
          DROP CHECK IF EXISTS positive, DROP CHECK IF EXISTS f          | DROP CHECK positive
          DROP COLUMN IF EXISTS note, ALGORITHM=INPLACE                  | DROP COLUMN note, ALGORITHM=INPLACE
          """)
  void conditionsAreDecidedWhereTheServerHasNone(String change, String left) {
    AlterStatement s = parse(change);
    String expected = syntax == Products.MYSQL ? left : change;
    assertThat(s.forServer(syntax, PARTS).change()).isEqualTo(expected);
    assertThat(s.request().change()).as("what a later run compares").isEqualTo(change);
  }

  @Test
  void whatHasNoConditionGoesToTheServerAsItIs() {
    String change = "ADD x INT  ,MODIFY `IF` INT DEFAULT (IF(1,2,3))";
    assertThat(parse(change).forServer(syntax, PARTS).change()).isEqualTo(change);
  }

  @Test
  void columnsAreFollowedThroughConditions() {
    AlterStatement s =
        parse(
                "CHANGE COLUMN IF EXISTS total sum INT, DROP COLUMN IF EXISTS note, DROP COLUMN IF"
                    + " EXISTS x, ADD COLUMN IF NOT EXISTS y INT")
            .forServer(syntax, PARTS);
    List<String> columns = List.of("id", "total", "note");
    assertThat(s.originOf("sum", columns)).contains("total");
    assertThat(s.originOf("note", columns)).isEmpty();
    assertThat(s.lost(columns, List.of("id", "sum", "y"))).isEmpty();
  }

  @Test
  void foreignKeysWithAConditionAreForeignKeys() {
    TableName t = new TableName("s", "t");
    ForeignKey toP =
        new ForeignKey(t, "to_p", List.of("id"), new TableName("s", "p"), List.of("id"), "");
    assertThat(parse("DROP FOREIGN KEY IF EXISTS TO_P").onlyDrops(List.of(toP))).contains(toP);
    assertThat(parse("DROP CONSTRAINT IF EXISTS to_p").onlyDrops(List.of(toP))).contains(toP);
    assertThat(parse("DROP KEY to_p").onlyDrops(List.of(toP))).isEmpty();
    assertThat(parse("DROP FOREIGN KEY to_p garbage").onlyDrops(List.of(toP))).isEmpty();
    if (syntax == Products.MYSQL) {
      assertThat(
              parse("ADD CONSTRAINT q FOREIGN KEY IF NOT EXISTS (id) REFERENCES p (id)")
                  .forServer(syntax, PARTS)
                  .onlyAddsForeignKeys(t))
          .isPresent();
    }
  }

  @Test
  void aConditionThatCannotBeDecidedIsRefused() {
    if (syntax == Products.MARIADB) {
      return;
    }
    assertThatThrownBy(
            () -> parse("ADD COLUMN IF NOT EXISTS (x INT, y INT)").forServer(syntax, PARTS))
        .isInstanceOf(UsageException.class);
    String partitioned = "DROP COLUMN IF EXISTS %s PARTITION BY HASH (id)";
    assertThatThrownBy(() -> parse(partitioned.formatted("x")).forServer(syntax, PARTS))
        .isInstanceOf(RefusedException.class);
    assertThat(parse(partitioned.formatted("note")).forServer(syntax, PARTS).change())
        .isEqualTo("DROP COLUMN note PARTITION BY HASH (id)");
  }

  private AlterStatement parse(String change) {
    return AlterStatement.parse("ALTER TABLE t " + change, "s");
  }

  /** Of a table whose checks have other names. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DROP CHECK a, ADD x INT      | DROP CHECK `g_1`, ADD x INT
          drop constraint `A`          | drop constraint `g_1`
          ALTER CHECK a NOT ENFORCED   | ALTER CHECK `g_1` NOT ENFORCED
          ALTER CONSTRAINT a ENFORCED  | ALTER CONSTRAINT `g_1` ENFORCED
          DROP COLUMN a, DROP KEY a    | DROP COLUMN a, DROP KEY a
          DROP CONSTRAINT c            | DROP CONSTRAINT c
          ALTER a SET DEFAULT 5        | ALTER a SET DEFAULT 5
          ADD CONSTRAINT a CHECK (b>0) | ADD CONSTRAINT a CHECK (b>0)
          """)
  void checksOfAnotherTable(String change, String there) {
    CheckNames names = new CheckNames(Map.of("a", "g_1"));
    assertThat(AlterStatement.parse("ALTER TABLE t " + change, "s").changeOf(names))
        .isEqualTo(there);
  }

  @Test
  void whatACommentSaysIsNoOption() {
    AlterStatement s =
        AlterStatement.parse(
            "ALTER TABLE t ADD x INT COMMENT 'WITH SYSTEM VERSIONING, DROP y', COMMENT = 'ADD"
                + " SYSTEM VERSIONING'",
            "s");
    assertThat(s.originOf("y", List.of("y"))).contains("y");
    assertThat(s.lost(List.of("y"), List.of("y", "x"))).isEmpty();
    s.refuseImpossible();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          AUTO_INCREMENT = 10                                | 10
          ADD x INT, ENGINE=InnoDB auto_increment 7          | 7
          AUTO_INCREMENT=5 COMMENT='AUTO_INCREMENT = 9'      | 5
          AUTO_INCREMENT=5, AUTO_INCREMENT=6                 | 6
          MODIFY id BIGINT AUTO_INCREMENT, ADD x INT         | -
          MODIFY id INT AUTO_INCREMENT COMMENT 'a' , ADD y INT DEFAULT 5 | -
          ADD `AUTO_INCREMENT` INT DEFAULT 5                 | -
          """)
  void theCounterThatIsSet(String change, String counter) {
    assertThat(
            AlterStatement.parse("ALTER TABLE t " + change, "s")
                .counter()
                .map(String::valueOf)
                .orElse(null))
        .isEqualTo(counter);
  }
}
