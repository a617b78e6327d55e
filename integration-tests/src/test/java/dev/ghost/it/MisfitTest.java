package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.GhostException;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What does not fit the new schema stops the migration, names the rows, and changes nothing; also
 * where the sample that is compared before the copy has none of these rows.
 */
@OnServers
class MisfitTest {

  @Provided private Db db;
  @Provided private Schema schema;
  private List<String> before;

  @BeforeEach
  void prepare() throws Exception {
    if (db == Db.POSTGRES) {
      makeTableOfPostgres();
    } else {
      makeTableOfInnodb();
    }
    before = schema.rows("SELECT * FROM t ORDER BY id");
  }

  private void makeTableOfInnodb() throws Exception {
    schema.numbers(30_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(40), mail VARCHAR(40), n INT) CHARSET"
            + " utf8mb4",
        "INSERT INTO t SELECT i, CONCAT('name', i), CONCAT('m', i, '@x'), i FROM n",
        "UPDATE t SET name = 'a name that is too long' WHERE id = 15456",
        "UPDATE t SET n = 70000 WHERE id = 14000",
        "UPDATE t SET mail = 'M17@X' WHERE id = 14321",
        "UPDATE t SET n = NULL WHERE id = 17077",
        "UPDATE t SET name = 'snow \u2603' WHERE id = 17399");
  }

  private void makeTableOfPostgres() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(40), mail text, n int)",
        "INSERT INTO t SELECT i, 'name' || i, 'm' || i || '@x', i FROM n",
        "UPDATE t SET name = 'a name that is too long' WHERE id = 3456",
        "UPDATE t SET n = 70000 WHERE id = 4000",
        "UPDATE t SET mail = 'M17@X' WHERE id = 4321",
        "UPDATE t SET n = NULL WHERE id = 77");
  }

  @ParameterizedTest(name = "{0}")
  @Rows(
      innodb =
          """
          MODIFY name VARCHAR(10); id = 15456
          MODIFY n SMALLINT;       id = 14000
          MODIFY n INT NOT NULL;   id = 17077
          CONVERT TO CHARACTER SET latin1; id = 17399
          ADD CHECK (n < 60000);   id = 14000
          """,
      postgres =
          """
          ALTER name TYPE varchar(10);                          id = 3456
          ALTER n TYPE smallint;                                id = 4000
          ALTER n SET NOT NULL;                                 id = 77
          ADD CONSTRAINT c CHECK (n < 60000);                   id = 4000
          ALTER mail TYPE int USING length(mail) / (id - 4000); id = 4000
          ADD l text GENERATED ALWAYS AS (lower(mail)) STORED, ADD CONSTRAINT k UNIQUE (l); m17@x
          ADD CONSTRAINT e EXCLUDE USING gist (int4range(n, n + 2) WITH &&); constraint "e"
          """)
  void aRowThatDoesNotFitIsNamed(String change, String row) throws Exception {
    GhostException e =
        catchThrowableOfType(GhostException.class, () -> schema.ghost("t", change).build().run());
    assertThat(e).as("it did not fail").isNotNull();
    if (db == Db.POSTGRES) {
      // The server's own ALTER refuses it where it is in the sample, else the copy.
      assertThat(e).isInstanceOfAny(RefusedException.class, RowRejectedException.class);
    } else {
      assertThat(e).isInstanceOf(RowRejectedException.class);
    }
    assertThat(e).hasMessageContaining(row);
    assertNothingHappened();
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void duplicatesUnderANewUniqueKeyAreNamed() throws Exception {
    RowRejectedException e = failing("ADD UNIQUE KEY by_mail (mail)");
    assertThat(e).hasMessageContaining("by_mail").hasMessageContaining("17; 14321");
    assertNothingHappened();
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "ADD COLUMN g VARCHAR(40) AS (LOWER(mail)) VIRTUAL, ADD UNIQUE KEY by_mail (g)",
        "ADD COLUMN tenant INT NOT NULL DEFAULT 7, ADD UNIQUE KEY by_mail (tenant, mail)",
        "ADD COLUMN tenant INT NOT NULL, ADD UNIQUE KEY by_mail (mail, tenant)",
        "MODIFY mail VARCHAR(40) CHARACTER SET latin1, ADD UNIQUE KEY by_mail (mail)"
      })
  void duplicatesOverColumnsThatAreNewAreNamed(String change) throws Exception {
    RowRejectedException e = failing(change);
    assertThat(e).hasMessageContaining("by_mail").hasMessageContaining("17; 14321");
    assertNothingHappened();
  }

  /** Values of a generated column move between rows, and no snapshot has one twice. */
  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void aGeneratedUniqueValueMayMove() throws Exception {
    schema.execute(
        "UPDATE t SET mail = 'other' WHERE id = 14321",
        "ALTER TABLE t ADD COLUMN g VARCHAR(60) AS (CONCAT('it''s ', mail)) STORED, ADD UNIQUE KEY"
            + " g (g)");
    schema
        .ghost("t", "ADD COLUMN note INT")
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () ->
                        schema.execute(
                            "UPDATE t SET mail = 'hold' WHERE id = 1",
                            "UPDATE t SET mail = CONCAT('m', id - 1, '@x') WHERE id BETWEEN 2 AND"
                                + " 4000 ORDER BY id",
                            "UPDATE t SET mail = 'm4000@x' WHERE id = 1")))
        .build()
        .run();
    assertThat(schema.value("SELECT g FROM t WHERE id = 1")).isEqualTo("it's m4000@x");
    assertThat(schema.value("SELECT COUNT(*) FROM t")).isEqualTo("30000");
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void aDuplicateThatAppearsAfterTheCopyIsFoundToo() throws Exception {
    schema.execute("UPDATE t SET mail = 'other' WHERE id = 14321");
    RowRejectedException e =
        catchThrowableOfType(
            RowRejectedException.class,
            () ->
                schema
                    .ghost("t", "ADD UNIQUE KEY by_mail (mail)")
                    .listener(
                        new PausingListener()
                            .at(
                                Phase.VERIFY,
                                () ->
                                    schema.execute("UPDATE t SET mail = 'm17@x' WHERE id = 14321")))
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("by_mail").hasMessageContaining("14321");
    assertThat(schema.tables()).containsExactly("t");
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void aRowThatStopsFittingAfterTheCopyIsNamed() throws Exception {
    RowRejectedException e =
        catchThrowableOfType(
            RowRejectedException.class,
            () ->
                schema
                    .ghost("t", "MODIFY mail VARCHAR(12)")
                    .listener(
                        new PausingListener()
                            .at(
                                Phase.VERIFY,
                                () ->
                                    schema.execute(
                                        "UPDATE t SET mail = 'this is too long' WHERE id IN (5,"
                                            + " 6)")))
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("id = 5");
    assertThat(schema.tables()).containsExactly("t");
  }

  private RowRejectedException failing(String change) {
    return catchThrowableOfType(
        RowRejectedException.class, () -> schema.ghost("t", change).build().run());
  }

  private void assertNothingHappened() throws Exception {
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.rows("SELECT * FROM t ORDER BY id")).isEqualTo(before);
  }
}
