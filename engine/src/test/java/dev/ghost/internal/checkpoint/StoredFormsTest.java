package dev.ghost.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.LiveSettings;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ResourceUsage;
import dev.ghost.fakes.Stored;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.storage.StoredForm;
import dev.ghost.internal.storage.StoredJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What is stored is read, and written in the same way. A test that fails here says that runs of
 * other versions cannot be resumed: raise {@link StoredForm#CURRENT}, and make new fixtures.
 */
class StoredFormsTest {

  private static final RowKey KEY =
      RowKey.of(
          -7L,
          new BigInteger("18446744073709551615"),
          new BigDecimal("0.0000001000"),
          "l\u00e4ng'\"\\\n",
          new byte[] {0, -1, 'x'});

  private static final MigrationStatus STATUS =
      new MigrationStatus(
          "",
          "",
          true,
          "copy",
          10,
          20,
          30,
          40,
          50,
          60,
          "max-load",
          "1 thread",
          true,
          List.of("c: 1, not 2"),
          Instant.parse("2026-12-01T08:00:00Z"),
          Instant.parse("2026-12-01T07:00:00Z"),
          Instant.parse("2026-12-01T08:01:00Z"),
          "host/17",
          "pause",
          ResourceUsage.UNKNOWN);

  @Test
  void theFormItself() {
    StoredForm form = new StoredForm(3, "0.1.0");
    assertThat(form.text()).isEqualTo(Stored.text("form.txt"));
    assertThat(StoredForm.of(Stored.text("form.txt"))).isEqualTo(form);
    assertThat(StoredForm.CURRENT).isEqualTo(3);
  }

  @Test
  void aCheckpoint() {
    Checkpoint checkpoint =
        new Checkpoint(
            3,
            Map.of("pos", 4_711),
            new CompletedRange(KEY, false),
            100,
            new CompletedRange(null, true),
            99,
            List.of(KEY, RowKey.of(5L)));
    assertThat(checkpoint.text()).isEqualTo(Stored.text("checkpoint.json"));
    assertThat(Checkpoint.of(Stored.text("checkpoint.json"))).isEqualTo(checkpoint);
  }

  @Test
  void aStatus() {
    assertThat(StoredJson.write(STATUS)).isEqualTo(Stored.text("status.json"));
    assertThat(StoredJson.readForPeople(Stored.text("status.json"), MigrationStatus.class))
        .isEqualTo(STATUS);
  }

  /** It is for people, who also want to see what a run of another version is doing. */
  @Test
  void aStatusOfTheFirstForm() {
    MigrationStatus read =
        StoredJson.readForPeople(Stored.text(1, "status.json"), MigrationStatus.class);
    assertThat(read)
        .usingRecursiveComparison()
        .ignoringFields("table", "change", "running", "throttled")
        .isEqualTo(STATUS);
    assertThat(read.throttled()).as("it was called held").isEmpty();
  }

  @Test
  void aComparison() {
    ComparisonNote comparison =
        new ComparisonNote(1_013, List.of("a", "b"), List.of("a: 1, not 2"));
    assertThat(comparison.text()).isEqualTo(Stored.text("comparison.json"));
    assertThat(ComparisonNote.of(Stored.text("comparison.json"))).isEqualTo(comparison);
  }

  @Test
  void aCommand() {
    CommandRecord command =
        new CommandRecord(
                ControlCommand.set(LiveSettings.NONE.withThreads(2)),
                "dba@host",
                "2026-12-01T08:00:00Z")
            .answered(true, "done");
    assertThat(command.text()).isEqualTo(Stored.text("command.json"));
    assertThat(CommandRecord.of(Stored.text("command.json"))).isEqualTo(command);
  }

  /** What a run continues with is read as a whole or not at all; what people read is not. */
  @Test
  void whatAnotherVersionHasAdded() {
    assertThatThrownBy(() -> CommandRecord.of(withMore("command.json")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("cannot be read");
    assertThat(StoredJson.readForPeople(withMore("status.json"), MigrationStatus.class))
        .isEqualTo(STATUS);
  }

  private static String withMore(String name) {
    return Stored.text(name).replaceFirst("\\{", "{\"more\":1,");
  }

  /** One setting that is not understood leaves the others as they were. */
  @Test
  void aSettingOfAnotherVersionIsRefused() {
    CommandRecord sent =
        new CommandRecord("set", Map.of("threads", "2", "nice", "3"), "dba@host", "now", false, "");
    assertThatThrownBy(sent::command)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("nice cannot be set");
  }

  @Test
  void settingsOfACommandComeBackAsTheyWereSent() {
    LiveSettings settings =
        new LiveSettings(
            Optional.of(Duration.ofMillis(250)),
            Optional.of(3),
            Optional.of(0.5),
            Optional.of(true),
            Optional.of(Map.of("Threads_running", 50.0, "Threads_connected", 0.25)),
            Optional.of(Map.of()));
    CommandRecord sent = new CommandRecord(ControlCommand.set(settings), "dba@host", "now");
    assertThat(CommandRecord.of(sent.text()).command().settings()).isEqualTo(settings);
    CommandRecord pause = new CommandRecord(ControlCommand.pause(), "dba@host", "now");
    assertThat(CommandRecord.of(pause.text()).command()).isEqualTo(ControlCommand.pause());
  }
}
