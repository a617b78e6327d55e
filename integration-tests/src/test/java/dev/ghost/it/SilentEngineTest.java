package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Under the cutover's lock nothing is heard of the engine any more: its process is stopped, the
 * network swallows its packets, or its host is gone. The server lets go by itself, the application
 * continues within the bound, and whether the tables were swapped is found out afterwards.
 */
@OnServers
class SilentEngineTest {

  private static final boolean EVERYTHING = Boolean.getBoolean("ghost.silent.everything");

  /** The lock timeout, the drain's limit, and two seconds for the server. */
  private static final long BOUND_MILLIS = 1_000 + 3_000 + 2_000;

  private static final String LOCKED_OR_WAITING =
      "SELECT pid, granted FROM pg_locks WHERE relation = 't'::regclass AND mode ="
          + " 'AccessExclusiveLock'";

  /** What happens to the engine. */
  private enum Trouble {
    STOPPED,
    FROZEN,
    HOST_GONE
  }

  /** Looks at a row of the table, again and again. */
  private static final class Readers implements AutoCloseable {
    private final AtomicLong longest = new AtomicLong();
    private final Connection own;
    private final BackgroundLoop looks;

    Readers(Schema schema) throws SQLException {
      own = schema.connect();
      looks = new BackgroundLoop(1, random -> look());
    }

    private void look() throws SQLException {
      long begun = System.nanoTime();
      try (Statement s = own.createStatement()) {
        s.executeQuery("SELECT v FROM t WHERE id = 1").close();
      }
      longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
    }

    long longestMillis() {
      return longest.get() / 1_000_000;
    }

    @Override
    public void close() throws Exception {
      looks.close();
      own.close();
    }
  }

