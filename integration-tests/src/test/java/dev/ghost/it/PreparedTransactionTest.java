package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The rows of an XA transaction are in the binary log when it is prepared, and become visible when
 * it is committed, at any later time; the log says nothing of the rows then. On PostgreSQL it holds
 * its locks meanwhile.
 */
@OnServers(otherVersions = Db.MARIADB)
class PreparedTransactionTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)", "INSERT INTO t SELECT i, i FROM n");
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null && db.can(Ability.XA)) {
      if (schema.rows("XA RECOVER").stream().anyMatch(r -> r.endsWith("|" + schema.name()))) {
        schema.execute("XA ROLLBACK '" + schema.name() + "'");
      }
    }
  }

  @Needs(Ability.XA)
  @ParameterizedTest(name = "prepared in {0}, {2} in {1}, compression {3}")
  @CsvSource({
    "COPY, VERIFY, COMMIT, OFF",
    "COPY, CUTOVER, COMMIT, ON",
    "VERIFY, CUTOVER, COMMIT, OFF",
    "VERIFY, CUTOVER, ROLLBACK, OFF",
  })
  void whatIsPreparedInOnePhaseAndDecidedInAnother(
      Phase prepared, Phase decided, String decision, String compression) throws Exception {
    try (Connection xa = schema.connect()) {
      PausingListener listener =
          new PausingListener()
              .at(
                  prepared,
                  () -> {
                    run(
                        xa,
                        db == Db.MYSQL
                            ? "SET SESSION binlog_transaction_compression = " + compression
                            : "SET GLOBAL log_bin_compress = " + compression);
                    prepare(xa);
                  })
              .at(decided, () -> run(xa, "XA " + decision + " '" + schema.name() + "'"));
      migrate(listener);
    }
    assertChanged(decision.equals("COMMIT"));
  }

  /** The log that says what it changes is before all that the change stream brings. */
  @Needs(Ability.XA)
  @ParameterizedTest
  @EnumSource
  void whatWasPreparedBeforeTheRun(Decision decision) throws Exception {
    try (Connection xa = schema.connect()) {
      prepare(xa);
      PausingListener listener =
          new PausingListener()
              .whenWarned(
                  "prepared before the run",
                  () -> run(xa, "XA " + decision + " '" + schema.name() + "'"));
      migrate(
          listener.at(
              Phase.COPY,
              () -> assertThat(listener.warnings).anyMatch(w -> w.contains("prepared before"))));
    }
    assertChanged(decision == Decision.COMMIT);
  }

  enum Decision {
    COMMIT,
    ROLLBACK
  }

  /** The lock of the cutover cannot be had before the transaction is decided. */
  @Needs(Ability.XA)
  @ParameterizedTest
  @EnumSource
  void whatIsDecidedWhileTheCutoverWaitsForIt(Decision decision) throws Exception {
    try (Connection xa = schema.connect()) {
      PausingListener listener =
          new PausingListener()
              .at(Phase.CUTOVER, () -> prepare(xa))
              .whenPostponed(
                  attempt -> {
                    if (attempt == 1) {
                      run(xa, "XA " + decision + " '" + schema.name() + "'");
                    }
                  });
      MigrationResult result = migrate(listener);
      assertThat(result.cutoverAttempts()).isGreaterThan(1);
    }
    assertChanged(decision == Decision.COMMIT);
  }

  private MigrationResult migrate(PausingListener listener) throws Exception {
    return schema.ghost("t", "ADD COLUMN note INT").listener(listener).build().run();
  }

  private void prepare(Connection xa) throws SQLException {
    run(
        xa,
        "XA START '" + schema.name() + "'",
        "UPDATE t SET v = -1 WHERE id BETWEEN 100 AND 200",
        "DELETE FROM t WHERE id = 300",
        "INSERT INTO t VALUES (5000, 5000)",
        "UPDATE t SET id = 5001 WHERE id = 301",
        "XA END '" + schema.name() + "'",
        "XA PREPARE '" + schema.name() + "'");
  }

  private void assertChanged(boolean changed) throws SQLException {
    assertThat(schema.rows("SELECT id, v FROM t ORDER BY id"))
        .isEqualTo(schema.rows("SELECT id, v FROM t_old ORDER BY id"));
    assertThat(schema.count("t WHERE v = -1")).isEqualTo(changed ? 101 : 0);
    assertThat(schema.count("t WHERE id IN (300, 301)")).isEqualTo(changed ? 0 : 2);
    assertThat(schema.count("t WHERE id > 2000")).isEqualTo(changed ? 2 : 0);
  }

  private static void run(Connection c, String... statements) throws SQLException {
    try (Statement s = c.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }

  @Needs(Ability.PREPARE_TRANSACTION)
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
                    s.execute("UPDATE t SET v = -1 WHERE id <= 10");
                    s.execute("PREPARE TRANSACTION 'ghost test'");
                  });
      schema.ghost("t", "ADD COLUMN note int").listener(listener).build().run();
      assertThat(listener.postponed)
          .as("it holds up the cutover, and is named")
          .singleElement()
          .asString()
          .contains("prepared transaction 'ghost test'");
    }
    assertThat(schema.count("t WHERE v = -1")).isEqualTo(10);
  }
}
