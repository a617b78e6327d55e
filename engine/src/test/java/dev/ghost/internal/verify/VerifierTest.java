package dev.ghost.internal.verify;

import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.VerificationException;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.copy.ChunkSize;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which differences are explained by changes, and which end the run. */
@Timeout(20)
class VerifierTest {

  private static final int CHUNK = 4;

  private final FakeDatabase database = new FakeDatabase();
  private final ChunkSize size = new ChunkSize(() -> Duration.ofSeconds(1), () -> CHUNK);
  private final Verifier verifier =
      new Verifier(database.planned(), size, CompletedRange.NOTHING, List.of());
  private final List<String> rests = new ArrayList<>();
  private Session session;

  @BeforeEach
  void connect() throws SQLException {
    session = database.session();
  }

  /** What the stream brings while differences are looked at. */
  private class Stream implements Verifier.Changes {
    final List<Set<RowKey>> watched = new ArrayList<>();
    int closed;

    void settled() {}

    boolean changed(RowKey key) {
      return false;
    }

    @Override
    public Verifier.Seen settleAndWatch(Collection<RowKey> keys) {
      watched.add(Set.copyOf(keys));
      settled();
      return new Verifier.Seen() {
        @Override
        public Predicate<RowKey> untilNow() {
          return Stream.this::changed;
        }

        @Override
        public void close() {
          closed++;
        }
      };
    }
  }

  private void compare(Verifier some) throws Exception {
    some.run(
        session,
        new Verifier.GiveWay() {
          @Override
          public void await(long lastRows, Duration took, BooleanSupplier over) {
            rests.add(lastRows + (over.getAsBoolean() ? " over" : ""));
          }

          @Override
          public void awaitWithin() {
            throw new AssertionError("one look a chunk");
          }
        });
  }

  private void fillBoth(int rows) {
    database.withRows(rows);
    database.ghost.putAll(database.source);
  }

  @Test
  void equalTablesHaveNoSuspectsAndAreReadWhole() throws Exception {
    fillBoth(10);
    compare(verifier);
    assertThat(verifier.suspects()).isEmpty();
    assertThat(verifier.rowsVerified()).isEqualTo(10);
    assertThat(verifier.compared()).isEqualTo(CompletedRange.WHOLE);
    assertThat(rests).as("before each chunk").containsExactly("0", "4", "4", "2 over");
    assertThat(verifier.explain(session, new Stream())).isEmpty();
  }

  @Test
  void aRowThatDiffersOrIsOnOneSideOnlyIsASuspect() throws Exception {
    fillBoth(10);
    database.withGhost(3, "other").withGhost(11, "too many").ghost.remove(key(6));
    compare(verifier);
    assertThat(verifier.suspects()).containsExactlyInAnyOrderElementsOf(keys(3, 6, 11));
  }

  @Test
  void aSuspectThatIsEqualOnceTheChangesAreAppliedIsNoDifference() throws Exception {
    fillBoth(5);
    database.withGhost(3, "not applied yet");
    compare(verifier);
    Stream stream =
        new Stream() {
          @Override
          void settled() {
            database.withGhost(3, "v3");
          }
        };
    assertThat(verifier.explain(session, stream)).isEmpty();
    assertThat(stream.watched).containsExactly(Set.of(key(3)));
    assertThat(stream.closed).isOne();
  }

  @Test
  void aDifferenceThatNoChangeExplainsEndsTheRunAndIsNamed() throws Exception {
    fillBoth(5);
    database.ghost.remove(key(3));
    database.withGhost(4, "being written");
    compare(verifier);
    Stream stream =
        new Stream() {
          @Override
          boolean changed(RowKey key) {
            return key.equals(key(4));
          }
        };
    assertThatThrownBy(() -> verifier.explain(session, stream))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("s.t and s.t_gho differ in rows that no concurrent change explains")
        .hasMessageContaining("id = 3: only in the source")
        .hasMessageNotContaining("id = 4");
    assertThat(stream.closed).isOne();
  }

  @Test
  void aRowThatChangesDuringTheLookIsLookedAtAgain() throws Exception {
    fillBoth(5);
    database.withGhost(2, "old").withGhost(3, "old");
    compare(verifier);
    Stream stream =
        new Stream() {
          @Override
          void settled() {
            database.withGhost(watched.size() == 1 ? 2 : 3, "v" + (watched.size() == 1 ? 2 : 3));
          }

          @Override
          boolean changed(RowKey key) {
            return true;
          }
        };
    assertThat(verifier.explain(session, stream)).isEmpty();
    assertThat(stream.watched).containsExactly(Set.of(key(2), key(3)), Set.of(key(3)));
  }

