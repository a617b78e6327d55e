package dev.ghost.internal.cutover;

import static dev.ghost.fakes.FakeDatabase.error;
import static dev.ghost.fakes.FakeDatabase.errorClass;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.CutoverException;
import dev.ghost.api.InterferenceException;
import dev.ghost.fakes.Fake;
import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.cutover.Cutover.Made;
import dev.ghost.internal.cutover.Cutover.Part;
import dev.ghost.internal.cutover.Cutover.Settings;
import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.SwapUnknownException;
import dev.ghost.internal.dialect.TableGroup;
import dev.ghost.internal.function.SqlRunnable;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.thread.Pause;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How often and how patiently the names are swapped, and what each try leaves behind. */
@Timeout(20)
class CutoverTest {

  private static final Duration LOCK = Duration.ofSeconds(1);
  private static final Duration DRAIN = Duration.ofSeconds(3);
  private static final Duration STALL = Duration.ofSeconds(2);
  private static final Blocker REPORT = new Blocker("7", "session 7, a report");

  /** What happens, in its order. */
  private final List<String> story = new ArrayList<>();

  private final FakeDatabase database = new FakeDatabase();

  /** What the next calls of the swap's methods do instead of succeeding; one each. */
  private final Map<String, Deque<Failure>> failures = new HashMap<>();

  private final Set<String> swappedTables = new HashSet<>();
  private final Set<String> unfinished = new HashSet<>();
  private final List<Duration> holds = new ArrayList<>();
  private final List<Duration> lockWaits = new ArrayList<>();
  private final List<Integer> backOffs = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private boolean lockerWrites;
  private Settings settings = new Settings(LOCK, DRAIN, STALL, 3, Optional.empty());
  private Connection writer;

  private final Server server = database.server(this::answer);
  private Session locker;
  private Session guard;

  /** How a step of the swap fails. */
  private interface Failure {
    Object happens() throws SQLException;
  }

  @BeforeEach
  void connect() throws SQLException {
    locker = server.open(SessionProfile.work("s"));
    guard = server.open(SessionProfile.work("s"));
  }

  private Object answer(String method, Object[] arguments) throws SQLException {
    return switch (method) {
      case "group" -> Fake.of(TableGroup.class, (m, a) -> new ScriptedSwap((List<?>) arguments[0]));
      case "unfinished" -> {
        story.add("has tx ended");
        Map<String, String> left = new HashMap<>();
        // It has, the second time.
        unfinished.removeIf(t -> Collections.frequency(story, "has tx ended") > 1);
        unfinished.forEach(t -> left.put(t, t));
        yield left;
      }
      case "endSession" -> story.add("end session " + arguments[1]);
      case "awaitGone" -> {
        story.add("await gone " + arguments[1]);
        yield null;
      }
      default -> Fake.DEFAULT;
    };
  }

  private void next(String step, Failure failure) {
    failures.computeIfAbsent(step, s -> new ArrayDeque<>()).add(failure);
  }

  private Object step(String name, Object otherwise) throws SQLException {
    story.add(name);
    Failure failure = failures.getOrDefault(name, new ArrayDeque<>()).poll();
    return failure == null ? otherwise : failure.happens();
  }

  private static Swap.Lock refused(Blocker... blockers) {
    return new Swap.Lock(false, new LockQueue(List.of(blockers), Set.of()));
  }

  private static Failure lost() {
    return () -> {
      throw error(ErrorClass.CONNECTION_LOST, "the server has gone away");
    };
  }

  private final class ScriptedSwap implements Swap {
    private final List<?> benches;

    ScriptedSwap(List<?> benches) {
      this.benches = benches;
    }

    @Override
    public boolean lockerWrites() {
      return lockerWrites;
    }

    @Override
    public Lock clear(Connection own, List<Connection> guards) throws SQLException {
      return (Lock) step("clear", Lock.GRANTED);
    }

    @Override
    public Lock lock(Connection own, List<Connection> guards, Duration timeout, Duration hold)
        throws SQLException {
      lockWaits.add(timeout);
      return (Lock) step("lock", Lock.GRANTED);
    }

