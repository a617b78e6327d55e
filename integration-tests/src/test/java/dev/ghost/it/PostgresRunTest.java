package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.Ghost;
import dev.ghost.Migration;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.Strategy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs on PostgreSQL that do not end as planned, and what is left of them: nothing. */
@OnServers(whichHave = Ability.PUBLICATIONS)
class PostgresRunTest {

  @Provided private PostgresServer server;
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(40), mail text, n int)",
        "INSERT INTO t SELECT i, 'name' || i, 'm' || i || '@x', i FROM n",
        "UPDATE t SET name = 'a name that is too long' WHERE id = 3456",
        "UPDATE t SET n = 70000 WHERE id = 4000",
        "UPDATE t SET mail = 'M17@X' WHERE id = 4321",
        "UPDATE t SET n = NULL WHERE id = 77");
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
          ADD l text GENERATED ALWAYS AS (lower(mail)) STORED, ADD CONSTRAINT k UNIQUE (l) | m17@x
          ADD CONSTRAINT e EXCLUDE USING gist (int4range(n, n + 2) WITH &&) | constraint "e"
          """)
  void whatDoesNotFitIsNamed(String change, String row) {
    GhostException e = failing(GhostException.class, schema.ghost("t", change));
    // The server's own ALTER refuses it where it is in the sample, else the copy.
    assertThat(e).isInstanceOfAny(RefusedException.class, RowRejectedException.class);
    assertThat(e).hasMessageContaining(row);
  }

  /** Joined by an underscore, both pairs of schema and table would be the same name. */
  @Test
  void twoTablesWhoseNamesJoinAlikeAreNotTakenForEachOther() throws Exception {
    try (Schema one = server.newSchema("joined");
        Schema other = server.newSchema("joined_up")) {
      String fill = "INSERT INTO %s SELECT generate_series(1, 1000)";
      one.execute("CREATE TABLE up_t (id int PRIMARY KEY)", fill.formatted("up_t"));
      other.execute("CREATE TABLE t (id int PRIMARY KEY)", fill.formatted("t"));
      Migration[] self = new Migration[1];
      self[0] =
          one.ghost("up_t", "ADD x int")
              .listener(new PausingListener().at(Phase.VERIFY, () -> self[0].stop()))
              .build();
      assertThatThrownBy(self[0]::run).isInstanceOf(CancelledException.class);
      other.ghost("t", "ADD y int").build().run();
      assertThat(other.hasColumn("t", "y")).isTrue();
      one.ghost("up_t", "ADD x int").build().run();
      assertThat(one.hasColumn("up_t", "x")).isTrue();
      assertThat(one.leftovers()).isEmpty();
    }
  }

  @Needs(Ability.OWNERS)
  @Test
  void privilegesThatAreMissing() throws Exception {
    schema.execute(
        "UPDATE t SET name = 'short', n = 1, mail = id::text",
        "CREATE ROLE keeper",
        "CREATE ROLE weak LOGIN PASSWORD 'weak'",
        "ALTER TABLE t OWNER TO keeper");
    MigrationBuilder weak =
        Ghost.connect(schema.url())
            .user("weak")
            .password("weak")
            .migration("t")
            .alter("ADD COLUMN x int")
            .strategy(Strategy.GHOST);
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

  /** It would be found out under the cutover's lock, after the whole copy. */
  @Test
  void usageOfTheSchemaWithoutCreateIsNotEnough() throws Exception {
    schema.execute(
        "UPDATE t SET name = 'short', n = 1, mail = id::text",
        "CREATE ROLE partly LOGIN PASSWORD 'partly' REPLICATION",
        "GRANT CREATE ON DATABASE test TO partly",
        "GRANT USAGE ON SCHEMA \"%s\" TO partly".formatted(schema.name()),
        "ALTER TABLE t OWNER TO partly");
    MigrationBuilder partly =
        Ghost.connect(schema.url())
            .user("partly")
            .password("partly")
            .migration("t")
            .alter("ADD COLUMN x int")
            .strategy(Strategy.GHOST);
    String grant = "GRANT CREATE ON SCHEMA \"%s\" TO \"partly\";".formatted(schema.name());
    try {
      assertThat(failing(RefusedException.class, partly).remedy())
          .isEqualTo("Run as an administrator:\n  " + grant);
      schema.execute(grant);
      partly.build().run();
      assertThat(schema.hasColumn("t", "x")).isTrue();
    } finally {
      schema.execute(
          "DROP TABLE IF EXISTS t_old, t", "DROP OWNED BY partly CASCADE", "DROP ROLE partly");
    }
  }

  /** Some providers do. */
  @Test
  void aServerWhoseControlFileIsHidden() throws Exception {
    schema.execute(
        "UPDATE t SET name = 'short', n = 1, mail = id::text",
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
        "CREATE ROLE kept LOGIN PASSWORD 'kept' REPLICATION",
        "GRANT CREATE ON DATABASE test TO kept",
        "GRANT USAGE, CREATE ON SCHEMA \"%s\" TO kept".formatted(schema.name()),
        "ALTER TABLE t OWNER TO kept");
    try {
      Ghost.connect(schema.url())
          .user("kept")
          .password("kept")
          .migration("t")
          .alter("ADD COLUMN x int")
          .strategy(Strategy.GHOST)
          .build()
          .run();
      assertThat(schema.hasColumn("t", "x")).isTrue();
    } finally {
      schema.execute(
          "GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC",
          "DROP TABLE IF EXISTS t_old, t",
          "DROP OWNED BY kept CASCADE",
          "DROP ROLE kept");
    }
  }

  /** Its subscribers have neither the ghost nor our journal, and would stop there. */
  @Test
  void aPublicationOfAllTablesThatSomebodyReads() throws Exception {
    schema.execute(
        "UPDATE t SET name = 'short', n = 1, mail = id::text",
        "CREATE PUBLICATION everything FOR ALL TABLES",
        "SELECT pg_create_logical_replication_slot('reader', 'pgoutput')");
    try {
      for (Migration ghost :
          List.of(schema.ghost("t", "ADD COLUMN x int").build(), schema.revert("t").build())) {
        RefusedException e = catchThrowableOfType(RefusedException.class, ghost::run);
        assertThat(e).isNotNull();
        assertThat(e).hasMessageContaining("everything").hasMessageContaining("reader");
        assertThat(e.remedy()).contains("--accept-publication everything");
      }
      String statement = "ALTER TABLE t ADD COLUMN z int";
      assertThatThrownBy(() -> schema.ghost().script(statement).build().run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("everything");
      assertThat(schema.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_gho'"))
          .isEmpty();
      // What the server does itself writes no ghost's rows.
      schema.ghost("t", "ADD COLUMN y int").strategy(Strategy.AUTO).build().run();
      schema.ghost("t", "ADD COLUMN x int").acceptPublication("everything").build().run();
      schema.execute("SELECT pg_drop_replication_slot('reader')", "DROP TABLE t_old");
      schema.ghost("t", "ADD COLUMN z int").build().run();
      assertThat(schema.hasColumn("t", "z")).isTrue();
    } finally {
      schema.execute(
          "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name ="
              + " 'reader'",
          "DROP PUBLICATION everything");
    }
  }

  @Test
  void itCanBeCancelled() {
    AtomicReference<Migration> ghost = new AtomicReference<>();
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
    config.setJdbcUrl(
        "jdbc:postgresql://%s:%d/test?currentSchema=%s"
            .formatted(server.host(), server.port(), schema.name()));
    config.setUsername("postgres");
    config.setPassword(Server.PASSWORD);
    config.setMaximumPoolSize(12);
    config.setConnectionInitSql("SET TimeZone = 'Asia/Kolkata'");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      MigrationResult result =
          Ghost.connect(pool)
              .migration("t")
              .alter("ADD COLUMN x int")
              .strategy(Strategy.GHOST)
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

  private <T extends GhostException> T failing(Class<T> kind, MigrationBuilder ghost) {
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
}
