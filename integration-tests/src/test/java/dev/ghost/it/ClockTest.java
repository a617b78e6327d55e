package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody sets the clock of the machine that ghost runs on, while it works: nothing is lost, and
 * only where it is set back by much does the run end. The process gets another time from
 * libfaketime.
 */
@OnServers
class ClockTest {

  private static final Optional<Path> LIBRARY =
      Stream.of("x86_64-linux-gnu", "aarch64-linux-gnu")
          .map(machine -> Path.of("/usr/lib", machine, "faketime", "libfaketime.so.1"))
          .filter(Files::exists)
          .findFirst();

  @TempDir Path folder;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    // Not in CI: with it, the start of a JVM takes a minute.
    assumeTrue(LIBRARY.isPresent(), "libfaketime is not installed");
    schema.ledgerTable(20_000);
  }

  @Test
  void isSetWhileItWorks() throws Exception {
    setClock(Duration.ZERO);
    Ledger ledger = new Ledger(schema, "t", 2, 1).gently().start();
    try (ledger) {
      try (Launcher ghost = start("--postpone-cutover")) {
        ghost.awaitLine("\"phase\":\"copy\"");
        setClock(Duration.ofDays(2));
        schema.awaitStatus("t", s -> s.phase().equals("cutover") && s.postponed());
        setClock(Duration.ofDays(2).minusSeconds(20));
        long then = schema.status("t").orElseThrow().keysApplied();
        schema.awaitStatus("t", s -> s.keysApplied() > then + 200);
        setClock(Duration.ofDays(-30));
        assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(7);
        assertThat(ghost.output()).contains("was set back by 27648");
      }
      // No certificate is valid yet at that time.
      setClock(Duration.ZERO);
      try (Launcher again = start()) {
        assertThat(again.exitCode()).as(again.output()).isZero();
        assertThat(again.output()).contains("continues where");
      }
    }
    assertThat(ledger.differences()).isEmpty();
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.leftovers()).isEmpty();
  }

  private Launcher start(String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "alter",
                "--url",
                schema.url(),
                "--table",
                "t",
                "--alter",
                "ADD COLUMN note INT",
                "--max-rows-per-second",
                "8000",
                "--output",
                "json"));
    arguments.addAll(List.of(more));
    return Launcher.start(
        Map.of(
            "GHOST_PASSWORD",
            Server.PASSWORD,
            "LD_PRELOAD",
            LIBRARY.orElseThrow().toString(),
            "FAKETIME_TIMESTAMP_FILE",
            folder.resolve("clock").toString(),
            "FAKETIME_CACHE_DURATION",
            "1",
            "FAKETIME_DONT_FAKE_MONOTONIC",
            "1",
            "DONT_FAKE_MONOTONIC",
            "1",
            "NO_FAKE_STAT",
            "1",
            // Each look at a clock is dear.
            "JAVA_OPTS",
            "-XX:TieredStopAtLevel=1 -XX:-UsePerfData"),
        arguments.toArray(String[]::new));
  }

  /** By how much the process's clock is off from now on. */
  private void setClock(Duration by) throws Exception {
    Path fresh = Files.writeString(folder.resolve("fresh"), "%+d".formatted(by.toSeconds()));
    Files.move(fresh, folder.resolve("clock"), StandardCopyOption.ATOMIC_MOVE);
  }
}
