package dev.ghost.internal.change;

import static dev.ghost.fakes.FakeDatabase.keys;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.RowWriter;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.dialect.StreamEvent;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.KeyRange;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Counts the types that a changed row passes, from Debezium's call to the statement that writes it.
 */
@Timeout(20)
class ChangedRowPathTest {

  /**
   * A product adds four, which makes twelve: its {@link PlannedMigration}, what decodes the event
   * there, the statements that all products share, and its own.
   */
  private static final int MOST_TYPES = 8;

  private static final Set<Class<?>> OF_THE_TEST =
      Set.of(ChangedRowPathTest.class, FedStream.class);

  private final Set<String> passed = new ConcurrentSkipListSet<>();
  private final FakeDatabase database = new FakeDatabase().withRows(1);
  private final RowSql rows =
      Fake.of(
          RowSql.class,
          (method, arguments) -> {
            note(Thread.currentThread());
            return switch (method) {
              case "keepsValues" -> false;
              case "write" -> 1L;
              default -> throw new AssertionError(method);
            };
          });
  private final PlannedMigration planned =
      database.planned(
          (method, arguments) -> {
            note(Thread.currentThread());
            return switch (method) {
              case "rows" -> rows;
              case "invisible" -> Set.of();
              default -> Fake.DEFAULT;
            };
          });
  private final Frontier frontier = new Frontier(new KeyOrder(List.of(Part.NATURAL)));
  private final PendingKeys pending = new PendingKeys(frontier, 1 << 20);
  private final Marker marker = new Marker(planned, 1);

  @Test
  void aChangedRowPassesAFewTypes() throws Exception {
    frontier.finish(frontier.start(KeyRange.ALL));
    arrive();
    apply();
    assertThat(passed)
        .contains("Feed", "ChangeStream", "PendingKeys", "Frontier", "Applier", "RowWriter")
        .hasSizeLessThanOrEqualTo(MOST_TYPES);
  }

  /** Looks at the stack while the frontier is asked about the key. */
  private void arrive() throws InterruptedException {
    FedStream fed =
        new FedStream(planned, pending, new PreparedChanges(pending, rows, 1 << 20), marker);
    Thread delivering =
        new Thread(
            () -> {
              try {
                fed.brings(new StreamEvent.Changed(keys(1), List.of(), 0, false));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    synchronized (frontier) {
      delivering.start();
      await().until(() -> delivering.getState() == Thread.State.BLOCKED);
      note(delivering);
    }
    delivering.join();
  }

  private void apply() throws Exception {
    try (Applier applier =
        new Applier(
            pending,
            new KeyOrder(List.of(Part.NATURAL)),
            rows,
            new RowWriter(database.driver(), planned, pending::requeue),
            Optional.empty(),
            marker.fence(),
            List.of(database.session()))) {
      Thread applying =
          new Thread(
              () -> {
                try {
                  applier.run();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      applying.start();
      pending.awaitSettled(() -> assertThat(applying.isAlive()).isTrue());
      pending.close();
      applying.join();
    }
  }

  private void note(Thread thread) {
    Arrays.stream(thread.getStackTrace())
        .map(frame -> frame.getClassName().replaceFirst("\\$.*", ""))
        .filter(name -> name.startsWith("dev.ghost.internal."))
        .filter(name -> OF_THE_TEST.stream().noneMatch(type -> type.getName().equals(name)))
        .forEach(name -> passed.add(name.replaceFirst(".*\\.", "")));
  }
}
