package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.MigrationStatus;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Shows that the command needs no more than 256 MB of heap, whatever it is given: it ends well, and
 * nothing is lost. Run by the profile {@code bench}.
 */
@OnServers
@Timeout(value = 1, unit = TimeUnit.HOURS)
class MemoryBench {

  private static final int ROWS = Integer.getInteger("ghost.bench.rows", 2_000_000);

  private static final int LARGE_ROWS = 24;

  private static final double CHANGES_PER_SECOND = 1;

  @Provided private Db db;

  @Provided private Server server;

  /** One statement changes every row while the cutover is postponed. */
  @Test
  void everyRowChangesAtOnce() throws Exception {
    try (Schema schema = server.newSchema()) {
      schema.numbers(ROWS);
      schema.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, a BIGINT NOT NULL)",
          "INSERT INTO t SELECT i, i FROM n");
      long most = 0;
      try (Launcher ghost = alter(schema)) {
        MigrationStatus status = schema.awaitStatus("t", s -> s.phase().equals("cutover"));
        schema.execute("UPDATE t SET a = a + 1");
        while (status.running() && status.keysApplied() < ROWS) {
          most = Math.max(most, status.pendingKeys());
          status = schema.status("t").orElseThrow();
        }
        cutOver(schema, ghost);
      }
      equal(schema, "a", ROWS);
      BenchTable.print(
          db, "%,d rows changed by one statement | %,d keys pending at the most", ROWS, most);
    }
  }

  /** Rows of 16 MB are changed all along; a little less, which is what MariaDB takes. */
  @Test
  void largeRows() throws Exception {
    try (Schema schema = server.newSchema()) {
      boolean postgres = db == Db.POSTGRES;
      int bytes = (16 << 20) - 1_000;
      schema.numbers(LARGE_ROWS);
      schema.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, a BIGINT NOT NULL, large %s NOT NULL)"
              .formatted(postgres ? "TEXT" : "LONGTEXT"));
      if (postgres) {
        schema.execute("ALTER TABLE t ALTER COLUMN large SET STORAGE EXTERNAL");
      }
      schema.execute("INSERT INTO t SELECT i, i, REPEAT('x', %d) FROM n".formatted(bytes));
      try (Launcher ghost = alter(schema)) {
        try (Load load = new Load(schema, 2, LARGE_ROWS, 1, CHANGES_PER_SECOND)) {
          schema.awaitStatus("t", s -> s.phase().equals("cutover"));
          BenchTable.print(
              db,
              "%d rows of %,d bytes | %.1f changes/s",
              LARGE_ROWS,
              bytes,
              load.felt().perSecond());
        }
        cutOver(schema, ghost);
      }
      equal(schema, "large", LARGE_ROWS);
      equal(schema, "a", LARGE_ROWS);
    }
  }

  private Launcher alter(Schema schema) throws Exception {
    return Launcher.start(
        Map.of("GHOST_PASSWORD", Server.PASSWORD, "JAVA_OPTS", "-Xmx256m"),
        "alter",
        "--url",
        schema.url(),
        "--table",
        "t",
        "--alter",
        "ADD COLUMN note INT",
        "--postpone-cutover");
  }

  private static void cutOver(Schema schema, Launcher ghost) throws InterruptedException {
    schema.ghost().send("t", ControlCommand.cutover());
    assertThat(ghost.exitCode()).as(ghost.output()).isZero();
  }

  /** Nobody has written since the tables were swapped. */
  private static void equal(Schema schema, String column, int rows) throws SQLException {
    assertThat(
            schema.value(
                "SELECT COUNT(*) FROM t JOIN t_old o ON o.id = t.id AND o.%s = t.%s"
                    .formatted(column, column)))
        .isEqualTo(Integer.toString(rows));
  }
}
