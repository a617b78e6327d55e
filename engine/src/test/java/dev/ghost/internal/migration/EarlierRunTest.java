package dev.ghost.internal.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.cutover.Cutover;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.TableGroup;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.plan.PlanFacts;
import dev.ghost.internal.plan.PriorRun;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.storage.StoredForm;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of what an earlier run has left: by its state, its change, and what is asked. */
@Timeout(20)
class EarlierRunTest {

  private static final TableName TABLE = new TableName("s", "t");
  private static final TableNames NAMES = TableNames.of(TABLE, 64);
  private static final AlterRequest REQUEST = new AlterRequest(TABLE, "ADD c INT");
  private static final Checkpoint CHECKPOINT =
      Checkpoint.first(Map.of("pos", 3)).withCopied(new CompletedRange(RowKey.of(5L), false), 5);

  private final List<String> story = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final FakeDatabase database = new FakeDatabase();
  private final Deque<PriorRun> looks = new ArrayDeque<>();
  private final Map<EntryKind, String> notes = new EnumMap<>(EntryKind.class);
  private boolean locked;

  private final Journal journal =
      Fake.of(
          Journal.class,
          (method, arguments) ->
              switch (method) {
                case "exists" -> !notes.isEmpty();
                case "read" -> Optional.ofNullable(notes.get((EntryKind) arguments[1]));
                case "write" -> notes.put((EntryKind) arguments[1], (String) arguments[2]);
                default -> Fake.DEFAULT;
              });

  private final Artifacts artifacts =
      Fake.of(
          Artifacts.class,
          (method, arguments) ->
              switch (method) {
                case "lockRun" -> !locked;
                case "journal" -> journal;
                case "clean" -> {
                  story.add("clean");
                  yield null;
                }
                default -> Fake.DEFAULT;
              });

  private final PlannedMigration planned =
      database.planned((method, a) -> method.equals("plan") ? plan() : Fake.DEFAULT);

  private final Inspection inspection =
      Fake.of(
          Inspection.class,
          (method, arguments) ->
              switch (method) {
                case "artifacts" -> artifacts;
                case "names" -> NAMES;
                case "dropRetiredSql" -> "DROP TABLE s.t_old";
                case "priorRun" -> looks.size() > 1 ? looks.poll() : looks.peek();
                case "awaitPriorSessionsGone" -> {
                  story.add("await quiet");
                  yield null;
                }
                case "build", "resume" -> {
                  story.add(method);
                  // Far enough: what follows is the run itself.
                  throw new RefusedException("enough", "");
                }
                default -> Fake.DEFAULT;
              });

  private static MigrationPlan plan() {
    return new PlanFacts("a fake database", TABLE, "ADD c INT", 10, 0)
        .byGhost(
            NAMES,
            Optional.empty(),
            List.of(),
            new PlanFacts.Copy("PRIMARY (id)", List.of("id")),
            List.of());
  }

  private static Settings settings(boolean startOver) {
    return new Settings(
        Strategy.GHOST,
        Duration.ofSeconds(1),
        1,
        1,
        1 << 20,
        new Settings.Limits(0, 0, Optional.empty(), Duration.ZERO),
        true,
        false,
        startOver,
        Set.of(),
        Set.of(),
        new Settings.Throttling(
            Map.of(),
            Map.of(),
            "",
            Optional.empty(),
            Optional.empty(),
            Duration.ZERO,
            List.of(),
            false,
            Optional.empty(),
            0,
            true),
        false,
        Duration.ofHours(1),
        Optional.empty(),
        Optional.empty(),
        new Cutover.Settings(
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            1,
            Optional.empty()));
  }

  private Migration migration(boolean startOver) {
    Server server =
        database.server(
            (method, arguments) ->
                switch (method) {
                  case "inspect" -> inspection;
                  case "refuseSubscribers" -> null;
                  case "group" -> Fake.of(TableGroup.class, (m, a) -> null);
                  default -> Fake.DEFAULT;
                });
    MigrationListener listener =
        Fake.of(
            MigrationListener.class,
            (method, arguments) -> {
              if (method.equals("warning")) {
                warnings.add((String) arguments[0]);
                return null;
              }
              return Fake.DEFAULT;
            });
    return new Migration(server, REQUEST, settings(startOver), listener, Optional.empty());
  }

  private void left(String change, PriorRun... states) {
    looks.clear();
    looks.addAll(List.of(states));
    if (states[0] != PriorRun.NONE) {
      notes.put(EntryKind.REQUEST, change);
      notes.put(EntryKind.CHECKPOINT, CHECKPOINT.text());
    }
  }

  private void run(boolean startOver) {
    assertThatThrownBy(() -> migration(startOver).run())
        .isInstanceOfSatisfying(
            GhostException.class, e -> assertThat(e.what()).isEqualTo("enough"));
  }

