package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a hook runs, what it is told, and what its failure comes to. */
@Timeout(30)
class HooksTest {

  @TempDir Path folder;

  private final List<String> story = new ArrayList<>();

  private final Reporter next =
      new Reporter() {
        @Override
        public void dryRun(MigrationPlan plan) {
          story.add("dry run");
        }

        @Override
        public void done(MigrationResult result) {
          story.add("done");
        }

        @Override
        public void failed(GhostException e) {
          story.add("failed: " + e.what());
        }

        @Override
        public void warning(String message) {
          story.add("warning: " + message);
        }
      };

  /** Makes a hook of shell commands, which are run in the folder. */
  private void hook(String name, String commands) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve(name), "#!/bin/sh\ncd '%s'\n%s\n".formatted(folder, commands));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private String written(String file) throws IOException {
    return Files.readString(folder.resolve(file)).strip();
  }

  private Reporter hooks() {
    return Hooks.of(folder, next);
  }

  private static Progress progress(String throttled) {
    return new Progress(
        Phase.COPY,
        5,
        10,
        1,
        0,
        0,
        Duration.ZERO,
        Optional.of(throttled).filter(t -> !t.isEmpty()),
        Optional.empty(),
        Duration.ZERO);
  }

  @Test
  void whatIsNoDirectoryIsRefused() {
    assertThatThrownBy(() -> Hooks.of(folder.resolve("none"), next))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("none is no directory of hooks");
  }

  @Test
  void aHookIsToldTheFactsInItsEnvironmentAndAsJson() throws Exception {
    hook(
        "done",
        "cat > input; echo \"$GHOST_HOOK $GHOST_FACT_ROWS_COPIED $GHOST_FACT_TABLE\" > env");
    Reporter hooks = hooks();
    hooks.on(new MigrationEvent.Planned(Accepted.PLAN));
    hooks.done(Accepted.RESULT);
    assertThat(written("env")).isEqualTo("done 7 shop.t");
    JsonNode input = new ObjectMapper().readTree(written("input"));
    assertThat(input.get("hook").asText()).isEqualTo("done");
    assertThat(input.get("rowsCopied").asInt()).isEqualTo(7);
    assertThat(input.get("stallMillis").asInt()).isEqualTo(12);
    assertThat(input.get("retiredTable").asText()).isEqualTo("shop.t_old");
    assertThat(story).containsExactly("done");
  }

  @Test
  void eachTransitionHasItsHook() throws Exception {
    for (String name :
        List.of(
            "started",
            "planned",
            "copied",
            "cutover-ready",
            "before-cutover",
            "cutover-postponed",
            "after-cutover",
            "throttled",
            "unthrottled",
            "done",
            "failed")) {
      hook(name, "echo $GHOST_HOOK >> ran");
    }
    Reporter hooks = hooks();
    for (Phase phase : Phase.values()) {
      hooks.on(new MigrationEvent.PhaseStarted(phase));
    }
    hooks.on(new MigrationEvent.Planned(Accepted.PLAN));
    hooks.on(new MigrationEvent.ProgressMade(progress("")));
    hooks.on(new MigrationEvent.ProgressMade(progress("busy")));
    hooks.on(new MigrationEvent.ProgressMade(progress("busy")));
    hooks.on(new MigrationEvent.ProgressMade(progress("")));
    hooks.on(new MigrationEvent.CutoverReady());
    hooks.on(new MigrationEvent.CutoverPostponed(1, "in the way"));
    hooks.done(Accepted.RESULT);
    hooks.failed(new RefusedException("what", "remedy"));
    assertThat(written("ran").lines())
        .containsExactly(
            "started",
            "copied",
            "cutover-ready",
            "after-cutover",
            "planned",
            "throttled",
            "unthrottled",
            "before-cutover",
            "cutover-postponed",
            "done",
            "failed");
  }

  @Test
  void aHookThatFailsIsToldOfAndEndsNothing() throws Exception {
    hook("done", "echo out of paper; echo on stderr >&2; exit 3");
    hooks().done(Accepted.RESULT);
    assertThat(story).hasSize(2);
    assertThat(story.get(0))
        .startsWith("warning: The hook " + folder.resolve("done") + " failed: exit code 3;")
        .contains("out of paper")
        .contains("on stderr");
    assertThat(story.get(1)).as("after the complaint").isEqualTo("done");
  }

  @Test
  void theOneBeforeTheCutoverVetoes() throws Exception {
    hook("before-cutover", "echo not today; exit 1");
    Reporter hooks = hooks();
    assertThatThrownBy(() -> hooks.on(new MigrationEvent.CutoverReady()))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("exit code 1; not today")
        .hasMessageContaining("Nothing was changed");
    hook("before-cutover", "exit 0");
    hooks.on(new MigrationEvent.CutoverReady());
  }

  @Test
  void whatIsNotExecutableIsNoHook() throws Exception {
    Files.writeString(folder.resolve("done"), "not for now");
    Files.createDirectory(folder.resolve("started"));
    Reporter hooks = hooks();
    hooks.on(new MigrationEvent.PhaseStarted(Phase.INSPECT));
    hooks.done(Accepted.RESULT);
    assertThat(story).containsExactly("done");
  }

  @Test
  void whatCannotBeStartedIsToldOf() throws Exception {
    Path file = Files.writeString(folder.resolve("done"), "#!/no/such/shell\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    hooks().done(Accepted.RESULT);
    assertThat(story.get(0)).startsWith("warning: The hook ");
    assertThat(story).endsWith("done");
  }

  @Test
  void aFailureIsToldWithItsExitCode() throws Exception {
    hook("failed", "echo \"$GHOST_FACT_EXIT_CODE $GHOST_FACT_MESSAGE\" > env");
    hooks().failed(new RefusedException("it cannot be", "leave it"));
    assertThat(written("env")).isEqualTo("3 it cannot be");
    assertThat(story).containsExactly("failed: it cannot be");
  }

  /** It need not read what it is told. */
  @Test
  void aHookThatDoesNotReadItsInputHasDoneItsWork() throws Exception {
    hook("done", "exec <&-; exit 0");
    hooks().done(Accepted.RESULT);
    assertThat(story).containsExactly("done");
  }

  @Test
  void eachStatementOfAScriptIsDone() throws Exception {
    hook("done", "echo \"$GHOST_FACT_STATEMENT_NUMBER/$GHOST_FACT_STATEMENTS\" >> ran");
    Reporter hooks = hooks();
    hooks.on(new MigrationEvent.StatementStarted(1, 2, "ALTER TABLE a"));
    hooks.on(new MigrationEvent.StatementDone(1, 2, Accepted.RESULT));
    hooks.on(new MigrationEvent.StatementStarted(2, 2, "ALTER TABLE b"));
    hooks.on(new MigrationEvent.StatementDone(2, 2, Accepted.RESULT));
    assertThat(written("ran").lines()).containsExactly("1/2", "2/2");
  }

  @Test
  void aPlanThatIsOnlyPrintedRunsNoHook() throws Exception {
    hook("planned", "exit 1");
    hooks().dryRun(Accepted.PLAN);
    assertThat(story).containsExactly("dry run");
  }

  /** Also those that no hook is for. */
  @Test
  void everyEventIsPassedOn() {
    List<MigrationEvent> passed = new ArrayList<>();
    Reporter deaf =
        new Reporter() {
          @Override
          public void on(MigrationEvent event) {
            passed.add(event);
          }

          @Override
          public void dryRun(MigrationPlan plan) {}

          @Override
          public void done(MigrationResult result) {}

          @Override
          public void failed(GhostException e) {}
        };
    List<MigrationEvent> events = Accepted.EVENTS;
    assertThat(events)
        .extracting(e -> (Object) e.getClass())
        .as("one of each kind")
        .containsExactlyInAnyOrder((Object[]) MigrationEvent.class.getPermittedSubclasses());
    Reporter hooks = Hooks.of(folder, deaf);
    events.forEach(hooks::on);
    assertThat(passed).isEqualTo(events);
  }
}