    @Override
    public void holdAtMost(Duration left) throws SQLException {
      assertThat(left).isPositive().isLessThanOrEqualTo(DRAIN);
      holds.add(left);
    }

    @Override
    public Set<String> heldUp() {
      story.add("who is held up");
      return Set.copyOf(unfinished);
    }

    @Override
    public void check() throws SQLException {
      step("check", null);
    }

    @Override
    public void toNextTable(Connection connection) {
      story.add("to the next table");
    }

    @Override
    public Lock swap() throws SQLException {
      Lock lock = (Lock) step("swap", Lock.GRANTED);
      if (lock.granted()) {
        benches.forEach(b -> swappedTables.add(((PlannedMigration) b).names().source().table()));
      }
      return lock;
    }

    @Override
    public void close() throws SQLException {
      step("unlock", null);
    }
  }

  private Part part(String table) {
    TableNames names = TableNames.of(new TableName("s", table), 64);
    PlannedMigration planned =
        database.planned(
            (method, arguments) ->
                switch (method) {
                  case "names" -> names;
                  case "open", "checkUnchanged" -> step(method, null);
                  case "swapped" -> step("is it swapped", swappedTables.contains(table));
                  default -> Fake.DEFAULT;
                });
    return new Part(planned, new Backlog());
  }

  private final class Backlog implements Cutover.Backlog {
    @Override
    public void awaitNearlyEmpty() {
      story.add("nearly empty");
    }

    @Override
    public Pause pause() {
      story.add("pause");
      return () -> story.add("go on");
    }

    @Override
    public boolean drain(
        Session session, Duration limit, SqlRunnable meanwhile, SqlRunnable arrived)
        throws SQLException {
      writer = session.connection();
      assertThat(limit).isPositive().isLessThanOrEqualTo(DRAIN);
      meanwhile.run();
      arrived.run();
      return (Boolean) step("drain", true);
    }

    @Override
    public void postponed(int attempt, String reason) {
      reasons.add(reason);
      story.add("postponed " + attempt);
    }

    @Override
    public void aheadOfOthers() {
      story.add("ahead of others");
    }

    @Override
    public void ended(Blocker blocker) {
      story.add("ended " + blocker.what());
    }
  }

  private Made cutOver(Part... parts) throws Exception {
    Part[] all = parts.length == 0 ? new Part[] {part("t")} : parts;
    return new Cutover(server, settings, List.of(all), backOffs::add).run(locker, List.of(guard));
  }

  @Test
  void underTheLockTheBacklogIsDrainedAndThenTheNamesAreSwapped() throws Exception {
    assertThat(cutOver().attempts()).isOne();
    assertThat(story)
        .containsExactly(
            "nearly empty",
            "checkUnchanged",
            "clear",
            "pause",
            "lock",
            "check",
            "drain",
            "swap",
            "unlock",
            "go on");
    assertThat(writer).as("the locker's transaction is the lock").isSameAs(guard.connection());
    assertThat(backOffs).isEmpty();
  }

  @Test
  void whereTheLockKeepsReadersOutItsOwnConnectionWrites() throws Exception {
    lockerWrites = true;
    Made made = cutOver();
    assertThat(writer).isSameAs(locker.connection());
    assertThat(made.readerStall()).isEqualTo(made.stall()).isPositive();
  }

