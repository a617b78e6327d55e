package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The name of the retired table is one table's, and the option is there where it can be given. */
class RetiredTableTest {

  private static final String URL = "mysql://app@127.0.0.1/shop";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"alter", "plan"})
  void theHelpHasTheOption(String command) {
    assertThat(Invocation.of(command, "--help").out()).contains("--retired-table=NAME");
  }

  @Test
  void aScriptHasNoSuchName() throws IOException {
    Path script = Files.writeString(folder.resolve("a.sql"), "ALTER TABLE a ADD x INT;");
    Invocation refused =
        Invocation.of(
            "alter",
            "--url",
            URL,
            "--statements",
            script.toString(),
            "--retired-table",
            "a_before");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("A script takes no --set");
  }

  /** As all options can be: this is how the environment is read, too. */
  @Test
  void itCanStandInTheConfiguration() throws IOException {
    Path script = Files.writeString(folder.resolve("a.sql"), "ALTER TABLE a ADD x INT;");
    Path config = Files.writeString(folder.resolve("ghost.conf"), "retired-table = a_before");
    Invocation refused =
        Invocation.of(
            "alter",
            "--config",
            config.toString(),
            "--url",
            URL,
            "--statements",
            script.toString());
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("A script takes no --set");
  }
}
