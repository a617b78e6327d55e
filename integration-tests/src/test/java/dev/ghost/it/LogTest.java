package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.ControlCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The file of --log-file as somebody reads it who was not there: it tells the story of a run that
 * has failed, and nothing of what is in the table.
 */
@OnServers
@Timeout(300)
class LogTest {

  private static final int ROWS = 32_000;

  /** Of ten digits, as no position in a log and no time has them. */
  private static final long FIRST_KEY = 8_361_000_000L;

  private static final String VALUE = "geheim";

  @Provided private Db db;

  @Provided private Server server;

  @Provided private Schema schema;

  @TempDir private Path folder;

  private Path file;

  @BeforeEach
  void prepare() throws Exception {
    file = folder.resolve("ghost.log");
    schema.numbers(ROWS);
    schema.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL, mail VARCHAR(40) NOT"
            + " NULL, v INT NOT NULL)",
        "INSERT INTO t SELECT %d + i, CONCAT('%s', i), CONCAT('m', i, '@%s'), 0 FROM n"
            .formatted(FIRST_KEY, VALUE, VALUE));
  }

  @Test
  void aRunThatHasFailedIsExplained() throws Exception {
    try (Connection reader = schema.connect();
        Launcher ghost =
            alter(
                "info",
                "ADD COLUMN note INT",
                "--postpone-cutover",
                "--cutover-tries",
                "2",
                "--lock-timeout",
                "300ms")) {
      awaitLine("The cutover waits");
      lockTheGhostUntil(": try 5 of 40 failed, ");
      cutTheStream();
      reader.setAutoCommit(false);
      read(reader, "SELECT COUNT(*) FROM t WHERE name = '" + VALUE + "'");
      schema.ghost().send("t", ControlCommand.cutover());
      assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(5);
      assertThat(ghost.output()).doesNotContain(" INFO ", "RunLog", "\tat ");
    }
    String table = schema.name() + ".t";
    assertThat(story())
        .containsSubsequence(
            "INFO The run of t begins: ghost N, Java N",
            "INFO %s: phase prepare begins".formatted(table),
            "INFO %s: phase stream begins".formatted(table),
            "INFO %s: phase copy begins".formatted(table),
            "INFO %s: phase copy is over after N ms".formatted(table),
            "INFO %s: both tables were compared as a whole, and are equal".formatted(table),
            "INFO %s: phase verify is over after N ms".formatted(table),
            "INFO %s: phase cutover begins".formatted(table),
            "WARN Session N: try N of N failed",
            "INFO The change stream is back after N ms",
            "INFO %s: cutover attempt N: nearly nothing is left to apply, after N ms"
                .formatted(table),
            "INFO %s: cutover attempt N: over, N ms in all".formatted(table),
            "INFO %s: cutover attempt N is postponed".formatted(table),
            "INFO %s: cutover attempt N is postponed".formatted(table),
            "ERROR The run of t has failed after N ms");
    assertThat(log())
        .contains("CutoverException, exit code 5: The cutover of " + table)
        .containsPattern("planned on \\S+ [^,]+, way ghost, key ")
        .containsPattern("INFO .* Outage: The change stream is interrupted, and begun again: ")
        .containsPattern("WARN .* failed, (LOCK_TIMEOUT|DEADLOCK): SQLSTATE \\w+, error \\d+: ")
        .contains("In the way: | session ")
        .contains("\tat dev.ghost.internal.cutover.Cutover.run");
    assertNothingOfTheTable();
  }

  /** The JDK would close the log as soon as the signal comes. */
  @Test
  void theLogOfARunThatASignalEndsHasItsEnd() throws Exception {
    try (Launcher ghost = alter("info", "ADD COLUMN note INT", "--postpone-cutover")) {
      awaitLine("The cutover waits");
      ghost.terminate();
      assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(6);
    }
    assertThat(story())
        .containsSubsequence(
            "INFO A signal has come: the run is to stop, and to keep what it has done",
            "INFO The run of t was ended after N ms");
  }

  /** Events of ghost's own, with their numbers left out, and what is behind a colon to explain. */
  private List<String> story() throws Exception {
    return Files.readAllLines(file).stream()
        .filter(l -> l.matches("\\d{4}-.* (ERROR|WARN |INFO ) \\[\\S+] \\w+: .*"))
        .map(l -> l.replaceFirst("^\\S+ (\\w+) +\\[\\S+] \\w+: ", "$1 "))
        .map(l -> l.replaceFirst("(begins: ghost ).*(, Java ).*", "$1N$2N"))
        .map(l -> l.replaceFirst("( is postponed| failed| ms): .*", "$1"))
        .map(l -> l.replaceFirst("( failed), .*", "$1"))
        .map(
            l ->
                l.replaceAll("attempt \\d+", "attempt N")
                    .replaceAll("(try|of|Session) \\d+", "$1 N")
                    .replaceAll("\\d+ ms", "N ms"))
        .toList();
  }

  @Test
  void nothingOfTheTableIsInATraceOfRunsThatFailAndOfOneThatIsCut() throws Exception {
    schema.execute("UPDATE t SET name = '%s too long' WHERE id = %d".formatted(VALUE, key(16_555)));
    fails(
        db == Db.POSTGRES ? "ALTER name TYPE VARCHAR(13)" : "MODIFY name VARCHAR(13) NOT NULL",
        "does not fit");
    schema.execute(
        "UPDATE t SET name = '%s' WHERE id = %d".formatted(VALUE, key(16_555)),
        "UPDATE t SET mail = 'm17@%s' WHERE id = %d".formatted(VALUE, key(14_321)));
    fails("ADD CONSTRAINT by_mail UNIQUE (mail)", "by_mail");
    try (Launcher ghost = alter("trace", "ADD COLUMN note INT", "--postpone-cutover")) {
      awaitLine("The cutover waits");
      change();
      cutTheStream();
      change();
      schema.ghost().send("t", ControlCommand.cutover());
      assertThat(ghost.exitCode()).as(ghost.output()).isZero();
      assertThat(ghost.output()).doesNotContain(" INFO ", " TRACE ");
    }
    assertThat(schema.value("SELECT COUNT(*) FROM t WHERE v = 2")).isEqualTo("100");
    assertThat(log())
        .contains(" TRACE ", "TracedSql: ", "INSERT INTO ", "A chunk of ", "keys are applied, in ")
        .containsPattern(" DEBUG .* Checkpointer: A checkpoint is written: ")
        .containsPattern("SQLSTATE \\w+, error \\d+: .*…")
        .contains("exit code ", "the names are swapped", "The run of t is done after ");
    assertNothingOfTheTable();
  }

  /** A run that the rows do not let through, found by the sample or by the copy. */
  private void fails(String change, String why) throws Exception {
    try (Launcher ghost = alter("trace", change)) {
      assertThat(ghost.exitCode()).as(ghost.output()).isIn(3, 4);
      assertThat(ghost.output()).contains(why);
    }
  }

  private void change() throws SQLException {
    schema.execute(
        "UPDATE t SET v = v + 1, name = '%s again' WHERE id <= %d".formatted(VALUE, key(100)));
  }

  private void assertNothingOfTheTable() throws Exception {
    assertThat(log())
        .doesNotContain(VALUE)
        // Behind a dot it is a part of a setting's name.
        .doesNotContainPattern("(?<![\\w.-])" + Server.PASSWORD + "(?![\\w.-])")
        .doesNotContainPattern("\\b8361\\d{6}\\b");
  }

  private static long key(int row) {
    return FIRST_KEY + row;
  }

  private String log() throws Exception {
    return Files.readString(file);
  }

  private Launcher alter(String level, String change, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("alter", "--url", schema.url()));
    arguments.addAll(List.of("--table", "t", "--alter", change));
    arguments.addAll(List.of("--log-file", file.toString(), "--log-level", level));
    arguments.addAll(List.of(more));
    return Launcher.start(arguments.toArray(String[]::new));
  }

  /** Waits until a line of the log has a text. */
  private void awaitLine(String text) {
    assertThat(Until.holds(Duration.ofMinutes(2), () -> Files.exists(file) && log().contains(text)))
        .as("a line with " + text)
        .isTrue();
  }

  /** Holds a row that the replay has to write. */
  private void lockTheGhostUntil(String text) throws Exception {
    String ghost = db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho";
    try (Connection theirs = schema.connect();
        Statement s = theirs.createStatement()) {
      theirs.setAutoCommit(false);
      s.executeUpdate("UPDATE %s SET v = v WHERE id = %d".formatted(ghost, key(5)));
      schema.execute("UPDATE t SET v = v + 1 WHERE id = %d".formatted(key(5)));
      awaitLine(text);
      theirs.rollback();
    }
  }

  private void cutTheStream() throws SQLException {
    try (Connection c = server.connect("");
        Statement s = c.createStatement()) {
      for (String session : Server.rows(c, server.streamSessions())) {
        s.execute(server.endSession(session));
      }
    }
    awaitLine("The change stream is back after ");
  }

  private static void read(Connection reader, String sql) throws SQLException {
    try (Statement s = reader.createStatement()) {
      s.executeQuery(sql).close();
    }
  }
}
