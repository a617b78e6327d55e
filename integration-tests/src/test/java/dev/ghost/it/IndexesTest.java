package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** Indexes that nothing leans on are built after the copy, and are what ALTER TABLE would make. */
@OnBinlogServers
class IndexesTest {

  private static final String INDEXES =
      "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema ="
          + " DATABASE() AND table_name = '%s' ORDER BY 1";

  @Parameter Db db;

  private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema = db.server().newSchema();
    schema.numbers(5_000);
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.close();
    }
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

  private Ghost.Builder ghost() {
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
    Ghost[] first = new Ghost[1];
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
    assertThat(result.warnings()).anyMatch(w -> w.contains("goes on where it was"));
    assertThat(definition("t")).isEqualTo(definition("native"));
  }

  @Test
  void aRunThatIsResumedAfterTheyWereBuiltBuildsNone() throws Exception {
    table();
    Ghost[] first = new Ghost[1];
    first[0] =
        ghost().listener(new PausingListener().at(Phase.VERIFY, () -> first[0].stop())).build();
    assertThat(catchThrowableOfType(CancelledException.class, first[0]::run)).isNotNull();
    assertThat(schema.rows(INDEXES.formatted("t_gho"))).hasSize(7);
    ghost().build().run();
    assertThat(definition("t")).isEqualTo(definition("native"));
  }
}
