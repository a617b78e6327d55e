package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.Phase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The next number of a table afterwards is the one that the server's own ALTER gives. */
@OnServers(whichHave = Ability.AUTO_INCREMENT)
class AutoIncrementTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(300);
    for (String table : new String[] {"t", "native"}) {
      schema.execute(
          "CREATE TABLE %s (id INT AUTO_INCREMENT PRIMARY KEY, v INT)".formatted(table),
          "INSERT INTO %s SELECT i, i FROM n".formatted(table),
          "INSERT INTO %s VALUES (310, 0)".formatted(table),
          "DELETE FROM %s WHERE id = 310".formatted(table));
    }
  }

  private void assertLikeTheServersOwn(String change, String... meanwhile) throws Exception {
    for (String statement : meanwhile) {
      schema.execute(statement.formatted("native"));
    }
    schema.execute("ALTER TABLE native " + change);
    schema
        .ghost("t", change)
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () -> {
                      for (String statement : meanwhile) {
                        schema.execute(statement.formatted("t"));
                      }
                    }))
        .build()
        .run();
    assertThat(counter("t")).isEqualTo(counter("native"));
    schema.execute("INSERT INTO t (v) VALUES (-1)", "INSERT INTO native (v) VALUES (-1)");
    String next = "SELECT id FROM %s WHERE v = -1";
    assertThat(schema.rows(next.formatted("t"))).isEqualTo(schema.rows(next.formatted("native")));
  }

  private String counter(String table) throws Exception {
    return schema
        .value("SHOW CREATE TABLE " + table)
        .replaceFirst("(?s).*( AUTO_INCREMENT=\\d+ ).*", "$1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AUTO_INCREMENT = 1000",
        "AUTO_INCREMENT 7",
        "AUTO_INCREMENT = 300",
        "AUTO_INCREMENT = 301",
        "ADD COLUMN note INT, AUTO_INCREMENT = 302",
        "AUTO_INCREMENT = 310",
        "AUTO_INCREMENT = 311",
        "ENGINE = InnoDB AUTO_INCREMENT = 5, AUTO_INCREMENT = 305",
        "FORCE",
        "MODIFY v BIGINT"
      })
  void itIsWhatTheChangeSaysOrStaysAsItWas(String change) throws Exception {
    assertLikeTheServersOwn(change);
  }

  /** Numbers that are given out, and taken back, while the run copies. */
  @ParameterizedTest
  @ValueSource(strings = {"AUTO_INCREMENT = 305", "ADD COLUMN note INT"})
  void rowsComeAndGoMeanwhile(String change) throws Exception {
    assertLikeTheServersOwn(
        change, "INSERT INTO %s (v) VALUES (5), (6), (7)", "DELETE FROM %s WHERE id > 300");
  }

  @Test
  void ofAColumnThatIsNew() throws Exception {
    schema.execute(
        "ALTER TABLE t MODIFY id INT NOT NULL", "ALTER TABLE native MODIFY id INT NOT NULL");
    assertLikeTheServersOwn("MODIFY id INT NOT NULL AUTO_INCREMENT, AUTO_INCREMENT = 400");
  }
}
