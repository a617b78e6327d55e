package dev.ghost.internal.verify;

import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.copy.ChunkSize;
import dev.ghost.internal.key.RowKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every row in which a filled ghost differs is handed over, however many there are. */
@Timeout(20)
class ReconcilerTest {

  private final FakeDatabase database = new FakeDatabase();
  private final List<RowKey> found = new ArrayList<>();
  private final List<Integer> batches = new ArrayList<>();
  private final List<String> rests = new ArrayList<>();
  private boolean applied = true;

  private final Reconciler reconciler =
      new Reconciler(
          database.planned(),
          new ChunkSize(() -> Duration.ofSeconds(1), () -> 4),
          keys -> {
            batches.add(keys.size());
            found.addAll(keys);
            if (applied) {
              keys.forEach(this::apply);
            }
          });

  private void apply(RowKey key) {
    if (database.source.containsKey(key)) {
      database.ghost.put(key, database.source.get(key));
    } else {
      database.ghost.remove(key);
    }
  }

  private void reconcile() throws Exception {
    reconciler.run(
        database.session(),
        new Verifier.GiveWay() {
          @Override
          public void await(long lastRows, Duration took, BooleanSupplier over) {
            rests.add(lastRows + (over.getAsBoolean() ? " over" : ""));
          }

          @Override
          public void awaitWithin() {
            rests.add("within");
          }
        });
  }

  @Test
  void theRowsThatDifferAreHandedOverAndNoOthers() throws Exception {
    applied = false;
    database.withRows(9);
    database.ghost.putAll(database.source);
    database.withGhost(2, "other").withGhost(10, "only here").ghost.remove(key(7));
    reconcile();
    assertThat(found).containsExactlyElementsOf(keys(2, 7, 10));
    assertThat(reconciler.rows()).isEqualTo(9);
    assertThat(database.count("differing")).as("only where a chunk differs").isEqualTo(3);
  }

  @Test
  void itGivesWayBeforeEachChunk() throws Exception {
    database.withRows(9);
    reconcile();
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(rests).containsExactly("0", "4", "4", "within", "1 over");
  }

  @Test
  void rowsThatNoRangeShowsAreLookedForAtTheEnd() throws Exception {
    database.withRows(5).withGhost(8, "gone from the source");
    database.comparison().rangesShowStrays = false;
    reconcile();
    assertThat(found).contains(key(8));
    assertThat(database.ghost).isEqualTo(database.source);
  }

  @Test
  void whereThereAreTooManyForOneLookItLooksAgain() throws Exception {
    database.withRows(1);
    for (long id = 2; id <= 60_001; id++) {
      database.withGhost(id, "gone");
    }
    reconcile();
    assertThat(batches).startsWith(50_000, 10_001);
    assertThat(database.ghost).isEqualTo(database.source);
  }

  @Test
  void tooManyStraysAreLookedForAgainAsWell() throws Exception {
    database.withRows(1).comparison().rangesShowStrays = false;
    for (long id = 2; id <= 60_001; id++) {
      database.withGhost(id, "gone");
    }
    reconcile();
    assertThat(batches).endsWith(50_000, 10_000);
    assertThat(database.ghost).isEqualTo(database.source);
  }
}
