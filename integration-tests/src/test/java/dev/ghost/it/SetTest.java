package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Columns that are filled from expressions over the present ones. */
@OnServers
class SetTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(3_000);
    schema.execute(
        "CREATE TABLE t (id %s PRIMARY KEY, name VARCHAR(60) NOT NULL, cents INT)"
            .formatted(db == Db.POSTGRES ? "SERIAL" : "INT AUTO_INCREMENT"),
        "INSERT INTO t (id, name, cents) SELECT i, CONCAT('first', i, ' last', i), i * 7 FROM n");
  }

  private String change(String mysql, String postgres) {
    return db == Db.POSTGRES ? postgres : mysql;
  }

  private String firstWord() {
    return change("SUBSTRING_INDEX(name, ' ', 1)", "split_part(name, ' ', 1)");
  }

  @Test
  void theCopyTheReplayAndTheVerificationUseTheExpression() throws Exception {
    String lastWord = change("SUBSTRING_INDEX(name, ' ', -1)", "split_part(name, ' ', 2)");
    MigrationResult result =
        schema
            .ghost(
                "t",
                change(
                    "ADD COLUMN first VARCHAR(40) NOT NULL, ADD COLUMN last VARCHAR(40) NOT NULL,"
                        + " ADD COLUMN code VARCHAR(20), MODIFY cents DECIMAL(12,2), ADD UNIQUE KEY"
                        + " (code)",
                    "ADD COLUMN first VARCHAR(40) NOT NULL, ADD COLUMN last VARCHAR(40) NOT NULL,"
                        + " ADD COLUMN code VARCHAR(20) UNIQUE, ALTER COLUMN cents TYPE"
                        + " NUMERIC(12,2)"))
            .set("first", firstWord())
            .set("last", lastWord)
            .set("code", change("CONCAT('=100%?', id)", "'=100%?' || id::text"))
            .set("cents", "cents / 100.0")
            .listener(
                new PausingListener()
                    .at(
                        Phase.COPY,
                        () -> schema.execute("UPDATE t SET name = 'a copy' WHERE id % 10 = 1"))
                    .at(
                        Phase.VERIFY,
                        () ->
                            schema.execute(
                                "UPDATE t SET name = 'no more', cents = 50 WHERE id % 10 = 2",
                                "UPDATE t SET id = id + 10000 WHERE id % 10 = 3",
                                "INSERT INTO t (id, name, cents) VALUES (50000, 'new one', NULL)")))
            .build()
            .run();
    assertThat(result.warnings()).isEmpty();
    assertThat(
            schema.rows(
                "SELECT id, first, last, code, cents FROM t WHERE id IN (11, 12, 15, 10013, 50000)"
                    + " ORDER BY id"))
        .containsExactly(
            "11|a|copy|=100%?11|0.77",
            "12|no|more|=100%?12|0.50",
            "15|first15|last15|=100%?15|1.05",
            "10013|first13|last13|=100%?10013|0.91",
            "50000|new|one|=100%?50000|null");
    assertThat(
            schema.count(
                "t WHERE first = %s AND last = %s AND code = CONCAT('=100%%?', id)"
                    .formatted(firstWord(), lastWord)))
        .isEqualTo(3_001);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CONCAT(name, CURRENT_TIMESTAMP)",
        "(SELECT 'x')",
        "CONCAT(name, %s())",
        "nonsense",
        "first"
      })
  void whatDependsOnMoreThanItsRowIsRefused(String expression) throws Exception {
    String random = change("RAND", "random");
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class,
            () -> fill(expression.replace("%s", random), "ADD COLUMN first VARCHAR(80)").run());
    assertThat(e).as("it was taken").isNotNull();
    assertThat(e.remedy()).contains("generated column");
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void aColumnThatIsNotThereIsRefused() throws Exception {
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class, () -> fill("name", "ADD COLUMN other VARCHAR(80)").run());
    assertThat(e).hasMessageContaining("first");
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void rowsThatTheNewSchemaForbidsAreNamed() throws Exception {
    schema.execute("UPDATE t SET name = 'first17 again' WHERE id = 1234");
    GhostException twice =
        catchThrowableOfType(
            GhostException.class,
            () ->
                fill(
                        firstWord(),
                        change(
                            "ADD COLUMN first VARCHAR(80), ADD UNIQUE KEY by_first (first)",
                            "ADD COLUMN first VARCHAR(80), ADD CONSTRAINT by_first UNIQUE (first)"))
                    .run());
    assertThat(twice).hasMessageContaining("by_first");
    GhostException none =
        catchThrowableOfType(
            GhostException.class,
            () -> fill("NULLIF(id, 77)", "ADD COLUMN first INT NOT NULL DEFAULT 0").run());
    assertThat(none).hasMessageContaining("id = 77");
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void theCommandTakesThemToo() throws Exception {
    try (Launcher ghost =
        Launcher.start(
            "alter",
            "--url",
            schema.url(),
            "--table",
            "t",
            "--alter",
            "ADD COLUMN first VARCHAR(80), ADD COLUMN same INT",
            "--set",
            "first=" + firstWord(),
            "--set",
            "same=CASE WHEN id >= 5 AND name <> '=' THEN 1 ELSE 0 END")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
      assertThat(ghost.output()).doesNotContain(Server.PASSWORD);
    }
    assertThat(schema.rows("SELECT first, same FROM t WHERE id IN (4, 5) ORDER BY id"))
        .isEqualTo(List.of("first4|0", "first5|1"));
  }

  private Migration fill(String expression, String change) {
    return schema.ghost("t", change).set("first", expression).build();
  }
}
