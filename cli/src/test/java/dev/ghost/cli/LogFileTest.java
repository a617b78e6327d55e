package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.logging.Level;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.SLF4JServiceProvider;

/** What goes into the file of --log-file, in which form; and what does not. */
class LogFileTest {

  /** Nobody listens at this port. */
  private static final String URL = "mysql://app@127.0.0.1:1/shop";

  private static final String LINE =
      "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}[+-]\\d\\d:\\d\\d (ERROR|WARN |INFO"
          + " |DEBUG|TRACE) \\[\\S+] \\w+: .+";

  private static final Logger OURS =
      LoggerFactory.getLogger("dev.ghost.internal.migration.report.RunLog");
  private static final Logger LIBRARY = LoggerFactory.getLogger("io.debezium.Engine");

  @TempDir Path folder;
  private Path file;
  private Path password;

  @BeforeEach
  void prepare() throws IOException {
    LogFile.silence();
    password = Files.writeString(folder.resolve("password"), "geheim");
    file = folder.resolve("ghost.log");
  }

  @Test
  void oneLineAnEventAndAStackTraceBehindAnError() throws IOException {
    try (LogFile ignored = LogFile.open(file, LogLevel.INFO)) {
      OURS.info("{}: phase copy\n  begins", "shop.t");
      OURS.warn("with a cause", new IllegalStateException("in two\nlines"));
      OURS.error("failed", new IllegalStateException("why"));
    }
    List<String> lines = Files.readAllLines(file);
    assertThat(lines.get(0))
        .matches(LINE)
        .contains(" INFO  [")
        .endsWith("shop.t: phase copy | begins");
    assertThat(lines.get(1))
        .matches(LINE)
        .endsWith("] RunLog: with a cause; java.lang.IllegalStateException: in two | lines");
    assertThat(lines.get(2)).matches(LINE).contains(" ERROR [").endsWith("RunLog: failed");
    assertThat(lines.get(3)).isEqualTo("java.lang.IllegalStateException: why");
    assertThat(lines.get(4)).startsWith("\tat " + LogFileTest.class.getName());
  }

  @ParameterizedTest
  @CsvSource({
    "ERROR, error, error",
    "WARN, error warn, error warn",
    "INFO, error warn info, error warn info",
    "DEBUG, error warn info debug, error warn info",
    "TRACE, error warn info debug trace, error warn info"
  })
  void librariesSayNoMoreThanInfo(LogLevel level, String ours, String libraries)
      throws IOException {
    try (LogFile ignored = LogFile.open(file, level)) {
      for (Logger logger : List.of(OURS, LIBRARY)) {
        logger.error("error");
        logger.warn("warn");
        logger.info("info");
        logger.debug("debug");
        logger.trace("trace");
      }
      java.util.logging.Logger.getLogger("org.postgresql.jdbc").log(Level.FINE, "driver");
    }
    assertThat(logged("RunLog")).isEqualTo(ours);
    assertThat(logged("Engine")).isEqualTo(libraries);
    assertThat(logged("jdbc")).isEmpty();
  }

  private String logged(String logger) throws IOException {
    return String.join(
        " ",
        Files.readAllLines(file).stream()
            .filter(l -> l.contains("] " + logger + ": "))
            .map(l -> l.replaceFirst(".*] " + logger + ": ", ""))
            .toList());
  }

  @Test
  void whatLibrariesPassOnIsMasked() throws IOException {
    try (LogFile ignored = LogFile.open(file, LogLevel.TRACE)) {
      LIBRARY.info("database.password = geheim");
      LIBRARY.warn("It said: Duplicate entry 'geheim' for key 'k'");
      LIBRARY.error("Failed", new SQLException("Incorrect value: 'geheim'", "22007", 1366));
    }
    assertThat(Files.readString(file))
        .contains("database.password = …", "Duplicate entry '…'", "SQLSTATE 22007, error 1366")
        .doesNotContain("geheim");
  }

  /** With two, SLF4J would choose one, and say so on the screen. */
  @Test
  void thereIsOneBinding() {
    assertThat(ServiceLoader.load(SLF4JServiceProvider.class)).hasSize(1);
  }

  @Test
  void aFileIsAppendedTo() throws IOException {
    Files.writeString(file, "before\n");
    LogFile.open(file, LogLevel.INFO).close();
    try (LogFile ignored = LogFile.open(file, LogLevel.INFO)) {
      OURS.info("after");
    }
    OURS.info("too late");
    assertThat(Files.readAllLines(file)).hasSize(2).first().isEqualTo("before");
  }

  @Test
  void aRunThatFailsIsInTheFileAndNothingOfItsLogOnTheScreen() throws IOException {
    Invocation failed = alter("--log-file", file.toString(), "--log-level", "trace");
    assertThat(failed.exitCode()).isEqualTo(7);
    assertThat(failed.out() + failed.err()).doesNotContain("INFO", "RunLog", "\tat ");
    assertThat(Files.readString(file))
        .contains("RunLog: The run of t begins: ghost ", "StoppedException, exit code 7", "\tat ")
        .doesNotContain("geheim");
  }

  @Test
  void verboseShowsTheFailureAndNoLibrary() {
    Invocation failed = alter("--verbose");
    assertThat(failed.err()).contains("\tat dev.ghost.").doesNotContain("WARN");
  }

  /** As all options can be: this is how the environment is read, too. */
  @Test
  void itCanStandInTheConfiguration() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("ghost.conf"), "log-file = %s\nlog-level = warn\n".formatted(file));
    alter("--config", config.toString());
    assertThat(Files.readString(file)).contains(" ERROR [").doesNotContain(" INFO ");
  }

  @Test
  void aFileThatCannotBeWrittenIsRefusedBeforeAnythingStarts() {
    for (String bad : List.of(folder.toString(), folder.resolve("no/such/folder").toString())) {
      Invocation refused = alter("--log-file", bad);
      assertThat(refused.exitCode()).isEqualTo(2);
      assertThat(refused.err())
          .contains("The log file " + bad + " cannot be written", "--log-file");
    }
    assertThat(alter("--log-file", file.toString(), "--log-level", "loud").exitCode()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"alter", "plan", "revert", "demo"})
  void whateverStartsARunHasTheOptions(String command) {
    assertThat(Invocation.of(command, "--help").out())
        .contains("--log-file=FILE", "--log-level=LEVEL");
  }

  private Invocation alter(String... more) {
    List<String> arguments = new ArrayList<>(List.of("alter", "--url", URL, "--table", "t"));
    arguments.addAll(List.of("--alter", "ADD x INT", "--password-file", password.toString()));
    arguments.addAll(List.of(more));
    return Invocation.of(arguments.toArray(String[]::new));
  }
}