  private record Case(String statement, Trouble trouble) {}

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.ledgerTable(3_000);
  }

  /** Statements of the cutover; the answer to each of them does not arrive. */
  private List<String> steps() {
    return switch (db) {
      case MYSQL -> List.of("LOCK TABLES", "RENAME TABLE", "UNLOCK TABLES");
      case MARIADB -> List.of("LOCK TABLES", "RENAME TABLE", "DROP TABLE `");
      case POSTGRES -> List.of("IN EXCLUSIVE MODE", "IN ACCESS EXCLUSIVE MODE", "RENAME TO");
    };
  }

  private List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int step = 0; step < steps().size(); step++) {
      for (Trouble trouble : Trouble.values()) {
        // Else each step, and each trouble, once.
        if (EVERYTHING || trouble == Trouble.values()[(step + 1) % 3]) {
          cases.add(new Case(steps().get(step), trouble));
        }
      }
    }
    return cases;
  }

  @Test
  void writersGoOnWithinTheBound() throws Exception {
    for (Case each : cases()) {
      run(each);
      schema.execute("DROP TABLE t_old", "ALTER TABLE t DROP COLUMN note");
    }
  }

  private void run(Case now) throws Exception {
    Ledger ledger = new Ledger(schema, "t", 3, now.hashCode()).gently().start();
    Readers readers = new Readers(schema);
    try (ledger;
        readers;
        Proxy proxy = new Proxy(schema.server());
        Launcher ghost = start(proxy)) {
      proxy.freezeAt(now.statement());
      assertThat(proxy.awaitFrozen(Duration.ofSeconds(60)))
          .as("%s on %s:%n%s", now, db, ghost.output())
          .isTrue();
      switch (now.trouble()) {
        case STOPPED -> {
          ghost.pause();
          proxy.thaw();
        }
        case HOST_GONE -> ghost.kill();
        case FROZEN -> {}
      }
      assertThat(ledger.awaitMore(50, Duration.ofMillis(BOUND_MILLIS + 1_000)))
          .as("writers go on, %s on %s", now, db)
          .isTrue();
      switch (now.trouble()) {
        case STOPPED -> ghost.goOn();
        case FROZEN -> proxy.cutFrozen();
        case HOST_GONE -> {
          assertThat(schema.server().silenceOfRun(schema)).isIn(List.of(), List.of("60"));
          proxy.close();
          try (Launcher again = startWhenTheOtherIsForgotten()) {
            assertEnded(again, now);
          }
        }
      }
      if (now.trouble() != Trouble.HOST_GONE) {
        assertEnded(ghost, now);
      }
    }
    assertThat(ledger.longestMillis())
        .as("the longest transaction, %s on %s", now, db)
        .isLessThan(BOUND_MILLIS);
    assertThat(readers.longestMillis())
        .as("the longest look, %s on %s", now, db)
        .isLessThan(BOUND_MILLIS);
    assertThat(ledger.differences()).as("%s on %s", now, db).isEmpty();
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.hasColumn("t", "note")).isTrue();
    assertThat(schema.leftovers()).isEmpty();
  }

  /** What libraries have to say of lost connections does not reach the screen. */
  private void assertEnded(Launcher ghost, Case now) throws Exception {
    assertThat(ghost.exitCode()).as("%s on %s:%n%s", now, db, ghost.output()).isZero();
    assertThat(ghost.output().lines()).allMatch(line -> line.startsWith("{"));
  }

  /** The server has to find out that the other host is gone, for it holds the run's lock. */
  private Launcher startWhenTheOtherIsForgotten() throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      Launcher again = start(schema.url());
      if (again.exitCode() != 3 || System.nanoTime() > deadline) {
        return again;
      }
      assertThat(again.output()).contains("Another run of ghost is working on");
    }
  }

  private Launcher start(Proxy proxy) throws Exception {
    return start(proxy.url(schema.name()));
  }

  private Launcher start(String url) throws Exception {
    return start("alter", url, "--alter", "ADD COLUMN note INT");
  }

  private static Launcher start(String command, String url, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                "--url",
                url,
                "--table",
                "t",
                "--ssl-mode",
                "DISABLED",
                "--output",
                "json"));
    arguments.addAll(List.of(more));
    return Launcher.start(arguments.toArray(String[]::new));
  }

  /** Stops the engine when it has sent a statement. */
  private static void pauseAt(String statement, Proxy proxy, Launcher ghost) throws Exception {
    proxy.freezeAt(statement);
    assertThat(proxy.awaitFrozen(Duration.ofSeconds(60))).as(ghost.output()).isTrue();
    ghost.pause();
    proxy.thaw();
  }

  /** The way back goes under the same lock, with the same limits. */
  @Test
  void aRevert() throws Exception {
    try (Launcher ghost = start(schema.url())) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
    }
    Ledger ledger = new Ledger(schema, "t", 3, 1).gently().start();
    try (ledger;
        Proxy proxy = new Proxy(schema.server());
        Launcher ghost = start("revert", proxy.url(schema.name()))) {
      pauseAt(steps().get(1), proxy, ghost);
      assertThat(ledger.awaitMore(50, Duration.ofMillis(BOUND_MILLIS + 1_000))).isTrue();
      ghost.goOn();
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
    }
    assertThat(ledger.longestMillis()).isLessThan(BOUND_MILLIS);
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isFalse();
  }

  /** To plan a foreign key locks the table that it is to refer to, and its writers wait. */
  @Needs(Ability.TABLE_LOCK_MODES)
  @Test
  void aPlanWithAForeignKey() throws Exception {
    // The others look at a change without the foreign keys in it.
    schema.execute("CREATE TABLE p (id INT PRIMARY KEY)", "INSERT INTO p VALUES (1)");
    try (Proxy proxy = new Proxy(schema.server());
        Launcher ghost =
            start(
                "alter",
                proxy.url(schema.name()),
                "--alter",
                "ADD COLUMN p_id INT REFERENCES p (id)")) {
      proxy.freezeAt("_gho\".\"t\" ADD COLUMN p_id INT REFERENCES");
      assertThat(proxy.awaitFrozen(Duration.ofSeconds(60))).as(ghost.output()).isTrue();
      schema.execute("SET lock_timeout = '%dms'".formatted(BOUND_MILLIS));
      schema.execute("UPDATE p SET id = 2");
      schema.execute("RESET lock_timeout");
      proxy.cutFrozen();
      assertThat(ghost.exitCode()).as(ghost.output()).isIn(0, 7);
    }
  }

  /** A change that the server makes by itself is made under a lock as well. */
  @Needs(Ability.TABLE_LOCK_MODES)
  @Test
  void aChangeOfTheServersOwn() throws Exception {
    // On the others it is one statement, and its lock ends with it.
    Ledger ledger = new Ledger(schema, "t", 3, 1).gently().start();
    try (ledger;
        Proxy proxy = new Proxy(schema.server());
        Launcher ghost =
            start(
                "alter",
                proxy.url(schema.name()),
                "--alter",
                "ADD COLUMN note INT",
                "--strategy",
                "direct")) {
      pauseAt("ALTER TABLE \"%s\".\"t\" ADD".formatted(schema.name()), proxy, ghost);
      assertThat(schema.rows(LOCKED_OR_WAITING)).as(ghost.output()).isNotEmpty();
      assertThat(ledger.awaitMore(50, Duration.ofMillis(BOUND_MILLIS))).isTrue();
      ghost.goOn();
      assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(7);
    }
    assertThat(ledger.longestMillis()).isLessThan(BOUND_MILLIS);
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.hasColumn("t", "note")).isFalse();
  }
}
