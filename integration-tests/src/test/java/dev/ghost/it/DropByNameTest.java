package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a change drops is there, or the change says that it need not be. */
@OnServers(otherVersions = {Db.MARIADB, Db.POSTGRES})
class DropByNameTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(20_000);
    schema.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, c"
            + " VARCHAR(10), CONSTRAINT by_u UNIQUE (u))",
        "INSERT INTO t SELECT i, i, i, 'x' FROM n");
  }

  /** It may be a typo, and then the column is there still. */
  @Test
  void whatIsDroppedAndNotThereIsRefusedByName() throws Exception {
    schema.execute("ALTER TABLE t ADD CONSTRAINT positive CHECK (v > 0)");
    refusesToDrop("DROP COLUMN vv", "has no column vv", "v");
    refusesToDrop("ADD COLUMN note INT, DROP COLUMN vv", "has no column vv", "v");
    refusesToDrop("DROP CONSTRAINT positiv", "has no constraint positiv", "positive");
    if (db != Db.POSTGRES) {
      schema.execute("CREATE TABLE p (id BIGINT PRIMARY KEY)");
      schema.execute("INSERT INTO p SELECT id FROM t");
      schema.execute("ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (u) REFERENCES p (id)");
      refusesToDrop("DROP KEY by_v", "has no index by_v", "by_u");
      refusesToDrop("DROP INDEX by_uu", "has no index by_uu", "by_u");
      refusesToDrop("DROP FOREIGN KEY to_pp", "has no foreign key to_pp", "to_p");
      schema.execute("ALTER TABLE t DROP FOREIGN KEY to_p", "DROP TABLE p");
    }
    if (db == Db.MYSQL) {
      refusesToDrop("DROP CHECK positiv", "has no CHECK constraint positiv", "positive");
    }
    assertClean();
  }

  private void refusesToDrop(String change, String missing, String nearest) {
    for (Strategy strategy : Strategy.values()) {
      assertThatThrownBy(() -> schema.ghost("t", change).strategy(strategy).build().run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("%s.t %s.".formatted(schema.name(), missing))
          .satisfies(
              e ->
                  assertThat(((RefusedException) e).remedy())
                      .startsWith("Nearest to it: " + nearest));
    }
    assertThatThrownBy(() -> ghost(change).build().plan()).isInstanceOf(RefusedException.class);
  }

  /** On MySQL, whose grammar has no such words, too. */
  @Test
  void whatIsDroppedOrAddedUnderACondition() throws Exception {
    assertThat(ghost("DROP COLUMN IF EXISTS nowhere").build().plan().way()).isEqualTo(Way.NOTHING);
    assertThat(ghost("DROP COLUMN IF EXISTS nowhere").build().run().way()).isEqualTo(Way.NOTHING);
    assertThat(ghost("DROP CONSTRAINT IF EXISTS nowhere").build().run().way())
        .isEqualTo(Way.NOTHING);
    assertThat(ghost("ADD COLUMN IF NOT EXISTS v INT").build().run().way()).isEqualTo(Way.NOTHING);
    String both = "ADD COLUMN IF NOT EXISTS note INT DEFAULT 7, DROP COLUMN IF EXISTS nowhere";
    assertThat(ghost(both).build().run().way()).isEqualTo(Way.METADATA);
    assertThat(schema.value("SELECT COUNT(*) FROM t WHERE note <> 7")).isEqualTo("0");
    assertThat(ghost(both).build().run().way()).isEqualTo(Way.NOTHING);
    if (db != Db.POSTGRES) {
      assertThat(ghost("ADD INDEX IF NOT EXISTS by_u (v)").build().run().way())
          .isEqualTo(Way.NOTHING);
      assertThat(ghost("DROP INDEX IF EXISTS nowhere").build().run().way()).isEqualTo(Way.NOTHING);
    }
    schema.ghost("t", "DROP COLUMN IF EXISTS note, DROP COLUMN IF EXISTS nowhere").build().run();
    assertThat(schema.hasColumn("t", "note")).isFalse();
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void whatIsThereButOtherwiseIsRefused() throws Exception {
    schema.execute("ALTER TABLE t ADD COLUMN note BIGINT");
    assertThatThrownBy(() -> ghost("ADD COLUMN note INT").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("note");
    assertClean();
  }

  private MigrationBuilder ghost(String change) {
    return schema.ghost("t", change).strategy(Strategy.AUTO);
  }

  private void assertClean() throws Exception {
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
  }
}
