package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What depends on columns, keys and names of a table: the swap makes it again for the new one, or
 * it is refused before anything is copied.
 */
@OnServers(whichHave = Ability.DEPENDENTS_BY_NUMBER, otherVersions = Db.POSTGRES)
class DependentsTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute(
        "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, d int)",
        "INSERT INTO t SELECT i, i, i FROM generate_series(1, 300) AS i");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.execute("DROP PUBLICATION IF EXISTS pub");
    }
  }

  private RefusedException refused(String change) throws Exception {
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> schema.ghost("t", change).build().run());
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e.remedy()).isNotEmpty();
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.tables()).doesNotContain("t_old");
    return e;
  }

  @ParameterizedTest(name = "{1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          CREATE TABLE c (b int REFERENCES t (b))                                     | DROP COLUMN b                        | drops: b
          CREATE TABLE c (b int REFERENCES t (b))                                     | DROP CONSTRAINT t_b_key              | no key any more
          CREATE TABLE c (a int REFERENCES t)                                         | DROP CONSTRAINT t_pkey               | no key any more
          CREATE TABLE c (a int REFERENCES t)                                         | ALTER a TYPE text                    | with these types
          CREATE TABLE p (id int PRIMARY KEY); ALTER TABLE t ADD p int REFERENCES p   | ALTER p TYPE text                    | with these types
          CREATE TABLE o (d int); CREATE INDEX t_d_key ON o (d)                       | ADD UNIQUE (d)                       | t_d_key for the index
          CREATE SEQUENCE t_n_seq                                                     | ADD n serial                         | t_n_seq for the sequence
          CREATE SEQUENCE t_n_seq                                                     | ADD n int GENERATED ALWAYS AS IDENTITY | t_n_seq for the sequence
          CREATE PUBLICATION pub FOR TABLE t (a, b)                                   | DROP COLUMN b                        | pub
          CREATE PUBLICATION pub FOR TABLE t WHERE (d > 1) WITH (publish = 'insert')  | ALTER d TYPE bigint                  | pub
          CREATE PUBLICATION pub FOR TABLE t WHERE (d > 1) WITH (publish = 'insert')  | RENAME COLUMN d TO e                 | pub
          """)
  void whatWouldBreakIsRefused(String ddl, String change, String reason) throws Exception {
    schema.execute(ddl);
    assertThat(refused(change)).hasMessageContaining(reason);
  }

  @Test
  void aNameThatIsTakenMeanwhile() throws Exception {
    InterferenceException e =
        catchThrowableOfType(
            InterferenceException.class,
            () ->
                schema
                    .ghost("t", "ADD UNIQUE (d)")
                    .listener(
                        new PausingListener()
                            .at(Phase.CUTOVER, () -> schema.execute("CREATE SEQUENCE t_d_key")))
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("t_d_key");
    assertThat(e.resumable()).isTrue();
    schema.execute("ALTER SEQUENCE t_d_key RENAME TO other");
    schema.ghost("t", "ADD UNIQUE (d)").build().run();
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void aTemporaryViewOfAnotherSession() throws Exception {
    try (Connection other = schema.connect()) {
      other.createStatement().execute("CREATE TEMPORARY VIEW passing AS SELECT a FROM t");
      RefusedException e = refused("ADD x int");
      assertThat(e).hasMessageContaining("the temporary view passing of another session");
      if (Integer.parseInt(schema.value("SHOW server_version_num")) >= 160_000) {
        assertThat(e)
            .hasMessageContaining(
                "process " + Server.rows(other, "SELECT pg_backend_pid()").get(0));
      }
    }
    while (!schema.rows("SELECT 1 FROM pg_class WHERE relname = 'passing'").isEmpty()) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    schema.ghost("t", "ADD x int").build().run();
  }

  /** The server before 18 reads all rows of such a table for a new key. */
  @Test
  void aPartitionedTableThatRefersToIt() throws Exception {
    schema.execute(
        "CREATE TABLE parts (a int CONSTRAINT to_t REFERENCES t) PARTITION BY RANGE (a)",
        "CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE high PARTITION OF parts FOR VALUES FROM (100) TO (1000)",
        "INSERT INTO parts SELECT generate_series(1, 300)");
    if (Integer.parseInt(schema.value("SHOW server_version_num")) < 180_000) {
      assertThat(refused("ADD x int")).hasMessageContaining("partitioned table");
      return;
    }
    schema.ghost("t", "ADD x int").build().run();
    assertThat(
            schema.rows(
                "SELECT conrelid::regclass, convalidated FROM pg_constraint WHERE confrelid ="
                    + " 't'::regclass ORDER BY conrelid::regclass::text"))
        .containsExactly("high|t", "low|t", "parts|t");
    assertThatThrownBy(() -> schema.execute("INSERT INTO parts VALUES (301)"))
        .hasMessageContaining("foreign key");
    assertThat(schema.leftovers()).isEmpty();
  }

  /** The server has a key of its own for each partition, which is not ghost's to make. */
  @Test
  void aPartitionedTableThatItRefersTo() throws Exception {
    schema.execute(
        "CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF parent FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE high PARTITION OF parent FOR VALUES FROM (100) TO (1000)",
        "INSERT INTO parent SELECT generate_series(1, 300)",
        "ALTER TABLE t ADD CONSTRAINT former FOREIGN KEY (a) REFERENCES parent");
    schema.ghost("t", "ADD x int DEFAULT 250 CONSTRAINT latter REFERENCES parent").build().run();
    assertThat(
            schema
                .ghost("t", "ADD CONSTRAINT third FOREIGN KEY (b) REFERENCES parent")
                .strategy(Strategy.AUTO)
                .build()
                .run()
                .way())
        .isEqualTo(Way.IN_PLACE);
    assertThat(
            schema.rows(
                "SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 't'::regclass AND"
                    + " contype = 'f' AND conparentid = 0 ORDER BY 1"))
        .containsExactly("former|t", "latter|t", "third|t");
    for (String forbidden :
        List.of(
            "DELETE FROM parent WHERE id = 250",
            "UPDATE t SET x = 999 WHERE a = 5",
            "INSERT INTO t VALUES (301, 301, 1, 250)")) {
      assertThatThrownBy(() -> schema.execute(forbidden)).hasMessageContaining("foreign key");
    }
    schema.execute("DROP TABLE t_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void aPublicationOfSomeColumns() throws Exception {
    schema.execute("CREATE PUBLICATION pub FOR TABLE t (a, b)");
    schema.ghost("t", "RENAME COLUMN b TO \"B's\"").build().run();
    schema.execute("DROP TABLE t_old");
    schema.ghost("t", "ALTER a TYPE bigint, DROP COLUMN d, ADD COLUMN e int").build().run();
    assertThat(
            schema.rows(
                "SELECT tablename, attnames FROM pg_publication_tables WHERE pubname = 'pub'"))
        .containsExactly("t|{a,B's}");
  }

  /** Nothing stays behind for which the server would keep its log. */
  @Test
  void aForeignKeyThatIsViolatedJustBeforeTheSwap() throws Exception {
    schema.execute(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "INSERT INTO parent SELECT generate_series(1, 300)");
    RowRejectedException e =
        catchThrowableOfType(
            RowRejectedException.class,
            () ->
                schema
                    .ghost("t", "ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES parent, ADD x int")
                    .listener(
                        new PausingListener()
                            .at(
                                Phase.CUTOVER,
                                () -> schema.execute("DELETE FROM parent WHERE id = 77")))
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("swapped").hasMessageContaining("77");
    assertThat(e.remedy()).contains("VALIDATE CONSTRAINT fk");
    assertThat(schema.hasColumn("t", "x")).isTrue();
    assertThat(schema.leftovers()).isEmpty();
    schema.execute("DELETE FROM t WHERE a = 77", "ALTER TABLE t VALIDATE CONSTRAINT fk");
  }
}
