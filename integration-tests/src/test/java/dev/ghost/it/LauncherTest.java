package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher as a user runs it: what it prints and how it exits. */
@OnServers
class LauncherTest {

  @Provided private Db db;

  @Provided private Server server;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
        "INSERT INTO t SELECT i, CONCAT('name', i) FROM n");
  }

  @Test
  void doneIsZero() throws Exception {
    try (Launcher ghost = alter("--statement", "ALTER TABLE t ADD COLUMN note INT;")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
      assertThat(ghost.output())
          .contains("t has its new schema", "copied 2,000 rows", "verified 2,000 rows")
          .contains("DROP TABLE %s.%s;".formatted(quoted(schema.name()), quoted("t_old")))
          .doesNotContain(Server.PASSWORD)
          .doesNotContain("\033");
    }
  }

  @Test
  void theRetiredTableIsDroppedWhenAskedFor() throws Exception {
    try (Launcher ghost = alter("--table", "t", "--alter", "ADD x INT", "--drop-retired")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
    }
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void aDryRunPrintsThePlanAndLeavesNothing() throws Exception {
    try (Launcher ghost = alter("--table", "t", "--alter", nameOf(50), "--dry-run")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
      assertThat(ghost.output())
          .contains("Plan for " + schema.name() + ".t", "(id)")
          .containsPattern(
              "name: (var|character varying)\\w*\\(40\\)( \\S+)? -> \\w+( \\w+)?\\(50\\)");
    }
    assertThat(schema.tables()).containsExactly("t");
    schema.execute("INSERT INTO t VALUES (-1, '" + "x".repeat(40) + "')");
    assertThatThrownBy(() -> schema.execute("INSERT INTO t VALUES (-2, '" + "x".repeat(41) + "')"))
        .isInstanceOf(SQLException.class);
  }

  /** The README's first command. It needs no server. */
  @Needs(Ability.EMBEDDED_SERVER)
  @Test
  void theDemoTellsTheWholeStory() throws Exception {
    String product = db.name().toLowerCase(Locale.ROOT);
    try (Launcher ghost = Launcher.start("demo", "--db", product, "--rows", "20000")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
      assertThat(ghost.output())
          .contains(".orders has its new schema", "What the application felt", "cutover")
          .doesNotContain("MISSING");
    }
  }

  @Test
  void usageIsTwo() throws Exception {
    exits(2, "--table", "t");
    exits(2, "--table", "t", "--alter", "ADD COLUMN", "--url", schema.url());
    exits(2, "--table", "t", "--alter", "ADD x INT", "--lock-timeout", "soon");
    exits(2, "--table", "t", "--alter", "ADD x INT", "--threads", "0");
    exits(2, "--no-such-option");
    try (Launcher ghost =
        Launcher.start(
            "alter",
            "--url",
            "mysql://root:pw@127.0.0.1/x",
            "--table",
            "t",
            "--alter",
            "ADD x INT")) {
      assertThat(ghost.exitCode()).isEqualTo(2);
      assertThat(ghost.output()).contains("GHOST_PASSWORD");
    }
  }

  @Test
  void optionsComeFromAFileToo(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("ghost.properties"),
            "# for all tables of this server\nurl = %s\nlock-timeout = 700ms\ndrop-retired = true\n"
                .formatted(schema.url()));
    try (Launcher ghost =
        Launcher.start(
            "alter", "--config", file.toString(), "--table", "t", "--alter", "ADD x INT")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
    }
    assertThat(schema.tables()).containsExactly("t");
    for (String line : List.of("lock-timout = 2s", "password = secret", "lock-timeout = soon")) {
      Files.writeString(file, line);
      try (Launcher ghost = alter("--config=" + file, "--table", "t", "--alter", "ADD y INT")) {
        assertThat(ghost.exitCode()).as(line).isEqualTo(2);
        assertThat(ghost.output()).contains("ghost: ").doesNotContain("\tat ");
      }
    }
    exits(2, "--config", folder.resolve("nothing").toString(), "--table", "t", "--alter", "FORCE");
  }

  @Test
  void refusedIsThree() throws Exception {
    exits(3, "--table", "nothere", "--alter", "ADD x INT");
    exits(3, "--table", "t", "--alter", "RENAME TO u");
    exits(3, "--table", "t", "--alter", "ADD COLUMN name INT");
    assertThat(schema.tables()).containsExactly("t");
  }

  @Test
  void aMisfitIsFour() throws Exception {
    // Where the sample that is compared before the copy does not find it.
    schema.execute(
        "UPDATE t SET name = CAST(id AS CHAR(5))",
        "INSERT INTO t SELECT a.i + 2000 * b.i, b.i FROM n AS a JOIN n AS b ON b.i <= 15",
        "UPDATE t SET name = 'too long' WHERE id = 16555");
    exits(4, "--table", "t", "--alter", nameOf(5));
    exits(3, "--table", "t", "--alter", nameOf(1));
  }

  @Test
  void aCutoverThatCannotBeIsFive() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      reader.createStatement().executeQuery("SELECT * FROM t").close();
      exits(
          5,
          "--table",
          "t",
          "--alter",
          "ADD x INT",
          "--cutover-tries",
          "1",
          "--lock-timeout",
          "200ms");
    }
  }

  @Test
  void aSignalIsSix() throws Exception {
    try (Connection reader = schema.connect()) {
      reader.setAutoCommit(false);
      reader.createStatement().executeQuery("SELECT * FROM t").close();
      try (Launcher ghost = alter("--table", "t", "--alter", "ADD x INT", "--output", "json")) {
        ghost.awaitLine("cutoverPostponed");
        ghost.terminate();
        assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(6);
        assertThat(ghost.output()).contains("\"kind\":\"Cancelled\"", "What was done is kept");
      }
    }
    try (Launcher again = alter("--table", "t", "--alter", "ADD x INT", "--output", "json")) {
      assertThat(again.exitCode()).as(again.output()).isZero();
      assertThat(again.output()).contains("continues where it was");
    }
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql://root@127.0.0.1:1/x", "postgres://postgres@127.0.0.1:1/x"})
  void aServerThatCannotBeReachedIsSeven(String url) throws Exception {
    try (Launcher ghost =
        Launcher.start("alter", "--url", url, "--table", "t", "--alter", "ADD x INT")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(7);
      assertThat(ghost.output()).contains("cannot be reached").doesNotContain("\tat ");
    }
  }

  @Test
  void hooksAreToldAndOneCanVeto(@TempDir Path directory) throws Exception {
    Path hooks = Files.createDirectory(directory.resolve("hooks"));
    Path log = directory.resolve("log");
    for (String name : List.of("started", "planned", "copied", "after-cutover", "done", "failed")) {
      hook(hooks, name, "echo $GHOST_HOOK $GHOST_FACT_TABLE $GHOST_PASSWORD $(cat) >> " + log);
    }
    hook(hooks, "before-cutover", "echo not today; exit 3");
    String[] change = {"--table", "t", "--alter", "ADD x INT", "--hooks", hooks.toString()};
    try (Launcher ghost = alter(change)) {
      assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(7);
      assertThat(ghost.output()).contains("exit code 3; not today", "is kept");
    }
    assertThat(schema.hasColumn("t", "x")).isFalse();
    hook(hooks, "before-cutover", "exit 0");
    try (Launcher ghost = alter(change)) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
    }
    String table = schema.name() + ".t";
    assertThat(Files.readAllLines(log))
        .extracting(line -> line.replaceFirst(" +\\{.*", ""))
        .containsExactly(
            "started",
            "planned " + table,
            "copied " + table,
            "failed " + table,
            "started",
            "planned " + table,
            "copied " + table,
            "after-cutover " + table,
            "done " + table);
    assertThat(Files.readString(log)).doesNotContain(Server.PASSWORD).contains("\"hook\":\"done\"");
  }

  private static void hook(Path directory, String name, String script) throws Exception {
    Path file = directory.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void jsonIsOneObjectALine() throws Exception {
    try (Launcher ghost = alter("--table", "t", "--alter", "ADD x INT", "--output", "json")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
      ObjectMapper json = new ObjectMapper();
      List<String> lines = ghost.output().lines().toList();
      for (String line : lines) {
        assertThat(json.readTree(line).get("event")).as(line).isNotNull();
      }
      JsonNode done = json.readTree(lines.get(lines.size() - 1));
      assertThat(done.get("event").asText()).isEqualTo("done");
      assertThat(done.get("rowsCopied").asLong()).isEqualTo(2_000);
      assertThat(done.get("stallMillis").asDouble()).isPositive();
    }
  }

  /** The change that gives names another length. */
  private String nameOf(int length) {
    return db == Db.POSTGRES
        ? "ALTER name TYPE VARCHAR(%d)".formatted(length)
        : "MODIFY name VARCHAR(%d) NOT NULL".formatted(length);
  }

  private String quoted(String name) {
    return server.quote(name);
  }

  private void exits(int code, String... arguments) throws Exception {
    boolean ownUrl = List.of(arguments).contains("--url");
    try (Launcher ghost = ownUrl ? Launcher.start(with("alter", arguments)) : alter(arguments)) {
      assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(code);
      assertThat(ghost.output()).contains("ghost: ").doesNotContain("\tat ");
    }
  }

  private Launcher alter(String... arguments) throws Exception {
    return Launcher.start(with("alter", with("--url", with(schema.url(), arguments))));
  }

  private static String[] with(String first, String... rest) {
    String[] all = new String[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }
}
