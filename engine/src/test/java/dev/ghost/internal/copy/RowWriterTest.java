package dev.ghost.internal.copy;

import static dev.ghost.fakes.FakeDatabase.errorClass;
import static dev.ghost.fakes.FakeDatabase.key;
import static dev.ghost.fakes.FakeDatabase.keys;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RowRejectedException;
import dev.ghost.api.StoppedException;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.fakes.FakeRows;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is tried again, what is cleared away for a row, and what ends the migration. */
@Timeout(20)
class RowWriterTest {

  private final FakeDatabase database = new FakeDatabase();
  private final List<Set<RowKey>> again = new ArrayList<>();
  private final RowWriter writer = new RowWriter(database.driver(), database.planned(), again::add);
  private Session session;

  @BeforeEach
  void connect() throws SQLException {
    session = database.session();
  }

  private static KeyList list(long... ids) {
    return new KeyList(keys(ids));
  }

  private static KeyRange upTo(long id) {
    return KeyRange.ALL.upTo(key(id));
  }

  private static ErrorClass[] times(int times, ErrorClass errorClass) {
    return Collections.nCopies(times, errorClass).toArray(new ErrorClass[0]);
  }

  @Test
  void aListOfKeysBecomesWhatTheSourceHas() throws Exception {
    database.with(1, "new").with(2, "b").withGhost(1, "old").withGhost(3, "deleted since");
    assertThat(writer.write(session, list(1, 2, 3))).isEqualTo(2);
    assertThat(database.ghost).isEqualTo(Map.of(key(1), "new", key(2), "b"));
    assertThat(again).isEmpty();
  }

  @Test
  void aRangeIsInsertedAndNothingBeyondIt() throws Exception {
    database.withRows(7);
    assertThat(writer.write(session, upTo(5))).isEqualTo(5);
    assertThat(database.ghost.keySet()).containsExactlyElementsOf(keys(1, 2, 3, 4, 5));
  }

  @Test
  void twoRowsOfAListThatHaveSwappedTheirValuesAreWrittenTogether() throws Exception {
    database.with(1, "b").with(2, "a").withGhost(1, "a").withGhost(2, "b");
    assertThat(writer.write(session, list(1, 2))).isEqualTo(2);
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(again).as("nobody else was touched").isEmpty();
  }

  @Test
  void aStaleRowInTheWayOfAListIsRemovedAndHasToBeAppliedAgain() throws Exception {
    database.with(1, "a").with(2, "b").withGhost(2, "a");
    assertThat(writer.write(session, list(1))).isEqualTo(1);
    assertThat(database.ghost).isEqualTo(Map.of(key(1), "a"));
    assertThat(again).containsExactly(Set.of(key(2)));
  }

  /** The server has made the first commit: the row is gone, and nothing is in the way any more. */
  @Test
  void whatWasRemovedIsToldThoughTheAnswerToItsCommitWasLost() throws Exception {
    database
        .with(1, "a")
        .with(2, "b")
        .withGhost(2, "a")
        .fails("committed", ErrorClass.CONNECTION_LOST);
    writer.write(session, list(1));
    assertThat(database.count("commit")).isEqualTo(2);
    assertThat(again).containsExactly(Set.of(key(2)));
  }

  @Test
  void aStaleRowInTheWayOfARangeIsReadAgainTogetherWithIt() throws Exception {
    database.withRows(3).with(9, "moved on").withGhost(9, "v1");
    assertThat(writer.write(session, upTo(3))).as("without the one in the way").isEqualTo(3);
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(again).containsExactly(Set.of(key(9)));
  }

  @Test
  void whatIsInTheWayOfWhatIsInTheWayIsFoundBeforeTheNextTry() throws Exception {
    database.with(1, "a").with(7, "b").with(8, "c").withGhost(7, "a").withGhost(8, "b");
    assertThat(writer.write(session, upTo(1))).isEqualTo(1);
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(database.count("write")).isEqualTo(2);
    assertThat(again).containsExactly(Set.of(key(7), key(8)));
  }

  /** The applier may take away what stood in the way, before we do. */
  @Test
  void whereARowInTheWayIsGoneWeLookAgain() throws Exception {
    database.with(1, "a").with(9, "b").withGhost(9, "a");
    database.before("write", () -> {}).before("write", () -> database.ghost.remove(key(9)));
    assertThat(writer.write(session, upTo(1))).isEqualTo(1);
    assertThat(database.ghost).isEqualTo(Map.of(key(1), "a"));
    assertThat(again).as("we have not written it").isEmpty();
  }

