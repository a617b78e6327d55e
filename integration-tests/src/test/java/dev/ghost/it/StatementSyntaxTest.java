package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a statement may say is for the server to judge: it gets what it parses, and no more. */
@OnServers(whichHave = Ability.MYSQL_SYNTAX)
class StatementSyntaxTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(500);
    schema.execute(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, name VARCHAR(40), r INT, KEY by_r (r))"
            + " CHARSET latin1",
        "CREATE TABLE native LIKE t",
        "INSERT INTO t SELECT i, 1000 - i, CONCAT('name ', i), NULL FROM n");
  }

  private String definition(String table) throws Exception {
    return schema
        .value("SHOW CREATE TABLE " + table)
        .replaceFirst("^\\w+\\|CREATE TABLE `\\w+`", "");
  }

  @ParameterizedTest(name = "{0}")
  @Rows(
      innodb =
          """
          ORDER BY v, name
          ADD x INT, ORDER BY v DESC, name ASC
          CONVERT TO CHARACTER SET DEFAULT
          MODIFY name VARCHAR(50) ASCII
          """,
      mySql =
          """
          TABLESPACE innodb_file_per_table
          AUTOEXTEND_SIZE=4M
          AUTOEXTEND_SIZE=4M COMMENT 'one', ADD x INT
          """)
  void whatTheServerParsesIsMade(String change) throws Exception {
    schema.execute("ALTER TABLE native " + change);
    schema.ghost("t", change).build().run();
    assertThat(definition("t")).isEqualTo(definition("native"));
    assertThat(schema.rows("SELECT id, v, name, r FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT id, v, name, r FROM t_old ORDER BY id"));
    schema.execute("DROP TABLE t_old");
    schema.ghost("t", change.replace("ADD x", "ADD y")).strategy(Strategy.AUTO).build().run();
    assertThat(schema.count("t")).isEqualTo(500);
  }

  @Needs(Ability.CHECKS_NOT_ENFORCED)
  @Test
  void aCheckThatIsNotEnforced() throws Exception {
    schema.execute("ALTER TABLE t ADD CONSTRAINT c CHECK (v > 0)");
    schema.ghost("t", "ALTER CONSTRAINT c NOT ENFORCED").build().run();
    assertThat(definition("t")).contains("NOT ENFORCED");
    schema.execute("INSERT INTO t VALUES (9000, -1, NULL, NULL)");
  }

  /** The catalog only: once a table has a secondary engine, most of its DDL is refused. */
  @Needs(Ability.SECONDARY_ENGINE)
  @Test
  void aSecondaryEngine() throws Exception {
    schema.ghost("t", "SECONDARY_ENGINE=rapid").strategy(Strategy.AUTO).build().run();
    assertThat(definition("t")).containsIgnoringCase("SECONDARY_ENGINE=rapid");
    assertThat(schema.tables()).doesNotContain("t_old");
  }

  /** Also where no server would see it otherwise: what it drops and adds, ghost does in its way. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "ADD COLUMN",
        "NONSENSE",
        "ADD COLUMN x INT garbage",
        "ADD x INT ADD y INT",
        "ADD COLUMN x INT COMMENT 'open",
        "ADD COLUMN x INT IF NOT EXISTS",
        "ADD COLUMN IF EXISTS x INT",
        "ADD COLUMN IF NOT EXISTS v INT garbage",
        "DROP COLUMN IF EXISTS gone garbage",
        "DROP FOREIGN KEY to_p garbage",
        "ADD FOREIGN KEY (v) REFERENCES p (id) garbage",
        "ADD FOREIGN KEY (v r) REFERENCES p (id, id)",
        "RENAME TO u garbage",
        "ORDER BY v,",
        "ORDER BY v, DROP name",
      })
  void whatItDoesNotParseIsUsage(String change) throws Exception {
    schema.execute("ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (r) REFERENCES p (id)");
    String before = definition("t");
    for (Strategy strategy : Strategy.values()) {
      UsageException e =
          catchThrowableOfType(
              UsageException.class,
              () -> schema.ghost("t", change).strategy(strategy).build().run());
      assertThat(e).as("%s", strategy).isNotNull();
      assertThat(e.what()).contains("does not accept the change", "syntax");
    }
    assertThat(schema.tables()).containsExactly("native", "p", "t");
    assertThat(definition("t")).isEqualTo(before);
  }

  /** Of a script, all that is to be made is parsed before any of it is made. */
  @Test
  void aScriptIsParsedAsAWhole() throws Exception {
    UsageException e =
        catchThrowableOfType(
            UsageException.class,
            () ->
                schema
                    .ghost()
                    .script("ALTER TABLE t ADD x INT; ALTER TABLE t ADD y INT garbage;")
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("Statement 2 of 2");
    assertThat(schema.hasColumn("t", "x")).isFalse();
    assertThat(schema.tables()).containsExactly("native", "p", "t");
  }

  /** The user's own settings say what a statement means. */
  @Test
  void itIsParsedInTheUsersSettings() throws Exception {
    schema
        .ghost(
            Schema.at(schema.url() + "?sessionVariables=sql_mode='ANSI_QUOTES'"),
            "t",
            "ADD COLUMN \"a b\" INT, RENAME COLUMN \"v\" TO \"w\"")
        .build()
        .run();
    assertThat(schema.hasColumn("t", "a b")).isTrue();
    assertThat(schema.value("SELECT w FROM t WHERE id = 1")).isEqualTo("999");
  }
}
