package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.api.CancelledException;
import dev.ghost.api.ExitCode;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.VerificationException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody alters what a run depends on: it ends with the source untouched, and says what. */
@OnServers(otherVersions = Db.POSTGRES)
class InterferenceTest {

  private static final int ROWS = 2_000;
  private static final String CHANGE = "ADD COLUMN note INT";

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.ledgerTable(ROWS);
  }

  private String ghostTable() {
    return db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho";
  }

  /** After the tables were compared: an empty table would go live. */
  @Test
  void theGhostIsEmptied() throws Exception {
    InterferenceException e =
        interference(new PausingListener().at(Phase.CUTOVER, this::emptyTheGhost));
    assertThat(e).hasMessageContaining("emptied");
    if (db != Db.MARIADB) {
      // A stock MariaDB does not keep what sessions have said.
      assertThat(e.what()).contains(schema.server().administrator(), "TRUNCATE TABLE");
    }
  }

  private void emptyTheGhost() throws Exception {
    schema.execute("TRUNCATE TABLE " + ghostTable());
  }

  /** In the last moment before the lock. */
  @Test
  void theGhostIsEmptiedBetweenTwoTries() throws Exception {
    Connection[] reader = new Connection[1];
    PausingListener listener =
        new PausingListener()
            .at(Phase.CUTOVER, () -> reader[0] = readingSession())
            .whenPostponed(
                attempt -> {
                  if (attempt == 1) {
                    reader[0].close();
                    emptyTheGhost();
                  }
                });
    assertThat(interference(listener)).hasMessageContaining("emptied");
  }

  /** On MariaDB, one of ghost's tables has the retired name then; it must not pass for a swap. */
  @Test
  void theGhostIsDroppedBetweenTwoTries() throws Exception {
    Connection[] reader = new Connection[1];
    interference(
        new PausingListener()
            .at(Phase.CUTOVER, () -> reader[0] = readingSession())
            .whenPostponed(
                attempt -> {
                  if (attempt == 1) {
                    reader[0].close();
                    schema.execute(
                        "DROP TABLE " + ghostTable(), "UPDATE t SET v = v + 1 WHERE id = 2");
                  }
                }));
  }

  private Connection readingSession() throws Exception {
    Connection reader = schema.connect();
    reader.setAutoCommit(false);
    reader.createStatement().executeQuery("SELECT COUNT(*) FROM t").close();
    return reader;
  }

  /** Without PROCESS, InnoDB's numbers of tables are not shown; that rows are missing is. */
  @Needs(Ability.PROCESS_PRIVILEGE)
  @Test
  void theGhostIsEmptiedAndTheUserSeesLittle() throws Exception {
    schema.execute(
        "CREATE USER IF NOT EXISTS 'humble'@'%' IDENTIFIED BY '" + Server.PASSWORD + "'",
        "GRANT REPLICATION SLAVE, %s ON *.* TO 'humble'@'%%'"
            .formatted(db == Db.MYSQL ? "REPLICATION CLIENT, XA_RECOVER_ADMIN" : "BINLOG MONITOR"),
        "GRANT ALL ON `%s`.* TO 'humble'@'%%'".formatted(schema.name()));
    try {
      InterferenceException e =
          catchThrowableOfType(
              InterferenceException.class,
              () ->
                  schema
                      .ghost(Schema.at(schema.url().replace("root@", "humble@")), "t", CHANGE)
                      .listener(new PausingListener().at(Phase.CUTOVER, this::emptyTheGhost))
                      .build()
                      .run());
      assertThat(e).hasMessageContaining("emptied, or deleted rows of");
      assertUntouched();
    } finally {
      schema.execute("DROP USER 'humble'@'%'");
    }
  }

  /** The same definition, and another table. */
  @Test
  void theGhostIsMadeAgain() throws Exception {
    String create =
        db == Db.POSTGRES
            ? "CREATE TABLE %1$s_2 (LIKE %1$s INCLUDING ALL)"
            : "CREATE TABLE %1$s_2 LIKE %1$s";
    String rename =
        db == Db.POSTGRES ? "ALTER TABLE %s_2 RENAME TO t" : "RENAME TABLE %1$s_2 TO %1$s";
    InterferenceException e =
        interference(
            new PausingListener()
                .at(
                    Phase.CUTOVER,
                    () ->
                        schema.execute(
                            create.formatted(ghostTable()),
                            "DROP TABLE " + ghostTable(),
                            rename.formatted(ghostTable()))));
    assertThat(e)
        .hasMessageMatching("(?s)Somebody (altered|emptied, rewrote, or dropped and made again).*");
  }

  /** Rows are missing when the tables are compared. */
  @Test
  void rowsOfTheGhostAreDeleted() throws Exception {
    VerificationException e =
        catchThrowableOfType(
            VerificationException.class,
            () ->
                run(
                    new PausingListener()
                        .at(
                            Phase.VERIFY,
                            () ->
                                schema.execute(
                                    "DELETE FROM %s WHERE id IN (5, 7)".formatted(ghostTable())))));
    assertThat(e.exitCode()).isEqualTo(ExitCode.TABLES_DIFFER);
    assertThat(e).hasMessageContaining("id = 5");
    assertUntouched();
  }

  /** The stream passes over what is written meanwhile, and nobody would know. */
  @Needs(Ability.PUBLICATIONS)
  @Test
  void thePublicationIsAlteredForAWhile() throws Exception {
    InterferenceException e =
        interference(new PausingListener().at(Phase.CUTOVER, this::alterThePublication));
    assertThat(e).hasMessageContaining("publication");
  }

  private void alterThePublication() throws Exception {
    String publication = schema.value("SELECT pubname FROM pg_publication");
    schema.execute(
        "ALTER PUBLICATION %s DROP TABLE t".formatted(publication),
        "UPDATE t SET v = -1 WHERE id = 3",
        "ALTER PUBLICATION %s ADD TABLE t (id)".formatted(publication));
  }

  /** The same while no run is there to see it. */
  @Needs(Ability.PUBLICATIONS)
  @Test
  void thePublicationIsAlteredBetweenTwoRuns() throws Exception {
    AtomicReference<Migration> ghost = new AtomicReference<>();
    ghost.set(
        schema
            .ghost("t", CHANGE)
            .postponeCutover(true)
            .listener(new PausingListener().at(Phase.CUTOVER, () -> ghost.get().stop()))
            .build());
    assertThatThrownBy(() -> ghost.get().run()).isInstanceOf(CancelledException.class);
    alterThePublication();
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> schema.ghost("t", CHANGE).build().run());
    assertThat(e.remedy()).contains("--start-over");
    assertThat(schema.hasColumn("t", "note")).isFalse();
    schema.ghost("t", CHANGE).startOver(true).build().run();
    assertThat(schema.value("SELECT v FROM t WHERE id = 3")).isEqualTo("-1");
  }

  @Needs(Ability.REPLICA_IDENTITY)
  @Test
  void theReplicaIdentityIsChanged() throws Exception {
    assertThat(
            interference(
                new PausingListener()
                    .at(
                        Phase.CUTOVER,
                        () -> schema.execute("ALTER TABLE t REPLICA IDENTITY USING INDEX by_u"))))
        .hasMessageContaining("altered");
  }

  /** The server refuses the updates of a table that is published without its replica identity. */
  @Needs(Ability.REPLICA_IDENTITY)
  @Test
  void theApplicationGoesOnWithAnotherReplicaIdentity() throws Exception {
    schema.execute("ALTER TABLE t ADD COLUMN g bigint GENERATED ALWAYS AS (v + 1) STORED");
    interference(
        new PausingListener()
            .at(
                Phase.CUTOVER,
                () ->
                    schema.execute(
                        "ALTER TABLE t REPLICA IDENTITY FULL",
                        "UPDATE t SET v = -1 WHERE id = 3",
                        "ALTER TABLE t REPLICA IDENTITY USING INDEX by_u",
                        "UPDATE t SET v = -2 WHERE id = 4")));
    assertThat(schema.count("t WHERE v < 0")).isEqualTo(2);
  }

  /** Where the stream cannot read all of a row's values, only keys are published. */
  @Needs({Ability.PUBLICATIONS, Ability.REPLICA_IDENTITY})
  @ParameterizedTest
  @ValueSource(strings = {"FULL", "NOTHING"})
  void aPublicationThatKeepsTheApplicationFromWritingIsDropped(String identity) throws Exception {
    schema.execute("ALTER TABLE t ADD COLUMN price money");
    AtomicReference<CompletableFuture<Duration>> refused = new AtomicReference<>();
    InterferenceException e =
        interference(
            new PausingListener()
                .at(
                    Phase.CUTOVER,
                    () -> {
                      schema.execute("ALTER TABLE t REPLICA IDENTITY " + identity);
                      assertThatThrownBy(() -> schema.execute(UPDATE))
                          .hasMessageContaining("cannot update table");
                      refused.set(Async.supply(this::refusedFor));
                    }));
    assertThat(e).hasMessageContaining("replica identity");
    assertThat(refused.get().get()).isLessThan(Duration.ofSeconds(4));
  }

  private static final String UPDATE = "UPDATE t SET v = -1 WHERE id = 3";

  /** Tries to update a row until that is done. */
  private Duration refusedFor() {
    long begun = System.nanoTime();
    try (Connection c = schema.connect();
        var statement = c.createStatement()) {
      while (true) {
        try {
          statement.executeUpdate(UPDATE);
          return Duration.ofNanos(System.nanoTime() - begun);
        } catch (SQLException e) {
          TimeUnit.MILLISECONDS.sleep(20);
        }
      }
    } catch (SQLException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Needs(Ability.SLOTS)
  @Test
  void theSlotIsDropped() throws Exception {
    assertThat(
            interference(
                new PausingListener().at(Phase.CUTOVER, () -> schema.server().forgetLog(schema))))
        .hasMessageContaining("slot");
  }

  private InterferenceException interference(MigrationListener listener) throws Exception {
    InterferenceException e =
        catchThrowableOfType(InterferenceException.class, () -> run(listener));
    assertThat(e).as("the run ended in another way").isNotNull();
    assertThat(e.exitCode()).isEqualTo(ExitCode.INTERFERENCE);
    assertThat(e.remedy()).isNotEmpty();
    assertUntouched();
    return e;
  }

  private void run(MigrationListener listener) {
    schema.ghost("t", CHANGE).listener(listener).build().run();
  }

  private void assertUntouched() throws Exception {
    assertThat(schema.hasColumn("t", "note")).isFalse();
    assertThat(schema.count("t")).isEqualTo(ROWS);
    assertThat(schema.tables()).isEqualTo(List.of("t"));
  }

  @ParameterizedTest
  @Rows(
      innodb =
          """
          ALTER TABLE t ADD COLUMN mine INT
          TRUNCATE TABLE t
          RENAME TABLE t TO u
          CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW SET NEW.v = 1
          ALTER TABLE t COMMENT = 'mine'
          DROP TABLE t
          """,
      postgres =
          """
          TRUNCATE t
          ALTER TABLE t ADD mine int
          CREATE INDEX mine ON t (v)
          ALTER TABLE t REPLICA IDENTITY FULL
          GRANT SELECT ON t TO PUBLIC
          CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
          """)
  void ddlOfTheSourceStopsTheRun(String ddl) throws Exception {
    Migration ghost =
        schema
            .ghost("t", CHANGE)
            .listener(new PausingListener().at(Phase.CUTOVER, () -> execute(ddl)))
            .build();
    InterferenceException e = catchThrowableOfType(InterferenceException.class, ghost::run);
    assertThat(e).isNotNull();
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.tables()).doesNotContain("t_gho", "t_ghc", "t_old");
    if (!ddl.startsWith("DROP") && !ddl.startsWith("RENAME")) {
      assertThat(schema.tables()).contains("t");
      assertThat(schema.hasColumn("t", "note")).isFalse();
    }
  }

  private void execute(String ddl) throws SQLException {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute(ddl);
    }
  }
}