  @Test
  void aDuplicateInARangeOfTheSourceIsNamedOnlyWhenOneSnapshotHasIt() {
    database.with(1, "same").with(2, "same");
    assertThatThrownBy(() -> writer.write(session, KeyRange.ALL))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("s.t have a value that a unique key of the new schema forbids")
        .hasMessageContaining("is there already")
        .hasMessageContaining("same: [(1), (2)]");
    assertThat(database.count("write")).as("tries before it is believed").isEqualTo(3);
    assertThat(database.ghost).isEmpty();
  }

  @Test
  void aListThatHasADuplicateAmongItselfIsNamedAtOnce() {
    database.with(1, "same").with(2, "same");
    assertThatThrownBy(() -> writer.write(session, list(1, 2)))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("same: [(1), (2)]");
    assertThat(database.count("write")).isOne();
  }

  /** They would take turns in the ghost for ever. */
  @Test
  void aDuplicateWithARowThatIsInTheGhostIsNamedBeforeThatIsRemoved() {
    database.with(1, "same").with(2, "same").withGhost(2, "same");
    assertThatThrownBy(() -> writer.write(session, list(1)))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("same: [(1), (2)]");
    assertThat(database.ghost).containsOnlyKeys(key(2));
    assertThat(again).isEmpty();
  }

  @Test
  void aRangeThatDoesNotGetThroughIsWrittenInPieces() throws Exception {
    database.withRows(450).fails("write", times(5, ErrorClass.DUPLICATE));
    assertThat(writer.write(session, KeyRange.ALL)).isEqualTo(450);
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(database.count("write")).as("five tries, three pieces").isEqualTo(8);
  }

  /** Where the ghost has no keys, its rows would be there twice. */
  @Test
  void whatAnUnansweredCommitMayHaveLeftIsRemovedBeforeTheNextTry() throws Exception {
    database.withRows(3).fails("committed", ErrorClass.CONNECTION_LOST);
    assertThat(writer.write(session, upTo(3))).isEqualTo(3);
    assertThat(database.count("clearUnanswered")).isOne();
    assertThat(database.count("write")).isEqualTo(2);
    assertThat(database.ghost).isEqualTo(database.source);
  }

  @Test
  void nothingIsRemovedBeforeTheFirstTryNorAfterARollback() throws Exception {
    database.withRows(3).fails("write", ErrorClass.DEADLOCK, ErrorClass.LOCK_TIMEOUT);
    assertThat(writer.write(session, upTo(3))).isEqualTo(3);
    assertThat(database.count("clearUnanswered")).isZero();
  }

  /** Each try of the range finds another stale row; a list is read once, for all that follows. */
  @Test
  void aRangeGetsThroughHoweverStaleTheGhostIs() throws Exception {
    database.withRows(1);
    for (int stale = 1; stale <= 100; stale++) {
      String value = "stale " + stale;
      database.with(100 + stale, "new " + stale).withGhost(100 + stale, value);
      database.before("write", () -> database.with(1, value));
    }
    assertThat(writer.write(session, upTo(1))).isEqualTo(1);
    assertThat(database.ghost.get(key(1))).isEqualTo("stale 5");
    assertThat(database.count("write")).as("five tries, one list").isEqualTo(6);
    assertThat(again).containsExactly(Set.of(key(105)));
  }

  /** Else what is cut off would never be copied. */
  @Test
  void aPieceHasAllRowsOfItsRangeThoughMoreHaveCome() throws Exception {
    database.with(1, "v1").with(2_000, "v2000");
    database.fails("write", times(5, ErrorClass.DUPLICATE));
    database.before(
        "keys",
        () -> {
          for (long id = 2; id < 2_000; id++) {
            database.with(id, "v" + id);
          }
        });
    assertThat(writer.write(session, upTo(2_000))).isEqualTo(2_000);
    assertThat(database.ghost).isEqualTo(database.source);
  }

  @Test
  void aListThatDoesNotGetThroughIsCutInQuarters() throws Exception {
    database.withRows(9).fails("write", times(5, ErrorClass.DUPLICATE));
    assertThat(writer.write(session, list(1, 2, 3, 4, 5, 6, 7, 8, 9))).isEqualTo(9);
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(database.count("write")).as("five tries, three pieces of three").isEqualTo(8);
  }

  @Test
  void rowsThatKeepStandingInEachOthersWayEndTheRun() {
    database.withRows(2).fails("write", times(50, ErrorClass.DUPLICATE));
    assertThatThrownBy(() -> writer.write(session, list(1)))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("50 tries did not bring one into s.t_gho: id = 1.");
    assertThat(database.count("write")).isEqualTo(50);
    database.fails("write", times(5 + 5 + 50, ErrorClass.DUPLICATE));
    assertThatThrownBy(() -> writer.write(session, upTo(2)))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("50 tries did not bring one into s.t_gho: id = 1.");
  }

