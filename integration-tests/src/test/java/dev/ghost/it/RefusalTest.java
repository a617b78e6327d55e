package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.RefusedException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What cannot be done safely is refused before anything is touched, with the reason and the way
 * out.
 */
@OnServers(otherVersions = {Db.MARIADB, Db.POSTGRES})
class RefusalTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @Needs(Ability.MYSQL_SYNTAX)
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          CREATE TABLE t (a INT);                                 ADD x INT; no primary key
          CREATE TABLE t (a INT, UNIQUE KEY k (a));               ADD x INT; a can be NULL
          CREATE TABLE t (a DOUBLE PRIMARY KEY);                  ADD x INT; a is double
          CREATE TABLE t (a FLOAT PRIMARY KEY);                   ADD x INT; a is float
          CREATE TABLE t (a TEXT NOT NULL, UNIQUE KEY k (a(20))); ADD x INT; prefix
          CREATE TABLE t (a INT PRIMARY KEY, b INT);              DROP COLUMN a, ADD PRIMARY KEY (b); drops a
          CREATE TABLE t (a INT PRIMARY KEY) ENGINE=MyISAM;       ADD x INT; MyISAM
          CREATE TABLE t (a INT PRIMARY KEY);                     ENGINE=MyISAM; storage engine
          CREATE TABLE t (a INT PRIMARY KEY);                     RENAME TO u; renames the table
          CREATE TABLE t (a INT PRIMARY KEY);                     RENAME u; renames the table
          CREATE TABLE t (a INT PRIMARY KEY);                     ADD COLUMN a INT; Duplicate column
          CREATE TABLE t (a INT PRIMARY KEY, b INT);              ADD FOREIGN KEY (b) REFERENCES t (a); foreign key
          CREATE TABLE t (a SET('x','y') PRIMARY KEY);            MODIFY a SET('y','x'); does not keep its values apart
          CREATE VIEW t AS SELECT 1 AS a;                         ADD x INT; is a view
          """)
  void aTable(String create, String change, String reason) throws Exception {
    refuses(create, change, reason);
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void whatOnlyOneProductHas() throws Exception {
    if (db == Db.MYSQL) {
      refuses(
          "CREATE TABLE t (a INT PRIMARY KEY, b INT)",
          "ADD UNIQUE KEY k ((b + 1))",
          "on an expression");
      return;
    }
    refuses(
        "CREATE TABLE t (a INT PRIMARY KEY) WITH SYSTEM VERSIONING",
        "ADD COLUMN x INT",
        "is system versioned");
    schema.execute("DROP TABLE t");
    refuses(
        "CREATE TABLE t (a INT PRIMARY KEY)", "ADD SYSTEM VERSIONING", "makes the table versioned");
    schema.execute("DROP TABLE t");
    refuses("CREATE TABLE t (a INT PRIMARY KEY) ENGINE = Aria", "ADD COLUMN x INT", "Aria");
    schema.execute("DROP TABLE t");
    refuses("CREATE SEQUENCE t", "ADD COLUMN x INT", "is a sequence");
  }

  /** The server would execute them, and rename a column that ghost takes for a new one. */
  @Needs(Ability.EXECUTABLE_COMMENTS)
  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "MODIFY v BIGINT /*!80000 , RENAME COLUMN a TO b */",
        "MODIFY v BIGINT /*M!100100 , RENAME COLUMN a TO b */",
      })
  void whatIsHiddenInAComment(String change) throws Exception {
    refuses("CREATE TABLE t (id INT PRIMARY KEY, v INT, a INT)", change, "RENAME COLUMN a TO b");
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class,
            () -> schema.ghost().script("ALTER TABLE t " + change + ";").build().run());
    assertThat(e).hasMessageContaining("RENAME COLUMN a TO b");
    assertThat(schema.hasColumn("t", "a")).isTrue();
  }

  private void refuses(String create, String change, String reason) throws Exception {
    schema.execute(create);
    RefusedException e = refused(schema.ghost("t", change));
    assertThat(e).hasMessageContaining(reason);
    assertThat(e.remedy()).isNotEmpty();
    assertThat(schema.tables()).containsExactly("t");
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void namesThatAreTaken() throws Exception {
    for (String taken : List.of("t_gho", "t_old", "t_ghc")) {
      schema.execute(
          "CREATE TABLE t (a INT PRIMARY KEY)", "CREATE TABLE %s (b INT)".formatted(taken));
      RefusedException e = refused(schema.ghost("t", "ADD x INT"));
      assertThat(e).hasMessageContaining(taken);
      assertThat(e.remedy()).contains("DROP TABLE `%s`.`%s`".formatted(schema.name(), taken));
      assertThat(schema.tables()).containsExactlyInAnyOrder("t", taken);
      schema.execute("DROP TABLE t", "DROP TABLE " + taken);
    }
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void namesThatAreTakenByWhatIsNoTable() throws Exception {
    for (String taken : List.of("t_gho", "t_old", "t_ghc")) {
      schema.execute(
          "CREATE TABLE t (a INT PRIMARY KEY)",
          "CREATE VIEW %s AS SELECT a FROM t".formatted(taken));
      RefusedException e = refused(schema.ghost("t", "ADD x INT"));
      assertThat(e).hasMessageContaining(taken + " is taken by a view");
      assertThat(e.remedy()).contains("DROP VIEW `%s`.`%s`".formatted(schema.name(), taken));
      schema.execute("DROP VIEW " + taken, "DROP TABLE t");
    }
    if (db == Db.MARIADB) {
      schema.execute("CREATE TABLE t (a INT PRIMARY KEY)", "CREATE SEQUENCE t_old");
      assertThat(refused(schema.ghost("t", "ADD x INT")).remedy()).contains("DROP SEQUENCE");
    }
  }

  /** Words of the definition that stand in a comment. */
  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void whatACommentSaysIsNotRefused() throws Exception {
    schema.execute(
        "CREATE TABLE t (a INT AUTO_INCREMENT PRIMARY KEY) COMMENT = ' AUTO_INCREMENT=77'");
    schema
        .ghost("t", "ADD x INT COMMENT 'WITH SYSTEM VERSIONING', COMMENT 'WITH SYSTEM VERSIONING'")
        .build()
        .run();
    schema.execute("INSERT INTO t (x) VALUES (7)");
    assertThat(schema.value("SELECT a FROM t WHERE x = 7")).isEqualTo("1");
    schema.execute("DROP TABLE t_old");
    assertThat(refused(schema.ghost("t", "ENGINE=MyISAM, COMMENT 'ENGINE=InnoDB'")))
        .hasMessageContaining("storage engine");
  }

  @Needs(Ability.SET_GLOBAL)
  @ParameterizedTest(name = "{0} = {1}")
  @CsvSource({
    "binlog_row_image, MINIMAL, FULL",
    "binlog_order_commits, OFF, ON",
    "binlog_row_value_options, PARTIAL_JSON, ''",
    "binlog_format, STATEMENT, ROW",
    "max_allowed_packet, 65536, 67108864"
  })
  void settingsOfTheServer(String name, String bad, String good) throws Exception {
    Assumptions.assumeFalse(schema.rows("SHOW GLOBAL VARIABLES LIKE '" + name + "'").isEmpty());
    String value = good.matches("[0-9]+") ? "%s" : "'%s'";
    String set = "SET GLOBAL %s = %s".formatted(name, value);
    schema.execute("CREATE TABLE t (a INT PRIMARY KEY)", set.formatted(bad));
    try {
      RefusedException e = refused(schema.ghost("t", "ADD x INT"));
      assertThat(e).hasMessageContaining(name);
      assertThat(e.remedy()).contains("SET GLOBAL " + name);
    } finally {
      schema.execute(set.formatted(good));
    }
    assertThat(schema.tables()).containsExactly("t");
  }

  private static RefusedException refused(MigrationBuilder ghost) {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> ghost.build().run());
    assertThat(e).as("it was not refused").isNotNull();
    return e;
  }

  @Needs(Ability.DEPENDENTS_BY_NUMBER)
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          CREATE MATERIALIZED VIEW m AS SELECT * FROM t;                                  ADD x int;          materialized view
          CREATE TABLE o (r t);                                                           ADD x int;          column r of table
          CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT 1';                    ADD x int;          function
          CREATE VIEW w AS SELECT b FROM t;                                               DROP COLUMN b;      view
          CREATE VIEW w AS SELECT b FROM t;                                               ALTER b TYPE bigint; view
          CREATE TABLE i () INHERITS (t);                                                 ADD x int;          inheritance
          ALTER TABLE t SET UNLOGGED;                                                     ADD x int;          unlogged
          ALTER TABLE t REPLICA IDENTITY NOTHING;                                         ADD x int;          replica identity
          ALTER TABLE t DROP CONSTRAINT t_pkey;                                           ADD x int;          no primary key
          SELECT 1;                                                                       RENAME TO u;        renames the table
          SELECT 1;                                                                       ADD COLUMN b int;   already exists
          SELECT 1;                                                                       SET SCHEMA public;  another schema
          CREATE TABLE t_old (a int);                                                     ADD x int;          is taken
          """)
  void whatCannotFollowIsRefused(String ddl, String change, String reason) throws Exception {
    schema.execute("CREATE TABLE t (a int PRIMARY KEY, b int)", ddl);
    List<String> tables = schema.tables();
    Migration ghost = schema.ghost("t", change).build();
    RefusedException e = catchThrowableOfType(RefusedException.class, ghost::run);
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e).hasMessageContaining(reason);
    assertThat(e.remedy()).isNotEmpty();
    assertThat(schema.tables()).isEqualTo(tables);
    assertThat(schema.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_gho'"))
        .isEmpty();
  }

  @Needs(Ability.DEPENDENTS_BY_NUMBER)
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          CREATE TABLE t_old (a int);                           a table;             DROP TABLE
          CREATE VIEW t_old AS SELECT 1;                        a view;              DROP VIEW
          CREATE MATERIALIZED VIEW t_old AS SELECT 1;           a materialized view; DROP MATERIALIZED VIEW
          CREATE SEQUENCE t_old;                                a sequence;          DROP SEQUENCE
          CREATE INDEX t_old ON t (a);                          an index;            DROP INDEX
          CREATE TYPE t_old AS (a int);                         a type;              DROP TYPE
          CREATE TYPE t_old AS ENUM ('a');                      a type;              DROP TYPE
          CREATE DOMAIN t_old AS int;                           a domain;            DROP DOMAIN
          """)
  void aNameThatIsTakenIsRefusedAsWhatItIs(String ddl, String kind, String drop) throws Exception {
    schema.execute("CREATE TABLE t (a int PRIMARY KEY)", ddl);
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class, () -> schema.ghost("t", "ADD x int").build().run());
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e).hasMessageContaining("t_old is taken by " + kind);
    assertThat(e.remedy()).contains("%s \"%s\".\"t_old\";".formatted(drop, schema.name()));
    schema.execute(e.remedy().replaceFirst("^.*?: (.*?;).*", "$1"));
    schema.ghost("t", "ADD x int").build().run();
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }
}