  /**
   * Each state, seen before and after the wait for a killed run's sessions, and whether to begin
   * again.
   */
  @ParameterizedTest
  @CsvSource({
    "NONE,,                 false, build clean",
    "NONE,,                 true,  build clean",
    "UNFINISHED,,           false, clean build clean",
    "UNFINISHED,,           true,  clean build clean",
    "RESUMABLE, RESUMABLE,  false, await quiet resume",
    "RESUMABLE, RESUMABLE,  true,  await quiet clean build clean",
    "RESUMABLE, UNFINISHED, false, await quiet clean build clean",
    "RESUMABLE, UNFINISHED, true,  await quiet clean build clean",
    "RESUMABLE, NONE,       false, await quiet build clean",
    "RESUMABLE, NONE,       true,  await quiet build clean",
  })
  void eachStateIsGoneOnWithOrRemoved(
      PriorRun first, PriorRun second, boolean startOver, String expected) {
    if (second == null) {
      left(REQUEST.text(), first);
    } else {
      left(REQUEST.text(), first, second);
    }
    run(startOver);
    assertThat(String.join(" ", story)).isEqualTo(expected);
  }

  /** The swap that a killed run was at may still be made. */
  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void aChangeThatIsMadeIsNotMadeAgain(boolean startOver, boolean seenLate) {
    if (seenLate) {
      left(REQUEST.text(), PriorRun.RESUMABLE, PriorRun.SWAPPED);
    } else {
      left(REQUEST.text(), PriorRun.SWAPPED);
    }
    MigrationResult result = migration(startOver).run();
    assertThat(story).endsWith("clean").doesNotContain("build", "resume");
    assertThat(result.retiredTable()).hasValue("s.t_old");
    assertThat(result.dropRetiredSql()).hasValue("DROP TABLE s.t_old");
    assertThat(warnings).anyMatch(w -> w.contains("had already swapped the tables"));
  }

  @Test
  void aCheckpointOfAnotherChangeIsRefusedAndLeftAsItIs() {
    left("DROP c", PriorRun.RESUMABLE);
    assertThatThrownBy(() -> migration(false).run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("a checkpoint of another change of s.t")
        .hasMessageContaining("DROP c")
        .hasMessageContaining("ghost cleanup --table t");
    assertThat(story).containsExactly("await quiet");
    assertThat(notes).containsEntry(EntryKind.CHECKPOINT, CHECKPOINT.text());
  }

  @Test
  void whoBeginsAnewNeedNotAskForTheSameChange() {
    left("DROP c", PriorRun.RESUMABLE);
    run(true);
    assertThat(story).containsExactly("await quiet", "clean", "build", "clean");
    assertThat(warnings).anyMatch(w -> w.contains("its ghost table is dropped"));
  }

  @Test
  void aCheckpointIsTakenUpByTheNextAttempt() {
    left(REQUEST.text(), PriorRun.RESUMABLE);
    notes.put(EntryKind.STATUS, "of the run before");
    run(false);
    assertThat(Checkpoint.of(notes.get(EntryKind.CHECKPOINT))).isEqualTo(CHECKPOINT.nextAttempt());
    assertThat(notes).containsEntry(EntryKind.STATUS, "");
  }

  @Test
  void whileAnotherRunIsAtWorkNothingIsTouched() {
    locked = true;
    left(REQUEST.text(), PriorRun.UNFINISHED);
    assertThatThrownBy(() -> migration(true).run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Another run of ghost is working on s.t");
    assertThat(story).isEmpty();
  }

  @Test
  void whatAnotherVersionHasStoredInAnotherFormIsLeftAsItIs() {
    left(REQUEST.text(), PriorRun.RESUMABLE);
    notes.put(EntryKind.FORM, "99 9.1.0");
    assertThatThrownBy(() -> migration(true).run())
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e).hasMessageContaining("s.t was made by ghost 9.1.0");
              assertThat(e.remedy()).contains("with ghost 9.1.0", "ghost cleanup --table t");
            });
    assertThat(story).isEmpty();
    notes.put(EntryKind.FORM, StoredForm.CURRENT + " 0.0.1");
    assertThatThrownBy(() -> migration(false).run()).hasMessageContaining("enough");
    assertThat(story).contains("resume");
  }

  @Test
  void aPlanOfWhatIsSwappedIsRefused() {
    left(REQUEST.text(), PriorRun.SWAPPED);
    assertThatThrownBy(() -> migration(false).plan())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("has already swapped the tables of s.t");
    assertThat(story).isEmpty();
  }

  /** A plan never begins again: it would remove what it was not asked to remove. */
  @Test
  void aPlanLeavesACheckpointAsItIs() {
    left(REQUEST.text(), PriorRun.RESUMABLE);
    assertThatThrownBy(() -> migration(true).plan()).hasMessageContaining("enough");
    assertThat(story).containsExactly("await quiet", "resume");
    assertThat(notes).containsEntry(EntryKind.CHECKPOINT, CHECKPOINT.text());
    assertThat(planned.names()).isEqualTo(NAMES);
  }
}