  @Test
  void theRowOfAListThatDoesNotFitIsNamed() {
    database.withRows(5).unfit.add("v4");
    assertThatThrownBy(() -> writer.write(session, list(1, 2, 3, 4, 5)))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("does not fit the new schema: value v4 is too long\n  id = 4");
    assertThat(database.ghost).isEmpty();
  }

  @Test
  void theRowOfARangeThatDoesNotFitIsFoundAndNothingStaysOfTheSearch() {
    database.withRows(2_000).unfit.add("v1777");
    assertThatThrownBy(() -> writer.write(session, KeyRange.ALL))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("too long\n  id = 1777");
    assertThat(database.ghost).isEmpty();
    assertThat(database.count("write")).as("halves, not rows").isLessThan(600);
  }

  /** For the one that does not fit, it is not to blame. */
  @Test
  void aDuplicateWhileTheRowIsSearchedForIsNotWhatDoesNotFit() {
    database.withRows(3).withGhost(9, "v1").unfit.add("v3");
    assertThatThrownBy(() -> writer.attempt(session, list(3, 1)))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("id = 3")
        .hasMessageNotContaining("id = 1");
  }

  @Test
  void aRowThatWasChangedWhileItWasSearchedForIsNotNamed() {
    database.withRows(2).fails("write", ErrorClass.MISFIT);
    assertThatThrownBy(() -> writer.write(session, list(1, 2)))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("write failed: MISFIT")
        .hasMessageNotContaining("id =");
  }

  @Test
  void whatPassesIsTriedAgain() throws Exception {
    database
        .withRows(2)
        .fails("write", ErrorClass.DEADLOCK, ErrorClass.LOCK_TIMEOUT, ErrorClass.CONNECTION_LOST);
    assertThat(writer.write(session, KeyRange.ALL)).isEqualTo(2);
    assertThat(database.count("write")).isEqualTo(4);
    assertThat(database.ghost).isEqualTo(database.source);
  }

  @Test
  void whatIsNotKnownToPassIsNotTriedAgain() {
    database.withRows(2).fails("write", ErrorClass.DENIED);
    assertThatThrownBy(() -> writer.write(session, KeyRange.ALL))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
    database.fails("write", ErrorClass.DISK_FULL);
    assertThatThrownBy(() -> writer.write(session, list(1)))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DISK_FULL));
    assertThat(database.count("write")).isEqualTo(2);
  }

  @Test
  void whatFailsInTheSearchOtherwiseIsToldAsItIs() {
    database.withRows(2).fails("write", ErrorClass.MISFIT, ErrorClass.DENIED);
    assertThatThrownBy(() -> writer.write(session, list(1, 2)))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
  }

  @Test
  void anAttemptIsOneTryAndLeavesNothingWhenItFails() throws Exception {
    database.withRows(2);
    for (ErrorClass errorClass :
        List.of(ErrorClass.DUPLICATE, ErrorClass.DEADLOCK, ErrorClass.LOCK_TIMEOUT)) {
      database.fails("commit", errorClass);
      assertThat(writer.attempt(session, list(1, 2))).as("%s", errorClass).isFalse();
      assertThat(database.ghost).isEmpty();
    }
    assertThat(database.count("write")).isEqualTo(3);
    assertThat(writer.attempt(session, list(1, 2))).isTrue();
    assertThat(database.ghost).isEqualTo(database.source);
  }

  @Test
  void anAttemptPassesOnWhatIsNotAboutRowsAndNamesTheRowThatDoesNotFit() {
    database.withRows(2).unfit.add("v2");
    assertThatThrownBy(() -> writer.attempt(session, list(1, 2)))
        .isInstanceOf(RowRejectedException.class)
        .hasMessageContaining("id = 2");
    database.fails("write", ErrorClass.DENIED);
    assertThatThrownBy(() -> writer.attempt(session, list(1, 2)))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
  }

  /** What conflicts has values there, too: it is read again, and not removed. */
  @Test
  void inAGhostThatHasValuesOfItsOwnNothingIsRemoved() throws Exception {
    RowSql rows = database.rows();
    ((FakeRows) rows).keepsValues = true;
    database.with(1, "a").with(2, "b").withGhost(2, "a");
    assertThat(writer.write(session, list(1))).isEqualTo(1);
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(database.count("read")).isZero();
    assertThat(again).containsExactly(Set.of(key(2)));
  }
}