  /** It ends the lock by itself, should nothing be heard of us. */
  @Test
  void theServerIsToldBeforeEachStepForHowLongTheLockIsHeld() throws Exception {
    cutOver();
    assertThat(holds).hasSize(3);
    assertThat(holds.get(1)).as("what is left").isLessThanOrEqualTo(holds.get(0));
    assertThat(holds.get(1)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(holds.get(2)).isEqualTo(Duration.ofMillis(500));
    holds.clear();
    lockerWrites = true;
    cutOver();
    assertThat(holds.get(0)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(holds.subList(1, 3))
        .as("its connection does not rest while it writes")
        .containsExactly(Duration.ofMillis(500), Duration.ofMillis(500));
  }

  /**
   * A network that swallows packets would keep the application waiting for a quarter of an hour.
   */
  @Test
  void underTheLockNoAnswerIsWaitedForForEver() throws Exception {
    cutOver();
    List<String> limits =
        database.calls().stream().filter(call -> call.startsWith("answer within")).toList();
    assertThat(limits.subList(0, 2))
        .as("of the locker and the guard: lock timeout, stall, and five seconds")
        .containsExactly("answer within 8000", "answer within 8000");
    assertThat(Integer.parseInt(limits.get(2).replaceAll("[^0-9]", "")))
        .as("of who writes")
        .isBetween(2_000, 5_000);
    assertThat(limits.get(3)).isEqualTo("answer within 8000");
    assertThat(limits.subList(4, limits.size()))
        .as("as before")
        .containsExactly("answer within 0", "answer within 0");
  }

  @Test
  void whereReadersGoOnTheyWaitForTheSwapAlone() throws Exception {
    Made made = cutOver();
    assertThat(made.readerStall()).isPositive().isLessThan(made.stall());
  }

  @Test
  void aLockThatIsNotGrantedIsTriedAgainAndLeavesNothing() throws Exception {
    next("lock", () -> refused(REPORT));
    assertThat(cutOver().attempts()).isEqualTo(2);
    assertThat(story.subList(3, 9))
        .containsExactly("pause", "lock", "unlock", "open", "go on", "postponed 1");
    assertThat(story.get(9)).as("asked again before the next try").isEqualTo("nearly empty");
    assertThat(reasons)
        .containsExactly(
            "the lock was not granted within 1000 ms. In the way:\n  session 7, a report");
    assertThat(backOffs).containsExactly(1);
  }

  @Test
  void itGivesUpAfterTheNumberOfTriesAndSaysWhatWasInTheWayLast() {
    for (int i = 1; i <= 3; i++) {
      int number = i;
      next("lock", () -> refused(new Blocker("" + number, "session " + number)));
    }
    assertThatThrownBy(this::cutOver)
        .isInstanceOf(CutoverException.class)
        .hasMessageContaining("The cutover of s.t was tried 3 times. The last time, the lock")
        .hasMessageContaining("In the way:\n  session 3")
        .hasMessageNotContaining("session 2")
        .hasMessageContaining("Nothing was changed.");
    assertThat(backOffs).as("no rest after the last").containsExactly(1, 2);
    assertThat(story.stream().filter("unlock"::equals)).hasSize(3);
    assertThat(story).endsWith("unlock", "open", "go on", "postponed 3");
  }

  @Test
  void whoeverStaysInTheWayBeforeTheLockKeepsNobodyWaiting() throws Exception {
    next("clear", () -> refused(REPORT));
    Made made = cutOver();
    assertThat(made.attempts()).isEqualTo(2);
    assertThat(reasons.get(0)).contains("does not release it. In the way:\n  session 7, a report");
    assertThat(story.subList(0, 7))
        .containsExactly(
            "nearly empty",
            "checkUnchanged",
            "clear",
            "unlock",
            "open",
            "postponed 1",
            "nearly empty");
  }

  @Test
  void withoutTheLastChangesNothingIsSwapped() throws Exception {
    next("drain", () -> false);
    next(
        "drain",
        () -> {
          assertThat(story).doesNotContain("swap");
          return true;
        });
    assertThat(cutOver().attempts()).isEqualTo(2);
    assertThat(reasons.get(0)).contains("the last changes of s.t did not arrive");
    assertThat(story).containsSubsequence("drain", "who is held up", "unlock", "go on");
  }

  @Test
  void aSourceThatWasAlteredEndsItAndTheLockIsReleased() {
    next(
        "check",
        () -> {
          throw new InterferenceException("somebody altered it", "run again");
        });
    assertThatThrownBy(this::cutOver).isInstanceOf(InterferenceException.class);
    assertThat(story).endsWith("check", "unlock", "go on").doesNotContain("swap");
  }

  @Test
  void anErrorThatIsNoLostConnectionEndsItAndTheLockIsReleased() {
    next(
        "swap",
        () -> {
          throw error(ErrorClass.DENIED, "no privilege");
        });
    assertThatThrownBy(this::cutOver)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(errorClass(e)).isEqualTo(ErrorClass.DENIED));
    assertThat(story).endsWith("swap", "unlock", "go on");
  }

  @Test
  void aSwapWhoseAnswerWasLostIsAskedFor() throws Exception {
    next(
        "swap",
        () -> {
          swappedTables.add("t");
          return lost().happens();
        });
    assertThat(cutOver().attempts()).isOne();
    assertThat(story).endsWith("swap", "unlock", "is it swapped", "go on");
  }

  @Test
  void aSwapThatWasLostAndNotMadeIsTriedAgain() throws Exception {
    next("swap", lost());
    assertThat(cutOver().attempts()).isEqualTo(2);
    assertThat(reasons.get(0))
        .contains("a connection was lost: the server has gone away. All locks were released");
  }

  @Test
  void whatTheServerIsStillAtIsWaitedForBeforeItIsAsked() throws Exception {
    long number = guard.number();
    next(
        "swap",
        () -> {
          guard.connection().close();
          locker.connection().close();
          return lost().happens();
        });
    cutOver();
    assertThat(story)
        .containsSubsequence("swap", "unlock", "await gone " + number, "is it swapped");
  }

  @Test
  void whetherItIsSwappedIsNotAssumedWhereNobodyCanBeAsked() {
    next("swap", lost());
    next(
        "is it swapped",
        () -> {
          throw error(ErrorClass.DENIED, "not now");
        });
    assertThatThrownBy(this::cutOver)
        .isInstanceOf(SwapUnknownException.class)
        .hasMessageContaining("gone away; not now");
    assertThat(story).endsWith("is it swapped", "go on");
  }

  @Test
  void whatTheSwapItselfDoesNotKnowIsPassedOn() {
    next(
        "swap",
        () -> {
          throw new SwapUnknownException("at work for a minute", null);
        });
    assertThatThrownBy(this::cutOver).isInstanceOf(SwapUnknownException.class);
    assertThat(story).doesNotContain("is it swapped");
  }

  @Test
  void whoIsInTheWayIsEndedWhereThatIsWantedAndCertain() throws Exception {
    settings = new Settings(LOCK, DRAIN, STALL, 3, Optional.of(Duration.ZERO));
    next("lock", () -> refused(REPORT, new Blocker("", "perhaps"), Blocker.unknown("not allowed")));
    cutOver();
    assertThat(story).containsSubsequence("postponed 1", "end session 7", "ended " + REPORT.what());
    assertThat(story.stream().filter(s -> s.startsWith("end session"))).hasSize(1);
    assertThat(backOffs).as("the way is free").isEmpty();
  }

  @Test
  void nobodyIsEndedBeforeItsTime() throws Exception {
    settings = new Settings(LOCK, DRAIN, STALL, 3, Optional.of(Duration.ofHours(1)));
    next("lock", () -> refused(REPORT));
    cutOver();
    assertThat(story).noneMatch(s -> s.startsWith("end"));
    assertThat(backOffs).containsExactly(1);
  }

  @Test
  void whoHasLetGoSinceIsNotEndedForTheTryBefore() throws Exception {
    settings = new Settings(LOCK, DRAIN, STALL, 3, Optional.of(Duration.ZERO));
    next("lock", () -> refused(REPORT));
    next("drain", () -> false);
    cutOver();
    assertThat(story.stream().filter(s -> s.startsWith("end session"))).hasSize(1);
    assertThat(backOffs).containsExactly(2);
  }

  /** No transaction waits for longer than the limit, over all tries. */
  @Test
  void whoWasHeldUpIsWaitedForBeforeTheNextTry() throws Exception {
    unfinished.add("tx");
    next("lock", () -> new Swap.Lock(false, new LockQueue(List.of(REPORT), Set.of("tx"))));
    cutOver();
    assertThat(story)
        .containsSubsequence("postponed 1", "nearly empty", "has tx ended", "has tx ended", "lock");
    assertThat(lockWaits).containsExactly(LOCK, LOCK);
  }

  @Test
  void withNoTimeLeftTheLockIsNotAskedFor() {
    settings = new Settings(LOCK, DRAIN, Duration.ofMillis(99), 1, Optional.empty());
    assertThatThrownBy(this::cutOver)
        .isInstanceOf(CutoverException.class)
        .hasMessageContaining("the lock was not asked for");
    assertThat(story).containsExactly("nearly empty", "checkUnchanged", "postponed 1");
  }

  @Test
  void aTryMayTakeNoLongerThanOneTransactionMayWait() throws Exception {
    settings = new Settings(LOCK, DRAIN, Duration.ofMillis(700), 1, Optional.empty());
    cutOver();
    assertThat(lockWaits).containsExactly(Duration.ofMillis(700));
  }

  /** MySQL swaps several in one statement; MariaDB may have swapped one when it lets go. */
  @Test
  void aTableThatIsSwappedIsLeftOutOfTheNextTryAndNotTouchedAgain() throws Exception {
    next(
        "swap",
        () -> {
          swappedTables.add("a");
          return refused(REPORT);
        });
    cutOver(part("a"), part("b"));
    assertThat(reasons.get(0)).contains("Swapped already: s.a. To follow: s.b.");
    int ahead = story.indexOf("ahead of others");
    assertThat(story.subList(ahead, story.size()).stream().filter("pause"::equals)).hasSize(1);
    assertThat(story).endsWith("unlock", "go on", "go on");
    assertThat(story.subList(0, ahead)).as("kept quiet until the end").doesNotContain("go on");
    assertThat(story.stream().filter("nearly empty"::equals)).hasSize(3);
  }

  @Test
  void whereOneIsSwappedAndTheOtherIsNotItSaysSo() {
    settings = new Settings(LOCK, DRAIN, STALL, 1, Optional.empty());
    next(
        "swap",
        () -> {
          swappedTables.add("a");
          return refused(REPORT);
        });
    assertThatThrownBy(() -> cutOver(part("a"), part("b")))
        .isInstanceOf(CutoverException.class)
        .hasMessageContaining("The cutover of s.b")
        .hasMessageContaining("The rest is as it was.")
        .hasMessageNotContaining("Nothing was changed");
    assertThat(story.stream().filter("go on"::equals)).hasSize(2);
  }

  @Test
  void severalAreDrainedOneAfterTheOtherAndSwappedAtOnce() throws Exception {
    cutOver(part("a"), part("b"));
    assertThat(story.stream().filter(s -> Set.of("check", "drain", "swap").contains(s)))
        .as("the definitions are compared once")
        .containsExactly("check", "drain", "drain", "swap");
    assertThat(story).containsSubsequence("drain", "to the next table", "drain");
    assertThat(swappedTables).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void theRestAfterATryGrowsAndHasALimit() {
    assertThat(Cutover.longestRest(1)).isEqualTo(Duration.ofMillis(500));
    assertThat(Cutover.longestRest(2)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Cutover.longestRest(5)).isEqualTo(Duration.ofSeconds(8));
    assertThat(Cutover.longestRest(6)).isEqualTo(Duration.ofSeconds(15));
    assertThat(Cutover.longestRest(1_000)).isEqualTo(Duration.ofSeconds(15));
  }

  private static String notGranted(LockQueue queue) {
    return Cutover.notGranted(Duration.ofMillis(500), new Swap.Lock(false, queue));
  }

  @Test
  void whoIsInTheWayIsNamed() {
    LockQueue queue = new LockQueue(List.of(REPORT), Set.of());
    assertThat(notGranted(queue))
        .contains("within 500 ms", "In the way:\n  session 7, a report")
        .doesNotContain("released since");
  }

  @Test
  void whoHasLetGoIsToldOnlyWhereItWasSeen() {
    assertThat(notGranted(new LockQueue(List.of(), Set.of()))).contains("has been released since");
    assertThat(notGranted(LockQueue.NOT_SEEN))
        .contains("before it could be seen")
        .doesNotContain("released since");
  }
}