  @Test
  void aRowThatNeverComesToRestIsLeftToTheLookUnderTheLock() throws Exception {
    fillBoth(5);
    database.withGhost(2, "always another");
    compare(verifier);
    Stream stream =
        new Stream() {
          @Override
          boolean changed(RowKey key) {
            return true;
          }
        };
    assertThat(verifier.explain(session, stream)).containsExactly(key(2));
    assertThat(stream.watched).hasSize(8);
    assertThat(stream.closed).isEqualTo(8);
  }

  @Test
  void chunksThatDifferWithoutARowThatDoesAreAnError() {
    fillBoth(5);
    database.comparison().ghostHasARowTwice = true;
    assertThatThrownBy(() -> compare(verifier))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("s.t_gho has a row twice");
  }

  @Test
  void aRowThatIsNotFoundAgainByItsKeyIsABug() {
    fillBoth(5);
    database.withGhost(2, "other").comparison().keysShowNothing = true;
    assertThatThrownBy(() -> compare(verifier)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void rowsOfTheGhostAloneAreFoundWhereNoRangeShowsThem() throws Exception {
    fillBoth(5);
    database.withGhost(9, "stray").comparison().rangesShowStrays = false;
    compare(verifier);
    assertThat(verifier.suspects()).isEmpty();
    assertThatThrownBy(() -> verifier.explain(session, new Stream()))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("id = 9: only in the ghost");
  }

  @Test
  void underTheLockEachDifferenceCounts() throws Exception {
    fillBoth(5);
    verifier.mustAgree(session, keys(1, 2, 3));
    database.withGhost(2, "other");
    verifier.mustAgree(session, keys(1, 3));
    assertThatThrownBy(() -> verifier.mustAgree(session, keys(1, 2, 3)))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("id = 2")
        .hasMessageNotContaining("id = 3");
    assertThat(database.count("openLocked")).isEqualTo(3);
    assertThat(database.count("openSnapshot")).as("would let the lock go").isZero();
  }

  @Test
  void noMoreThanTenRowsAreShown() throws Exception {
    fillBoth(13);
    database.ghost.clear();
    compare(verifier);
    assertThatThrownBy(() -> verifier.explain(session, new Stream()))
        .hasMessageContaining("id = 10:")
        .hasMessageContaining("and 3 more")
        .hasMessageNotContaining("id = 11");
  }

  @Test
  void theRowsAreNamedAlsoWhereTheirValuesCannotBeRead() throws Exception {
    fillBoth(3);
    database.withGhost(2, "other").fails("describeDifference", ErrorClass.DENIED);
    compare(verifier);
    assertThatThrownBy(() -> verifier.explain(session, new Stream()))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("id = 2")
        .hasCauseInstanceOf(SQLException.class);
  }

  @Test
  void aGhostThatIsAltogetherWrongIsNotExplainedRowByRow() {
    for (long id = 1; id <= 100_000; id++) {
      database.withGhost(id, "stray");
    }
    assertThatThrownBy(() -> compare(verifier))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining("and 99990 more");
  }

  @Test
  void whatAnEarlierRunHasComparedIsNotComparedAgainAndItsSuspectsAreKept() throws Exception {
    fillBoth(10);
    database.withGhost(1, "differs").withGhost(2, "differs").withGhost(9, "differs");
    Verifier second =
        new Verifier(database.planned(), size, new CompletedRange(key(6), false), keys(2));
    compare(second);
    assertThat(second.rowsVerified()).isEqualTo(4);
    assertThat(second.suspects()).containsExactlyInAnyOrderElementsOf(keys(2, 9));
  }

  @Test
  void oneThatIsAbandonedEndsWithItsChunkAndIsNotWhole() throws Exception {
    fillBoth(10);
    database.before("compare", verifier::abandon);
    compare(verifier);
    assertThat(verifier.rowsVerified()).isEqualTo(CHUNK);
    assertThat(verifier.compared()).isEqualTo(new CompletedRange(key(4), false));
  }

  @Test
  void manyKeysAreLookedAtInSeveralSnapshots() throws Exception {
    fillBoth(2_500);
    database.ghost.clear();
    long[] all = database.source.keySet().stream().mapToLong(k -> (Long) k.part(0)).toArray();
    assertThatThrownBy(() -> verifier.mustAgree(session, keys(all)))
        .hasMessageContaining("and 2490 more");
    assertThat(database.count("openLocked")).isEqualTo(3);
  }
}
