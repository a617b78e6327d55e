package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.Ghost;
import dev.ghost.Migration;
import dev.ghost.api.CancelledException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine as automation calls it. */
@OnServers
class ApiTest {

  @Provided private Db db;

  @Provided private Server server;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(3_000);
    schema.execute(
        "CREATE TABLE t (id INT %s PRIMARY KEY, name VARCHAR(40) NOT NULL)"
            .formatted(db.can(Ability.AUTO_INCREMENT) ? "AUTO_INCREMENT" : ""),
        "INSERT INTO t SELECT i, CONCAT('name', i) FROM n");
  }

  @Test
  void aMigrationTellsItsStory() throws Exception {
    PausingListener listener = new PausingListener();
    MigrationResult result =
        schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();

    assertThat(listener.phases).containsExactly(Phase.values());
    assertThat(listener.plans).hasSize(1);
    assertThat(listener.progress).isNotEmpty();
    assertThat(result.table()).isEqualTo(schema.name() + ".t");
    assertThat(result.rowsCopied()).isEqualTo(3_000);
    assertThat(result.rowsVerified()).isEqualTo(3_000);
    assertThat(result.cutoverAttempts()).isOne();
    assertThat(result.phases()).containsOnlyKeys(Phase.values());
    assertThat(result.stall()).isPositive();
    assertThat(result.retiredTable()).hasValue(schema.name() + ".t_old");
    assertThat(schema.rows("SELECT id, name, note FROM t WHERE id = 7"))
        .containsExactly("7|name7|null");
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void aPlanChangesNothing() throws Exception {
    MigrationPlan plan = schema.ghost("t", "CHANGE name title VARCHAR(50)").build().plan();
    assertThat(plan.chunkKey()).hasValue("PRIMARY (id)");
    assertThat(plan.columns()).anyMatch(c -> c.startsWith("title (was name)"));
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void aCallersPoolIsLeftAsItWas() throws Exception {
    if (db == Db.POSTGRES) {
      aPoolOfPostgres();
    } else {
      aPoolOfInnodb();
    }
  }

  private void aPoolOfInnodb() throws Exception {
    schema.execute(
        "ALTER TABLE t ADD COLUMN q INT", "UPDATE t SET q = id", "ALTER TABLE t ADD UNIQUE (q)");
    HikariConfig config = server.pool(schema.name());
    // No more than the documentation says.
    config.setMaximumPoolSize(8);
    config.setConnectionInitSql("SET SESSION sql_mode = 'ANSI_QUOTES', time_zone = '+03:00'");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      MigrationResult result =
          Ghost.connect(pool)
              .migration("t")
              .alter("ADD COLUMN note INT")
              .strategy(Strategy.GHOST)
              .listener(
                  new PausingListener()
                      .at(
                          Phase.VERIFY,
                          () ->
                              schema.execute(
                                  "BEGIN",
                                  "UPDATE t SET q = -q",
                                  "UPDATE t SET q = -q % 3000 + 1",
                                  "COMMIT")))
              .build()
              .run();
      assertThat(result.rowsCopied()).isEqualTo(3_000);

      List<Connection> all = new ArrayList<>();
      for (int i = 0; i < pool.getMaximumPoolSize(); i++) {
        Connection c = pool.getConnection();
        all.add(c);
        try (var rs =
            c.createStatement()
                .executeQuery(
                    "SELECT @@sql_mode, @@time_zone, @@%s, @@autocommit, DATABASE()"
                        .formatted(db == Db.MYSQL ? "transaction_isolation" : "tx_isolation"))) {
          rs.next();
          assertThat(
                  Arrays.asList(
                      rs.getString(1),
                      rs.getString(2),
                      rs.getString(3),
                      rs.getInt(4),
                      rs.getString(5)))
              .containsExactly("ANSI_QUOTES", "+03:00", "REPEATABLE-READ", 1, schema.name());
          // For another table it would be of another form.
          assertThatThrownBy(
                  () -> c.createStatement().executeQuery("SELECT 1 FROM \"batch of ghost\""))
              .hasMessageContaining("doesn't exist");
        }
      }
      for (Connection c : all) {
        c.close();
      }
    }
  }

  private void aPoolOfPostgres() throws Exception {
    HikariConfig config = server.pool(schema.name());
    // No more than the documentation says.
    config.setMaximumPoolSize(8);
    config.setConnectionInitSql("SET TimeZone = 'Asia/Kolkata'");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      MigrationResult result =
          Ghost.connect(pool)
              .migration("t")
              .alter("ADD COLUMN x int")
              .strategy(Strategy.GHOST)
              .build()
              .run();
      assertThat(result.rowsCopied()).isEqualTo(3_000);
      try (Connection c = pool.getConnection();
          var rs =
              c.createStatement()
                  .executeQuery(
                      "SELECT current_setting('TimeZone'), current_setting('enable_seqscan'),"
                          + " current_setting('lock_timeout')")) {
        rs.next();
        assertThat(List.of(rs.getString(1), rs.getString(2), rs.getString(3)))
            .containsExactly("Asia/Kolkata", "on", "0");
        assertThat(c.getAutoCommit()).isTrue();
      }
    }
  }

  @Test
  void itCanBeCancelledFromAnotherThread() throws Exception {
    AtomicReference<Migration> ghost = new AtomicReference<>();
    ghost.set(
        schema
            .ghost("t", "ADD COLUMN note INT")
            .listener(new PausingListener().at(Phase.COPY, () -> ghost.get().cancel()))
            .build());
    assertThatThrownBy(() -> ghost.get().run()).isInstanceOf(CancelledException.class);
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void aSecondRunOnTheSameTableIsRefused() throws Exception {
    schema
        .ghost("t", "ADD COLUMN note INT")
        .listener(
            new PausingListener()
                .at(
                    Phase.COPY,
                    () ->
                        assertThatThrownBy(
                                () -> schema.ghost("t", "ADD COLUMN x INT").build().run())
                            .isInstanceOf(RefusedException.class)
                            .hasMessageContaining("Another run")))
        .build()
        .run();
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }

  /** Of all connections, the stream's too, none is left on the server: not even after a failure. */
  @Needs(Ability.BINARY_LOG)
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noConnectionIsLeft(boolean fails) throws Exception {
    String count =
        "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'root' AND id <>"
            + " CONNECTION_ID()";
    int before = Integer.parseInt(schema.value(count));
    Migration ghost =
        schema
            .ghost("t", "ADD COLUMN note INT")
            .listener(
                new PausingListener()
                    .at(Phase.VERIFY, () -> schema.execute(fails ? "TRUNCATE t" : "DO 1")))
            .build();
    if (fails) {
      assertThatThrownBy(ghost::run).isInstanceOf(InterferenceException.class);
    } else {
      ghost.run();
    }
    long deadline = System.nanoTime() + 10_000_000_000L;
    // The server notices that a reader of its log is gone when it writes to it.
    while (Integer.parseInt(schema.value(count)) > before && System.nanoTime() < deadline) {
      schema.execute("CREATE TABLE x (a INT)", "DROP TABLE x");
    }
    // One of an earlier test may have gone meanwhile.
    assertThat(Integer.parseInt(schema.value(count))).isLessThanOrEqualTo(before);
  }

  @Needs(Ability.AUTO_INCREMENT)
  @Test
  void autoIncrementGoesOnWhereItWas() throws Exception {
    schema.execute(
        "DELETE FROM t WHERE id > 2000",
        "INSERT INTO t (name) VALUES ('x')",
        "DELETE FROM t WHERE name = 'x'");
    schema.ghost("t", "ADD COLUMN note INT").build().run();
    schema.execute("INSERT INTO t (name) VALUES ('new')");
    assertThat(schema.value("SELECT id FROM t WHERE name = 'new'")).isEqualTo("3002");
  }

  @Test
  void aServerOfAnUnknownKind() {
    assertThatThrownBy(
            () -> Ghost.connect("oracle://h/s").migration("t").alter("ADD x INT").build().run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("oracle");
  }
}
