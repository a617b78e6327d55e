package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.DefaultSettings;
import dev.ghost.api.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What an option is when it is not given: the environment first, then the configuration file. */
class DefaultsTest {

  private static final List<String> ALTER =
      List.of("alter", "--url", "mysql://app@db1/s", "--table", "t", "--alter", "ADD c INT");

  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();

  private Defaults defaults(String... args) {
    return Defaults.of(args, environment::get);
  }

  private String config(String... lines) throws IOException {
    return Files.write(folder.resolve("ghost.conf"), List.of(lines)).toString();
  }

  /** The value of an option of ghost alter. */
  private Object option(String option, String... more) {
    List<String> args = new ArrayList<>(ALTER);
    args.addAll(List.of(more));
    String[] all = args.toArray(String[]::new);
    CommandLine commands = Main.commands();
    commands.setDefaultValueProvider(Defaults.of(all, environment::get));
    return commands.parseArgs(all).subcommand().commandSpec().findOption(option).getValue();
  }

  @Test
  void theCommandLineComesFirstThenTheEnvironmentThenTheFileThenOurDefault() throws Exception {
    assertThat(option("--lock-timeout")).isEqualTo(Duration.ofSeconds(1));
    String file = config("lock-timeout = 2s");
    assertThat(option("--lock-timeout", "--config", file)).isEqualTo(Duration.ofSeconds(2));
    environment.put("GHOST_LOCK_TIMEOUT", "3s");
    assertThat(option("--lock-timeout", "--config", file)).isEqualTo(Duration.ofSeconds(3));
    assertThat(option("--lock-timeout", "--config", file, "--lock-timeout", "4s"))
        .isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void theFileIsNamedByTheCommandLineOrElseByTheEnvironment() throws Exception {
    environment.put("GHOST_CONFIG", config("threads = 7"));
    assertThat(option("--threads")).isEqualTo(7);
    Path other = Files.writeString(folder.resolve("other.conf"), "threads = 8");
    assertThat(option("--threads", "--config=" + other)).isEqualTo(8);
  }

  @Test
  void aFlagCanStandInTheFileToo() throws Exception {
    assertThat(option("--postpone-cutover")).isEqualTo(false);
    assertThat(option("--postpone-cutover", "--config", config("postpone-cutover = true")))
        .isEqualTo(true);
  }

  @Test
  void aLineThatIsNoOptionIsRefusedAndNamed() throws Exception {
    String file = config("lock-timeout = 2s", "lock-timout = 3s", "trheads = 4");
    assertThatThrownBy(() -> defaults("alter", "--config", file))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has lines for what is no option: lock-timout, trheads.")
        .hasMessageContaining("without the dashes");
  }

  @Test
  void aPasswordInTheFileIsRefusedWithTheWayOut() throws Exception {
    String file = config("password = secret");
    assertThatThrownBy(() -> defaults("alter", "--config", file))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("password-file = ")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aFileThatCannotBeReadIsRefused() {
    assertThatThrownBy(() -> defaults("alter", "--config", folder.resolve("none").toString()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("none cannot be read");
  }

  @Test
  void anEscapeThatIsNoneInAPropertiesFileIsRefused() throws Exception {
    String file = config("table = \\u12");
    assertThatThrownBy(() -> defaults("alter", "--config", file))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void theOptionForHelpHasNoDefault() {
    environment.put("GHOST_HELP", "true");
    environment.put("GHOST_VERSION", "true");
    CommandLine commands = Main.commands();
    Defaults defaults = Defaults.of(new String[0], environment::get);
    commands
        .getCommandSpec()
        .options()
        .forEach(o -> assertThat(defaults.defaultValue(o)).as(o.longestName()).isNull());
  }

  @Test
  void jsonIsToldAlsoWhereTheRestCannotBeRead() throws Exception {
    assertThat(Defaults.json(new String[] {"--output", "json"}, environment::get)).isTrue();
    assertThat(Defaults.json(new String[] {"--output=JSON"}, environment::get)).isTrue();
    assertThat(Defaults.json(new String[] {"--output"}, environment::get)).isFalse();
    environment.put("GHOST_OUTPUT", "json");
    assertThat(Defaults.json(new String[0], environment::get)).isTrue();
    assertThat(Defaults.json(new String[] {"--output=text"}, environment::get)).isFalse();
    environment.clear();
    String[] args = {"--config", config("output = json")};
    assertThat(Defaults.json(args, environment::get)).as("not read yet").isFalse();
    assertThat(defaults(args).wantsJson(args)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void theFileSaysHowAFailureIsTold(String output) throws Exception {
    Invocation failed =
        Invocation.of("alter", "--config", config("output = " + output), "--no-such-option");
    assertThat(failed.exitCode()).isEqualTo(2);
    assertThat(failed.out().isEmpty()).isEqualTo(output.equals("text"));
  }

  @Test
  void theLibrarysDefaultsAreOnesOfTheCommandToo() {
    assertThat(option("--chunk-time")).isEqualTo(DefaultSettings.CHUNK_TIME);
    assertThat(option("--threads")).isEqualTo(DefaultSettings.THREADS);
    assertThat(option("--verify-every")).isEqualTo(DefaultSettings.VERIFY_EVERY);
    assertThat(option("--max-log")).isEqualTo(DefaultSettings.MAX_LOG);
    assertThat(Invocation.of("alter", "--help").out())
        .containsIgnoringWhitespaces("Default: 500ms.", "Default: 1h.", "Default: 32GB.");
  }

  @ParameterizedTest
  @CsvSource({"PT0.5S, 500ms", "PT1S, 1s", "PT1M, 1m", "PT90S, 90s", "PT1H, 1h", "PT25H, 25h"})
  void aTimeIsWrittenAsItIsRead(Duration time, String text) {
    assertThat(Defaults.time(time)).isEqualTo(text);
  }
}
