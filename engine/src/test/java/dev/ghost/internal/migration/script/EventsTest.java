package dev.ghost.internal.migration.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.fakes.Fake;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No event is lost between a run and the user's listener. */
class EventsTest {

  private static final Progress PROGRESS =
      new Progress(
          Phase.COPY,
          1,
          2,
          3,
          4,
          5,
          Duration.ZERO,
          Optional.empty(),
          Optional.empty(),
          Duration.ZERO);

  /** One of each kind; the records of results are of no interest here. */
  private static final List<MigrationEvent> ALL =
      List.of(
          new MigrationEvent.StatementStarted(1, 2, "ALTER TABLE t ADD c INT"),
          new MigrationEvent.PhaseStarted(Phase.FINISH),
          new MigrationEvent.Planned(null),
          new MigrationEvent.ProgressMade(PROGRESS),
          new MigrationEvent.Warned("late"),
          new MigrationEvent.CutoverReady(),
          new MigrationEvent.CutoverPostponed(1, "in the way"),
          new MigrationEvent.StatementDone(1, 2, null));

  private final List<MigrationEvent> told = new ArrayList<>();
  private final MigrationListener user =
      new MigrationListener() {
        @Override
        public void on(MigrationEvent event) {
          told.add(event);
        }
      };

  @Test
  void oneOfEachKindIsTriedHere() {
    assertThat(ALL)
        .extracting(e -> (Object) e.getClass())
        .containsExactlyInAnyOrder((Object[]) MigrationEvent.class.getPermittedSubclasses());
  }

  /** For a listener that overrides single methods, as all did before there were events. */
  @Test
  void eachEventHasAMethodOfItsOwn() {
    List<String> called = new ArrayList<>();
    MigrationListener listener =
        Fake.of(
            MigrationListener.class,
            (method, arguments) -> {
              if (method.equals("on")) {
                return Fake.DEFAULT;
              }
              called.add(method);
              return null;
            });
    ALL.forEach(listener::on);
    assertThat(called)
        .containsExactlyInAnyOrder(
            Stream.of(MigrationListener.class.getDeclaredMethods())
                .map(m -> m.getName())
                .filter(name -> !name.equals("on"))
                .toArray(String[]::new));
  }

  @Test
  void theRecorderOfTheSwapPassesAllOn() {
    List<String> noted = new ArrayList<>();
    MigrationListener recorder = new SwapRecorder(user, () -> noted.add("after " + told.size()));
    ALL.forEach(recorder::on);
    assertThat(told).isEqualTo(ALL);
    assertThat(noted).as("before the phase is told").containsExactly("after 1");
  }

  @Test
  void oneOfSeveralMigrationsPassesAllOn() {
    MigrationListener one = new SharedListener(user, List.of("first", "second")).of(1, "t");
    ALL.forEach(one::on);
    assertThat(told.get(0)).isEqualTo(new MigrationEvent.StatementStarted(2, 2, "second"));
    assertThat(told.subList(1, told.size())).isEqualTo(ALL);
  }

  @Test
  void whoOnlyWaitsTellsNoProgressAndNamesTheTableInAWarning() {
    SharedListener shared = new SharedListener(user, List.of("first", "second"));
    shared.of(0, "s").on(new MigrationEvent.PhaseStarted(Phase.COPY));
    shared.of(1, "t").on(new MigrationEvent.ProgressMade(PROGRESS));
    shared.of(1, "t").on(new MigrationEvent.Warned("late"));
    shared.of(0, "s").on(new MigrationEvent.Warned("early"));
    assertThat(told)
        .containsExactly(
            new MigrationEvent.StatementStarted(1, 2, "first"),
            new MigrationEvent.PhaseStarted(Phase.COPY),
            new MigrationEvent.Warned("t: late"),
            new MigrationEvent.Warned("early"));
  }
}
