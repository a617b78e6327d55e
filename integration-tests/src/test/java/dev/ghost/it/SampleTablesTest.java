package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.RefusedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables with partitions or FULLTEXT keys are compared with the server's own ALTER in real tables.
 * Nobody else has anything of them, and what is not ghost's is left alone.
 */
@OnServers(whichHave = Ability.NEVER_TEMPORARY_TABLES, otherVersions = Db.MARIADB)
class SampleTablesTest {

  private static final String CHANGE = "MODIFY v BIGINT";

  @Provided private Db db;
  @Provided private Schema schema;

  private void partitioned() throws Exception {
    schema.numbers(1_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT) PARTITION BY HASH (id) PARTITIONS 3",
        "INSERT INTO t SELECT i, i FROM n");
  }

  private static long warned(MigrationPlan plan, String text) {
    return plan.warnings().stream().filter(w -> w.contains(text)).count();
  }

  /** The end of the log: a file and a position. */
  private String[] endOfLog() throws Exception {
    List<String> files = schema.rows("SHOW BINARY LOGS");
    return files.get(files.size() - 1).split("\\|", -1);
  }

  @Test
  void nothingOfThemIsLogged() throws Exception {
    partitioned();
    String[] end = endOfLog();
    MigrationPlan plan = schema.ghost("t", CHANGE).build().plan();
    assertThat(plan.comparison().orElseThrow().rows()).isGreaterThanOrEqualTo(100);
    assertThat(warned(plan, "binary log")).isZero();
    List<String> logged =
        schema.rows("SHOW BINLOG EVENTS IN '%s' FROM %s".formatted(end[0], end[1]));
    assertThat(logged).anyMatch(e -> e.contains(schema.name()) && e.contains("t_gho"));
    assertThat(logged).noneMatch(e -> e.contains(schema.name()) && e.contains("t_ghs"));
    // The session that made them logs again, and all else.
    schema.ghost("t", CHANGE).build().run();
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }

  @Test
  void nothingOfTemporaryOnesIsLogged() throws Exception {
    schema.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1)");
    String[] end = endOfLog();
    assertThat(schema.ghost("t", CHANGE).build().plan().comparison().orElseThrow().rows()).isOne();
    assertThat(schema.rows("SHOW BINLOG EVENTS IN '%s' FROM %s".formatted(end[0], end[1])))
        .noneMatch(e -> e.contains(schema.name()) && e.contains("sample of ghost"));
  }

  @Test
  void aUserWhoMayNotSwitchTheLogOffIsTold() throws Exception {
    partitioned();
    schema.execute(
        "CREATE USER IF NOT EXISTS 'modest'@'%' IDENTIFIED BY '" + Server.PASSWORD + "'",
        "GRANT REPLICATION SLAVE, %s ON *.* TO 'modest'@'%%'"
            .formatted(db == Db.MYSQL ? "REPLICATION CLIENT, XA_RECOVER_ADMIN" : "BINLOG MONITOR"),
        "GRANT ALL ON `%s`.* TO 'modest'@'%%'".formatted(schema.name()));
    try {
      MigrationBuilder ghost =
          schema.ghost(Schema.at(schema.url().replace("root@", "modest@")), "t", CHANGE);
      MigrationPlan plan = ghost.build().plan();
      assertThat(
              warned(plan, db == Db.MYSQL ? "privilege SESSION_VARIABLES_ADMIN" : "BINLOG ADMIN"))
          .isEqualTo(1);
      assertThat(ghost.build().run().warnings()).anyMatch(w -> w.contains("binary log"));
      assertThat(schema.tables()).containsExactly("t", "t_old");
    } finally {
      schema.execute("DROP USER 'modest'@'%'");
    }
  }

  /** It is in the way where real tables are needed, and in nobody's way otherwise. */
  @ParameterizedTest
  @ValueSource(strings = {"t_ghs", "t_ght", "t_ghu"})
  void aTableOfTheUsersWithSuchAName(String name) throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
        "INSERT INTO t VALUES (1, 1)",
        "CREATE TABLE %s (i INT)".formatted(name),
        "INSERT INTO %s VALUES (7)".formatted(name));
    schema.ghost("t", CHANGE).build().plan();
    schema.ghost("t", CHANGE).dropRetired(true).build().run();
    assertThat(schema.value("SELECT i FROM " + name)).isEqualTo("7");

    schema.execute("ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 2");
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class, () -> schema.ghost("t", "MODIFY v INT").build().run());
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e).hasMessageContaining(name);
    schema.ghost().cleanUp("t");
    assertThat(schema.value("SELECT i FROM " + name)).isEqualTo("7");
    assertThat(schema.tables()).containsExactly("t", name);
  }

  /** As a run leaves them that was killed while it compared. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAKilledRunHasLeft(boolean cleanup) throws Exception {
    partitioned();
    schema.execute(
        """
        CREATE TABLE t_ghc (slot INT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL,
                            content LONGTEXT CHARACTER SET utf8mb4) COMMENT = 'ghost control table'
        """,
        "INSERT INTO t_ghc VALUES (-6, 0, 't'), (-1, 0, '%s'), (-11, 0, 'made')".formatted(CHANGE),
        "CREATE TABLE t_gho LIKE t",
        "CREATE TABLE t_ghs LIKE t",
        "CREATE TABLE t_ght LIKE t");
    if (cleanup) {
      assertThat(schema.ghost().cleanUp("t"))
          .contains("table %1$s.t_ghs".formatted(schema.name()))
          .contains("table %1$s.t_ght".formatted(schema.name()));
      assertThat(schema.tables()).containsExactly("t");
    } else {
      schema.ghost("t", CHANGE).dropRetired(true).build().run();
      assertThat(schema.tables()).containsExactly("t");
    }
  }

  /** The same without the note: they are somebody's. */
  @Test
  void whatAKilledRunHasNotMade() throws Exception {
    partitioned();
    schema.execute(
        """
        CREATE TABLE t_ghc (slot INT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL,
                            content LONGTEXT CHARACTER SET utf8mb4) COMMENT = 'ghost control table'
        """,
        "INSERT INTO t_ghc VALUES (-6, 0, 't'), (-1, 0, '%s'), (-11, 0, '')".formatted(CHANGE),
        "CREATE TABLE t_ghs (i INT)");
    assertThat(schema.ghost().cleanUp("t")).noneMatch(l -> l.contains("t_ghs"));
    assertThat(schema.tables()).containsExactly("t", "t_ghs");
  }
}
