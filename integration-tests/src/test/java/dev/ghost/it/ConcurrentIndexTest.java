package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A unique or primary key that is built while writers go on, by a statement that can fail. */
@OnServers(whichHave = Ability.CONCURRENT_INDEXES, otherVersions = Db.POSTGRES)
class ConcurrentIndexTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(20_000);
    schema.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, c"
            + " VARCHAR(10), CONSTRAINT by_u UNIQUE (u))",
        "INSERT INTO t SELECT i, i, i, 'x' FROM n");
  }

  /** MySQL and MariaDB do it by themselves. */
  @Test
  void aUniqueKeyIsBuiltWhileWritersGoOn() throws Exception {
    // As a run that was killed leaves it.
    schema.execute("CREATE UNIQUE INDEX ghost_pair_unique ON t (u)");
    String change = "ADD CONSTRAINT pair UNIQUE (u, v) INCLUDE (c) DEFERRABLE INITIALLY DEFERRED";
    assertThat(ghost(change).build().plan().statements())
        .anyMatch(s -> s.startsWith("CREATE UNIQUE INDEX CONCURRENTLY"));
    Ledger ledger = new Ledger(schema, "t", 2, 3).start();
    try (ledger) {
      assertThat(ghost(change).build().run().way()).isEqualTo(Way.IN_PLACE);
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(ledger.longestMillis()).isLessThan(2_000);
    assertThat(definition("pair"))
        .isEqualTo("UNIQUE (u, v) INCLUDE (c) DEFERRABLE INITIALLY DEFERRED");
    assertThat(ghost(change).build().run().way()).isEqualTo(Way.NOTHING);

    schema.execute("CREATE UNIQUE INDEX by_v ON t (v, id)");
    assertThat(ghost("ADD CONSTRAINT other UNIQUE USING INDEX by_v").build().run().way())
        .isEqualTo(Way.METADATA);
    assertThat(definition("other")).isEqualTo("UNIQUE (v, id)");

    schema.execute("CREATE TABLE k (id INT NOT NULL)");
    assertThat(
            schema.ghost("k", "ADD PRIMARY KEY (id)").strategy(Strategy.AUTO).build().run().way())
        .isEqualTo(Way.IN_PLACE);
    schema.execute("INSERT INTO k VALUES (1) ON CONFLICT (id) DO NOTHING", "DROP TABLE k");

    assertThatThrownBy(() -> ghost("ADD CONSTRAINT only_c UNIQUE (c)").build().run())
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("only_c");
    assertThat(schema.rows("SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1"))
        .containsExactly("by_u", "other", "pair", "t_pkey");
    assertClean();
  }

  /** It is not valid, and can refuse rows nevertheless; to drop it waits for anyone who reads. */
  @Test
  void anIndexThatCouldNotBeIsDroppedWhenReadersAreThrough() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      reader.createStatement().executeQuery("SELECT COUNT(*) FROM t").close();
      CompletableFuture<MigrationResult> run =
          Async.supply(ghost("ADD CONSTRAINT only_c UNIQUE (c)").build()::run);
      TimeUnit.SECONDS.sleep(12);
      assertThat(run).isNotDone();
      reader.commit();
      assertThat(run)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(RowRejectedException.class)
          .withMessageContaining("as it was");
    }
    assertThat(schema.rows("SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1"))
        .containsExactly("by_u", "t_pkey");
    assertClean();
  }

  /** A primary key makes its columns NOT NULL; where a row stands against it, nothing is left. */
  @Test
  void aPrimaryKeyOfColumnsThatCouldBeNull() throws Exception {
    schema.execute(
        "CREATE TABLE k (a int, b int, v int)",
        "INSERT INTO k SELECT i, i % 7, i FROM n",
        "CREATE TABLE twin (a int, b int, v int)",
        "ALTER TABLE twin ADD CONSTRAINT k_pkey_ PRIMARY KEY (a, b)");
    MigrationBuilder key = schema.ghost("k", "ADD CONSTRAINT key PRIMARY KEY (a, b)");
    key.strategy(Strategy.AUTO);
    assertThat(key.build().run().way()).isEqualTo(Way.IN_PLACE);
    assertThat(definitionsOf("k")).isEqualTo(definitionsOf("twin"));

    schema.execute(
        "ALTER TABLE k DROP CONSTRAINT key, ALTER a DROP NOT NULL, ALTER b DROP NOT NULL",
        "CREATE UNIQUE INDEX mine ON k (a)");
    MigrationBuilder attached = schema.ghost("k", "ADD PRIMARY KEY USING INDEX mine");
    assertThat(attached.strategy(Strategy.AUTO).build().run().way()).isEqualTo(Way.IN_PLACE);
    assertThat(schema.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'k'"))
        .containsExactly("mine");

    schema.execute(
        "ALTER TABLE k DROP CONSTRAINT mine, ALTER a DROP NOT NULL",
        "UPDATE k SET b = NULL WHERE v = 77");
    List<String> before = definitionsOf("k");
    assertThatThrownBy(() -> key.build().run()).isInstanceOf(RowRejectedException.class);
    schema.execute("UPDATE k SET b = 0, a = 7 WHERE v IN (77, 7)");
    assertThatThrownBy(() -> key.build().run())
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("key");
    assertThat(definitionsOf("k")).isEqualTo(before);
    assertThat(schema.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'k'")).isEmpty();
    schema.execute("DROP TABLE k, twin");
    assertClean();
  }

  /** Of columns and constraints, but for the names of the latter. */
  private List<String> definitionsOf(String table) throws Exception {
    return schema.rows(
        """
        SELECT attname::text, attnotnull::text FROM pg_attribute WHERE attrelid = '%1$s'::regclass AND attnum > 0
         UNION ALL
        SELECT contype::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '%1$s'::regclass
         ORDER BY 1, 2
        """
            .formatted(table));
  }

  private String definition(String constraint) throws Exception {
    return schema.value(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't'::regclass AND"
            + " conname = '"
            + constraint
            + "'");
  }

  private MigrationBuilder ghost(String change) {
    return schema.ghost("t", change).strategy(Strategy.AUTO);
  }

  private void assertClean() throws Exception {
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
  }
}
