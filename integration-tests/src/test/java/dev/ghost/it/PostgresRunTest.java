package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.Ghost;
import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MisfitException;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on PostgreSQL that do not end as planned, and what is left of them: nothing. */
class PostgresRunTest {

  private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema = PostgresServer.shared().newSchema();
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(40), mail text, n int)",
        "INSERT INTO t SELECT i, 'name' || i, 'm' || i || '@x', i FROM n",
        "UPDATE t SET name = 'a name that is too long' WHERE id = 3456",
        "UPDATE t SET n = 70000 WHERE id = 4000",
        "UPDATE t SET mail = 'M17@X' WHERE id = 4321",
        "UPDATE t SET n = NULL WHERE id = 77");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.close();
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER name TYPE varchar(10)                          | id = 3456
          ALTER n TYPE smallint                                | id = 4000
          ALTER n SET NOT NULL                                 | id = 77
          ADD CONSTRAINT c CHECK (n < 60000)                   | id = 4000
          ALTER mail TYPE int USING length(mail) / (id - 4000) | id = 4000
          ADD l text GENERATED ALWAYS AS (lower(mail)) STORED, ADD CONSTRAINT k UNIQUE (l) | id = 17; 4321
          ADD CONSTRAINT e EXCLUDE USING gist (int4range(n, n + 2) WITH &&) | key e
          """)
  void whatDoesNotFitIsNamed(String change, String row) {
    assertThat(failing(MisfitException.class, schema.ghost("t", change))).hasMessageContaining(row);
  }

  @Test
  void aNewForeignKeyThatDoesNotHoldStopsTheRun() throws Exception {
    schema.execute(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "INSERT INTO parent SELECT i FROM n WHERE i < 5000");
    GhostException e =
        failing(
            GhostException.class,
            schema.ghost("t", "ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES parent"));
    assertThat(e).hasMessageContaining("5000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRUNCATE t",
        "ALTER TABLE t ADD mine int",
        "CREATE INDEX mine ON t (n)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "GRANT SELECT ON t TO PUBLIC",
        "CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION"
            + " suppress_redundant_updates_trigger()"
      })
  void ddlOfTheSourceStopsTheRun(String ddl) {
    failing(
        MigrationException.class,
        schema
            .ghost("t", "ADD COLUMN note int")
            .listener(new PausingListener().at(Phase.CUTOVER, () -> run(ddl))));
  }

  @Test
  void tooMuchLogStopsTheRun() throws Exception {
    MigrationException e =
        failing(
            MigrationException.class,
            schema
                .ghost("t", "ADD COLUMN note int")
                // So small a table is through before the log is looked at with a slot there.
                .postponeCutover(true)
                .maxDuration(Duration.ofMinutes(1))
                .maxLog(1));
    assertThat(e).hasMessageContaining("of log for the change stream");
  }

  @Test
  void privilegesThatAreMissing() throws Exception {
    schema.execute(
        "UPDATE t SET name = 'short', n = 1, mail = id::text",
        "CREATE ROLE keeper",
        "CREATE ROLE weak LOGIN PASSWORD 'weak'",
        "ALTER TABLE t OWNER TO keeper");
    Ghost.Builder weak =
        Ghost.migration()
            .strategy(Strategy.GHOST)
            .url(schema.url())
            .user("weak")
            .password("weak")
            .table("t")
            .alter("ADD COLUMN x int");
    try {
      RefusedException e = failing(RefusedException.class, weak);
      List<String> grants =
          e.remedy().lines().map(String::strip).filter(l -> l.endsWith(";")).toList();
      assertThat(grants)
          .containsExactly(
              "ALTER ROLE \"weak\" REPLICATION;",
              "GRANT \"keeper\" TO \"weak\";",
              "GRANT CREATE ON DATABASE \"test\" TO \"weak\";",
              "GRANT USAGE, CREATE ON SCHEMA \"%s\" TO \"weak\";".formatted(schema.name()));
      // What it asks for is enough, and no more is needed.
      schema.execute(grants.toArray(String[]::new));
      schema.execute(
          "CREATE TABLE child (t int REFERENCES t)", "CREATE VIEW v AS SELECT id FROM t");
      assertThat(failing(RefusedException.class, weak))
          .hasMessageContaining("child of postgres, which references it")
          .hasMessageContaining("v of postgres");
      schema.execute("DROP TABLE child", "DROP VIEW v");
      weak.build().run();
      assertThat(schema.count("t WHERE x IS NULL")).isEqualTo(5_000);
      assertThat(schema.value("SELECT relowner::regrole FROM pg_class WHERE oid = 't'::regclass"))
          .isEqualTo("keeper");
      assertThat(schema.leftovers()).isEmpty();
    } finally {
      schema.execute(
          "DROP TABLE IF EXISTS t_old, t", "DROP OWNED BY weak, keeper", "DROP ROLE weak, keeper");
    }
  }

  @Test
  void itCanBeCancelled() {
    AtomicReference<Ghost> ghost = new AtomicReference<>();
    ghost.set(
        schema
            .ghost("t", "ADD COLUMN note int")
            .listener(new PausingListener().at(Phase.COPY, () -> ghost.get().cancel()))
            .build());
    assertThat(catchThrowableOfType(CancelledException.class, () -> ghost.get().run())).isNotNull();
    assertNothingIsLeft();
  }

  @Test
  void aSecondRunOnTheSameTableIsRefused() throws Exception {
    AtomicReference<RefusedException> refused = new AtomicReference<>();
    schema
        .ghost("t", "ADD COLUMN note int")
        .listener(
            new PausingListener()
                .at(
                    Phase.COPY,
                    () ->
                        refused.set(
                            catchThrowableOfType(
                                RefusedException.class,
                                () -> schema.ghost("t", "ADD COLUMN x int").build().run()))))
        .build()
        .run();
    assertThat(refused.get()).hasMessageContaining("Another run");
  }

  @Test
  void aPreparedTransactionIsNotLost() throws Exception {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      PausingListener listener =
          new PausingListener()
              .whenPostponed(attempt -> s.execute("COMMIT PREPARED 'ghost test'"))
              .at(
                  Phase.VERIFY,
                  () -> {
                    s.execute("BEGIN");
                    s.execute("UPDATE t SET n = -1 WHERE id <= 10");
                    s.execute("PREPARE TRANSACTION 'ghost test'");
                  });
      schema.ghost("t", "ADD COLUMN note int").listener(listener).build().run();
      assertThat(listener.postponed)
          .as("it holds up the cutover, and is named")
          .singleElement()
          .asString()
          .contains("prepared transaction 'ghost test'");
    }
    assertThat(schema.count("t WHERE n = -1")).isEqualTo(10);
  }

  @Test
  void aCallersPoolIsLeftAsItWas() throws Exception {
    HikariConfig config = new HikariConfig();
    PostgresServer server = PostgresServer.shared();
    config.setJdbcUrl(
        "jdbc:postgresql://%s:%d/test?currentSchema=%s"
            .formatted(server.host(), server.port(), schema.name()));
    config.setUsername("postgres");
    config.setPassword(Server.PASSWORD);
    config.setMaximumPoolSize(12);
    config.setConnectionInitSql("SET TimeZone = 'Asia/Kolkata'");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      MigrationResult result =
          Ghost.migration()
              .strategy(Strategy.GHOST)
              .dataSource(pool)
              .table("t")
              .alter("ADD COLUMN x int")
              .build()
              .run();
      assertThat(result.rowsCopied()).isEqualTo(5_000);
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
  void namesMayNeedQuoting() throws Exception {
    for (String name :
        List.of("select", "with space", "quo\"te", "Upper", "\u00fcml\u00e4ut", "a".repeat(63))) {
      String quoted = schema.server().quote(name);
      schema.execute(
          "CREATE TABLE %1$s (%1$s serial PRIMARY KEY, v int UNIQUE)".formatted(quoted),
          "INSERT INTO %s (v) VALUES (1), (2), (3)".formatted(quoted));
      schema
          .ghost(name, "ADD COLUMN \"x \"\"y\" int DEFAULT 5")
          .listener(
              new PausingListener()
                  .at(
                      Phase.VERIFY,
                      () -> run("UPDATE %1$s SET v = 20 WHERE %1$s = 2".formatted(quoted))))
          .build()
          .run();
      schema.execute("INSERT INTO %s (v) VALUES (4)".formatted(quoted));
      assertThat(schema.rows("SELECT * FROM %s ORDER BY 1".formatted(quoted)))
          .containsExactly("1|1|5", "2|20|5", "3|3|5", "4|4|5");
    }
  }

  private <T extends GhostException> T failing(Class<T> kind, Ghost.Builder ghost) {
    T e = catchThrowableOfType(kind, () -> ghost.build().run());
    assertThat(e).as("it did not fail").isNotNull();
    assertNothingIsLeft();
    return e;
  }

  private void assertNothingIsLeft() {
    try {
      assertThat(schema.leftovers()).isEmpty();
      assertThat(schema.tables()).contains("t").doesNotContain("t_old");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void run(String sql) throws SQLException {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }

  /** Pages that a run has copied hold other rows after a rewrite. */
  @Test
  void aRewriteBetweenTwoRunsIsNoticed() throws Exception {
    try (Schema schema = PostgresServer.shared().newSchema()) {
      schema.numbers(60_000);
      schema.execute(
          "CREATE TABLE t (id uuid PRIMARY KEY, filler text)",
          "INSERT INTO t SELECT gen_random_uuid(), repeat('x', 200) FROM n",
          "ANALYZE t");
      AtomicReference<Ghost> ghost = new AtomicReference<>();
      ghost.set(
          schema
              .ghost("t", "ADD COLUMN note int")
              .listener(new PausingListener().at(Phase.VERIFY, () -> ghost.get().stop()))
              .build());
      assertThatThrownBy(() -> ghost.get().run()).isInstanceOf(CancelledException.class);
      schema.execute("VACUUM FULL t");
      assertThatThrownBy(() -> schema.ghost("t", "ADD COLUMN note int").build().run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("rewritten");
      schema.ghost("t", "ADD COLUMN note int").startOver(true).build().run();
      assertThat(schema.count("t")).isEqualTo(60_000);
    }
  }
}
