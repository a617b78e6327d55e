package dev.ghost.internal.migration;

import static dev.ghost.fakes.FakeDatabase.errorClass;
import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.MigrationListener;
import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.fakes.FakeRows;
import dev.ghost.internal.change.Applier;
import dev.ghost.internal.change.FedStream;
import dev.ghost.internal.change.Marker;
import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.change.PreparedChanges;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.RowWriter;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.migration.report.ProgressReporter;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What has to have happened under the lock before the names may be swapped. */
@Timeout(20)
class CutoverBacklogTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final FakeDatabase database = new FakeDatabase();
  private final Driver driver = database.driver();
  private final List<String> story = Collections.synchronizedList(new ArrayList<>());

  /** What the stream brings with the last marker; nothing, not even that, when null. */
  private List<StreamEvent> last = List.of();

  private FedStream fed;
  private final PlannedMigration planned = database.planned(this::answer);
  private final Frontier frontier = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);
  private final PreparedChanges prepared = new PreparedChanges(pending, database.rows(), 1 << 20);
  private final Marker marker = new Marker(planned, 1);
  private Applier applier;
  private Session session;
  private CutoverBacklog backlog;

  private Object answer(String method, Object[] arguments) throws Throwable {
    if (!method.equals("announce")) {
      return Fake.DEFAULT;
    }
    if (last != null) {
      List<StreamEvent> events = new ArrayList<>(last);
      events.add(new StreamEvent.Marked((int) arguments[1], (long) arguments[2]));
      fed.brings(events.toArray(StreamEvent[]::new));
    }
    return null;
  }

  @BeforeEach
  void prepare() throws Exception {
    frontier.finish(frontier.start(KeyRange.ALL));
    fed = new FedStream(planned, pending, prepared, marker);
    session = database.session();
    RowWriter writer = new RowWriter(driver, planned, pending::requeue);
    applier =
        new Applier(
            pending,
            planned.order(),
            planned.rows(),
            writer,
            Optional.empty(),
            marker.fence(),
            List.of(session));
    backlog =
        new CutoverBacklog(
            driver,
            marker,
            database.session(),
            fed.stream(),
            pending,
            prepared,
            applier,
            writer,
            new ProgressReporter(
                Fake.of(MigrationListener.class, (m, a) -> null), new TableName("shop", "t")),
            () -> story.add("nearly empty"),
            s -> story.add("last look, " + pending.size() + " pending"),
            () -> story.add("ahead"));
  }

  @AfterEach
  void end() {
    applier.close();
  }

  private static StreamEvent changed(boolean inXa, long... ids) {
    return new StreamEvent.Changed(keys(ids), List.of(), 0, inXa);
  }

  private boolean drain(Duration limit) throws Exception {
    session.setDeadline(limit);
    try {
      return backlog.drain(
          session,
          limit,
          () -> story.add("meanwhile, " + database.ghost.size() + " applied"),
          () -> story.add("arrived, " + database.ghost.size() + " applied"));
    } finally {
      session.clearDeadline();
    }
  }

  @Test
  void theLastChangesHaveArrivedAndAreAppliedBeforeTheLastLook() throws Exception {
    database.withRows(3);
    pending.arrive(key(1));
    last = List.of(changed(false, 2), changed(true, 3));
    assertThat(drain(LIMIT)).isTrue();
    assertThat(story)
        .containsExactly("meanwhile, 0 applied", "arrived, 0 applied", "last look, 0 pending");
    assertThat(database.ghost).as("prepared ones too").isEqualTo(database.source);
    assertThat(prepared.keys()).isEmpty();
  }

  @Test
  void rowsOfCascadesAreAppliedToo() throws Exception {
    database.withRows(1_500);
    ((FakeRows) database.rows()).cascaded = List.copyOf(database.source.keySet());
    last =
        List.of(
            new StreamEvent.Changed(
                keys(), List.of(new Cascade(0, true, RowKey.of(7L))), 0, false));
    assertThat(drain(LIMIT)).isTrue();
    assertThat(database.ghost).isEqualTo(database.source);
  }

  @Test
  void aMarkerThatDoesNotComeBackInTimeLeavesAllAsItWas() throws Exception {
    database.withRows(1);
    pending.arrive(key(1));
    last = null;
    assertThat(drain(Duration.ofMillis(50))).isFalse();
    assertThat(story).containsExactly("meanwhile, 0 applied");
    assertThat(pending.poll(10)).containsExactly(key(1));
  }

  @Test
  void whatCannotBeAppliedInTimeIsPendingAgain() throws Exception {
    database.withRows(2).fails("write", ErrorClass.CONNECTION_LOST);
    last = List.of(changed(false, 1, 2));
    assertThat(drain(LIMIT)).isFalse();
    assertThat(story).doesNotContain("last look, 0 pending");
    assertThat(pending.poll(10)).containsExactlyInAnyOrderElementsOf(keys(1, 2));
  }

  @Test
  void whatDoesNotPassIsThrownAndItsKeysArePendingAgain() throws Exception {
    database.withRows(1).fails("write", ErrorClass.DENIED);
    last = List.of(changed(false, 1));
    assertThatThrownBy(() -> drain(LIMIT))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
    assertThat(pending.poll(10)).containsExactly(key(1));
  }

  @Test
  void aKeyThatIsStillHeldIsABug() throws Exception {
    Frontier copying = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
    copying.start(KeyRange.ALL);
    PendingKeys held = new PendingKeys(copying, 1 << 20);
    held.arrive(key(1));
    CutoverBacklog other =
        new CutoverBacklog(
            driver,
            marker,
            database.session(),
            fed.stream(),
            held,
            prepared,
            applier,
            backlog.writer(),
            backlog.reporter(),
            backlog.nearlyEmpty(),
            backlog.lastLook(),
            backlog.ahead());
    assertThatThrownBy(() -> other.drain(session, LIMIT, () -> {}, () -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThat(story).isEmpty();
  }

  @Test
  void duringAPauseNobodyElseHasTheKeys() throws Exception {
    Pause pause = backlog.pause();
    Thread other =
        new Thread(
            () -> {
              try (Pause looks = prepared.pause();
                  Pause applies = applier.pause()) {
                story.add("theirs");
              } catch (InterruptedException e) {
                story.add("interrupted");
              }
            });
    other.start();
    story.add("ours");
    pause.close();
    other.join(10_000);
    assertThat(story).containsExactly("ours", "theirs");
  }
}
