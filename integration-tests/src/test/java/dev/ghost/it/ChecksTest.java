package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A change names checks by the names that they have, although MySQL gives those of the ghost
 * others.
 */
@OnServers(whichHave = Ability.MYSQL_SYNTAX)
class ChecksTest {

  @Provided private Db db;
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(500);
    schema.execute(
        """
        CREATE TABLE t (id INT PRIMARY KEY, v INT, CONSTRAINT small CHECK (v < 1000),
          CONSTRAINT `odd``one` CHECK (v <> 2000), CONSTRAINT big CHECK (v > 0), CHECK (v <> 3000))
        """,
        "INSERT INTO t SELECT i, i FROM n");
  }

  private boolean accepts(int value) {
    try {
      schema.execute("UPDATE t SET v = %d WHERE id = 7".formatted(value));
      return true;
    } catch (SQLException e) {
      assertThat(e.getMessage()).containsIgnoringCase("constraint");
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Strategy.class,
      names = {"GHOST", "AUTO"})
  void oneIsDropped(Strategy strategy) throws Exception {
    String drop = db == Db.MYSQL ? "DROP CHECK small" : "DROP CONSTRAINT small";
    schema.ghost("t", drop).strategy(strategy).build().run();
    assertThat(accepts(5_000)).isTrue();
    assertThat(accepts(-1)).isFalse();
    assertThat(accepts(2_000)).isFalse();
    assertThat(accepts(3_000)).isFalse();
  }

  @Test
  void severalAreDroppedTogetherWithMore() throws Exception {
    schema
        .ghost("t", "DROP CONSTRAINT BIG, ADD COLUMN note INT, DROP CONSTRAINT `odd``one`")
        .build()
        .run();
    assertThat(schema.hasColumn("t", "note")).isTrue();
    assertThat(accepts(-1)).isTrue();
    assertThat(accepts(1_000)).isFalse();
    assertThat(accepts(2_000)).isFalse();
    schema.execute("DROP TABLE t_old");
    String name =
        schema.value(
            "SELECT constraint_name FROM information_schema.check_constraints WHERE"
                + " constraint_schema = DATABASE() AND check_clause LIKE '%1000%'");
    schema.ghost("t", "DROP CONSTRAINT " + name).build().run();
    assertThat(accepts(1_000)).isTrue();
    assertThat(accepts(3_000)).isFalse();
  }

  @Needs(Ability.CHECKS_NOT_ENFORCED)
  @Test
  void oneIsNoLongerEnforced() throws Exception {
    schema
        .ghost("t", "ALTER CHECK small NOT ENFORCED, ALTER CONSTRAINT big NOT ENFORCED, FORCE")
        .build()
        .run();
    assertThat(accepts(5_000)).isTrue();
    assertThat(accepts(-1)).isTrue();
    assertThat(accepts(3_000)).isFalse();
    assertThat(schema.value("SHOW CREATE TABLE t")).contains("NOT ENFORCED");
  }

  @Test
  void oneThatIsNotThere() {
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class,
            () -> schema.ghost("t", "DROP CONSTRAINT smal, ADD COLUMN x INT").build().run());
    assertThat(e).hasMessageContaining("smal");
    assertThatThrownBy(() -> schema.execute("UPDATE t SET v = 1000 WHERE id = 7"))
        .isInstanceOf(SQLException.class);
  }

  /** Words in a comment are no options. */
  @Test
  void commentsSayWhatTheyLike() throws Exception {
    String comment = "WITH SYSTEM VERSIONING AUTO_INCREMENT=77 PARTITION BY HASH (id)";
    schema.execute(
        "CREATE TABLE c (id INT PRIMARY KEY COMMENT '%1$s', v INT COMMENT 'a, CONSTRAINT `small` CHECK (v)') COMMENT '%1$s'"
            .formatted(comment),
        "INSERT INTO c SELECT i, i FROM n");
    schema
        .ghost("c", "ADD COLUMN note INT COMMENT '%1$s', COMMENT = '%1$s'".formatted(comment))
        .build()
        .run();
    assertThat(schema.hasColumn("c", "note")).isTrue();
    assertThat(
            schema.value(
                "SELECT table_comment FROM information_schema.tables WHERE table_schema ="
                    + " DATABASE() AND table_name = 'c'"))
        .isEqualTo(comment);
  }
}
