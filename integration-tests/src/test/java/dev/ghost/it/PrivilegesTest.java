package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Ghost;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may not do all that it takes is told what to grant; and that is enough. */
@OnServers(otherVersions = Db.MARIADB)
class PrivilegesTest {

  @Provided private Db db;

  @Provided private Server server;

  @Provided private Schema schema;

  @Test
  void privilegesThatAreMissing() throws Exception {
    if (db == Db.POSTGRES) {
      missingOnPostgres();
    } else {
      missingOnInnodb();
    }
  }

  private void missingOnInnodb() throws Exception {
    schema.execute(
        "CREATE TABLE t (a INT PRIMARY KEY)",
        "INSERT INTO t VALUES (1), (2)",
        "CREATE USER IF NOT EXISTS 'weak'@'%' IDENTIFIED BY 'weak'",
        "GRANT SELECT, INSERT ON `%s`.* TO 'weak'@'%%'".formatted(schema.name()),
        "XA START 'a'",
        "XA END 'a'",
        "XA PREPARE 'a'",
        "XA ROLLBACK 'a'");
    try {
      RefusedException e = refused(asWeak("t"));
      // Somebody uses them here.
      assertThat(e.remedy().contains("GRANT XA_RECOVER_ADMIN ON *.* TO 'weak'@'%';"))
          .isEqualTo(db == Db.MYSQL);
      assertThat(e.remedy())
          .contains(
              "GRANT REPLICATION SLAVE, %s ON *.* TO 'weak'@'%%';"
                  .formatted(db == Db.MYSQL ? "REPLICATION CLIENT" : "BINLOG MONITOR"),
              "GRANT UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, CREATE TEMPORARY TABLES, LOCK TABLES ON `%s`.* TO 'weak'@'%%';"
                  .formatted(schema.name()));
      // What it asks for is enough, and no more is needed.
      for (String grant :
          e.remedy().lines().map(String::strip).filter(l -> l.startsWith("GRANT")).toList()) {
        schema.execute(grant);
      }
      asWeak("t").build().run();
      assertThat(schema.rows("SELECT * FROM t ORDER BY a")).containsExactly("1|null", "2|null");
    } finally {
      schema.execute("DROP USER 'weak'@'%'");
    }
  }

  /** On what is in other schemas; the lock comes days after the beginning. */
  @Needs(Ability.KEYS_REFER_TO_NAMES)
  @Test
  void privilegesOnTablesThatReferAndAreReferredTo() throws Exception {
    schema.execute("CREATE USER IF NOT EXISTS 'weak'@'%' IDENTIFIED BY 'weak'");
    try (Schema far = server.newSchema()) {
      schema.execute(
          "CREATE TABLE %s.elder (id INT PRIMARY KEY)".formatted(far.name()),
          "CREATE TABLE t (a INT PRIMARY KEY, elder_id INT, CONSTRAINT to_elder FOREIGN KEY"
              + " (elder_id) REFERENCES %s.elder (id))".formatted(far.name()),
          "INSERT INTO t (a) VALUES (1), (2)",
          "CREATE TABLE %s.child (id INT PRIMARY KEY, a INT, CONSTRAINT to_t FOREIGN KEY (a) REFERENCES %s.t (a))"
              .formatted(far.name(), schema.name()),
          "GRANT REPLICATION SLAVE, %s ON *.* TO 'weak'@'%%'"
              .formatted(
                  db == Db.MYSQL ? "REPLICATION CLIENT, XA_RECOVER_ADMIN" : "BINLOG MONITOR"),
          "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, CREATE TEMPORARY"
              + " TABLES, LOCK TABLES ON %s.* TO 'weak'@'%%'".formatted(schema.name()),
          "GRANT SELECT ON %s.* TO 'weak'@'%%'".formatted(far.name()));
      RefusedException e = refused(asWeak("t"));
      assertThat(e.remedy())
          .contains(
              "GRANT ALTER, CREATE, INSERT ON `%s`.`child` TO 'weak'@'%%';".formatted(far.name()),
              "GRANT LOCK TABLES ON `%s`.* TO 'weak'@'%%';".formatted(far.name()));
      // What it asks for is enough.
      for (String grant :
          e.remedy().lines().map(String::strip).filter(l -> l.startsWith("GRANT")).toList()) {
        schema.execute(grant);
      }
      asWeak("t").build().run();
      assertThatThrownBy(() -> far.execute("INSERT INTO child VALUES (3, 3)"))
          .hasMessageContaining("foreign key");
      far.execute("INSERT INTO child VALUES (2, 2)", "DROP TABLE child");
      schema.execute("DROP TABLE t, t_old");
    } finally {
      schema.execute("DROP USER 'weak'@'%'");
    }
  }

  private MigrationBuilder asWeak(String table) {
    return Ghost.connect(schema.url())
        .user("weak")
        .password("weak")
        .migration(table)
        .alter("ADD COLUMN x INT")
        .strategy(Strategy.GHOST);
  }

  private void makeTable() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t SELECT i, 1 FROM n");
  }

  private void missingOnPostgres() throws Exception {
    makeTable();
    schema.execute(
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
      RefusedException e = refused(weak);
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
      assertThat(refused(weak))
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
  @Needs(Ability.OWNERS)
  @Test
  void usageOfTheSchemaWithoutCreateIsNotEnough() throws Exception {
    makeTable();
    schema.execute(
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
      assertThat(refused(partly).remedy()).isEqualTo("Run as an administrator:\n  " + grant);
      schema.execute(grant);
      partly.build().run();
      assertThat(schema.hasColumn("t", "x")).isTrue();
    } finally {
      schema.execute(
          "DROP TABLE IF EXISTS t_old, t", "DROP OWNED BY partly CASCADE", "DROP ROLE partly");
    }
  }

  /** Some providers do. */
  @Needs(Ability.OWNERS)
  @Test
  void aServerWhoseControlFileIsHidden() throws Exception {
    makeTable();
    schema.execute(
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

  private RefusedException refused(MigrationBuilder ghost) throws Exception {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> ghost.build().run());
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.tables()).contains("t").doesNotContain("t_old");
    return e;
  }
}
