package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.RefusedException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Indexes that nothing leans on are built after the copy, and are what ALTER TABLE would make. */
@OnServers(whichHave = Ability.MYSQL_SYNTAX)
class IndexesTest {

  private static final String INDEXES =
      "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema ="
          + " DATABASE() AND table_name = '%s' ORDER BY 1";

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
  }

  private void table(String... more) throws Exception {
    schema.execute(
        """
        CREATE TABLE t (
          id INT PRIMARY KEY, a VARCHAR(100) NOT NULL, b INT, n INT NOT NULL AUTO_INCREMENT,
          UNIQUE KEY by_b (b), KEY counts (n), KEY `with ``tick` (a, b), KEY prefix (a(10)),
          KEY said (b DESC) COMMENT 'a, b) KEY `c` ('%s
        )
        """
            .formatted(String.join("", more)),
        "INSERT INTO t (id, a, b, n) SELECT i, CONCAT('row ', i), i, i FROM n");
    schema.execute(
        "CREATE TABLE native LIKE t", "ALTER TABLE native ADD COLUMN note INT, ADD KEY (note)");
  }

  private MigrationBuilder ghost() {
    return schema.ghost("t", "ADD COLUMN note INT, ADD KEY (note)");
  }

  private String definition(String table) throws Exception {
    return schema
        .value("SHOW CREATE TABLE " + table)
        .replaceFirst(".*\n", "")
        .replaceFirst(" AUTO_INCREMENT=\\d+", "");
  }

  @Test
  void theyAreBuiltAfterTheCopy() throws Exception {
    table(
        db == Db.MYSQL
            ? ", KEY twice ((b * 2)), KEY hidden (b) INVISIBLE"
            : ", KEY hidden (b) IGNORED");
    List<String> whileCopying = new ArrayList<>();
    ghost()
        .listener(
            new PausingListener()
                .at(Phase.COPY, () -> whileCopying.addAll(schema.rows(INDEXES.formatted("t_gho")))))
        .build()
        .run();
    assertThat(whileCopying).containsExactly("by_b", "counts", "PRIMARY");
    assertThat(definition("t")).isEqualTo(definition("native"));
  }

  /** The server keeps those in an order of its own. */
  @Test
  void withAFulltextIndexAllAreThereFromTheBeginning() throws Exception {
    table(", FULLTEXT KEY words (a)");
    ghost().build().run();
    assertThat(definition("t")).isEqualTo(definition("native"));
  }

  @Test
  void aRunThatIsResumedKnowsWhichAreMissing() throws Exception {
    table();
    Migration[] first = new Migration[1];
    first[0] =
        ghost()
            .threads(1)
            .maxRowsPerSecond(1_000)
            .listener(
                new PausingListener() {
                  @Override
                  public void progress(Progress p) {
                    if (p.phase() == Phase.COPY && p.rowsDone() > 0) {
                      first[0].stop();
                    }
                  }
                })
            .build();
    assertThat(catchThrowableOfType(CancelledException.class, first[0]::run)).isNotNull();
    assertThat(schema.rows(INDEXES.formatted("t_gho")))
        .containsExactly("by_b", "counts", "PRIMARY");
    MigrationResult result = ghost().build().run();
    assertThat(result.warnings()).anyMatch(w -> w.contains("continues where it was"));
    assertThat(definition("t")).isEqualTo(definition("native"));
  }

  @Test
  void aRunThatIsResumedAfterTheyWereBuiltBuildsNone() throws Exception {
    table();
    Migration[] first = new Migration[1];
    first[0] =
        ghost().listener(new PausingListener().at(Phase.VERIFY, () -> first[0].stop())).build();
    assertThat(catchThrowableOfType(CancelledException.class, first[0]::run)).isNotNull();
    assertThat(schema.rows(INDEXES.formatted("t_gho"))).hasSize(7);
    ghost().build().run();
    assertThat(definition("t")).isEqualTo(definition("native"));
  }

  /** In place, the server builds one at a time; so it refuses both in one ALTER of its own. */
  @Test
  void twoFulltextIndexesAtOnce() throws Exception {
    table();
    schema.execute(
        "ALTER TABLE native ADD COLUMN doc TEXT",
        "ALTER TABLE native ADD FULLTEXT KEY words (a)",
        "ALTER TABLE native ADD FULLTEXT KEY more (a, doc)");
    schema
        .ghost(
            "t",
            "ADD COLUMN note INT, ADD KEY (note), ADD COLUMN doc TEXT, ADD FULLTEXT KEY words (a),"
                + " ADD FULLTEXT KEY more (a, doc)")
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () -> schema.execute("UPDATE t SET a = 'peculiar words' WHERE id = 4711")))
        .build()
        .run();
    assertThat(definition("t")).isEqualTo(definition("native"));
    assertThat(schema.rows("SELECT id FROM t WHERE MATCH (a) AGAINST ('peculiar')"))
        .containsExactly("4711");
    assertThat(schema.rows("SELECT id FROM t WHERE MATCH (a, doc) AGAINST ('peculiar')"))
        .containsExactly("4711");
  }

  /** Under a FULLTEXT key the server takes none that is lower than one that it has seen. */
  @Test
  void documentsThatTheTableNumbersItself() throws Exception {
    schema.execute(
        "CREATE TABLE d (id INT PRIMARY KEY, s VARCHAR(100), FTS_DOC_ID BIGINT UNSIGNED NOT NULL,"
            + " UNIQUE KEY FTS_DOC_ID_INDEX (FTS_DOC_ID))",
        "INSERT INTO d SELECT i, CONCAT('word', i), 5001 - i FROM n");
    schema
        .ghost("d", "ADD COLUMN note INT")
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () ->
                        schema.execute(
                            "UPDATE d SET FTS_DOC_ID = FTS_DOC_ID + 10000 WHERE id % 5 = 0",
                            "DELETE FROM d WHERE id = 7")))
        .build()
        .run();
    String all = "SELECT id, s, FTS_DOC_ID FROM %s ORDER BY id";
    assertThat(schema.rows(all.formatted("d"))).isEqualTo(schema.rows(all.formatted("d_old")));
    schema.execute("DROP TABLE d_old", "ALTER TABLE d ADD FULLTEXT KEY words (s)");
    assertThat(schema.rows("SELECT id FROM d WHERE MATCH (s) AGAINST ('word77')"))
        .containsExactly("77");
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class, () -> schema.ghost("d", "ADD COLUMN more INT").build().run());
    assertThat(e).hasMessageContaining("FTS_DOC_ID");
    assertThat(schema.tables()).containsExactly("d");
    schema.ghost("d", "DROP KEY words, ADD COLUMN more INT").build().run();
    assertThat(schema.hasColumn("d", "more")).isTrue();
    assertThat(schema.count("d")).isEqualTo(4_999);
  }
}
