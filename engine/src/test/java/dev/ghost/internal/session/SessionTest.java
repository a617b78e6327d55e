package dev.ghost.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.SessionProfile;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What becomes of a session whose connection is lost, by what it was doing. */
class SessionTest {

  private static final SessionProfile PROFILE = SessionProfile.work("s");
  private static final String LOST = "lost";

  private final Deque<String> calls = new ConcurrentLinkedDeque<>();

  /** For each call that is to fail, the message of its error. */
  private final Map<String, String> failures = new HashMap<>();

  private int connections;

  private final Driver driver =
      answering(Driver.class, Map.of("configure", (Driver.Restore) () -> {}, "session", 7L));

  private final Sessions sessions = Sessions.borrow(driver, answering(DataSource.class, Map.of()));

  @Test
  void aConnectionThatIsLostBeforeItWasUsedIsReplaced() throws Exception {
    failures.put("rollback 1", LOST);
    failures.put("configure 2", LOST);
    Session session = sessions.open(PROFILE);
    assertThat(connections).isEqualTo(3);
    assertThat(calls).contains("abort 1", "close 1", "abort 2", "close 2");
    assertThat(session.<Integer>runOnce(c -> 1)).isEqualTo(1);
    assertThat(connections).isEqualTo(3);
  }

  /** HikariCP rolls back what it gets, unless it has found out by itself that it is lost. */
  @Test
  void thatItIsLostMayBeSaidAgainWhenItGoesBackToThePool() throws Exception {
    failures.put("configure 1", LOST);
    failures.put("close 1", LOST);
    sessions.open(PROFILE);
    assertThat(connections).isEqualTo(2);
  }

  @Test
  void butNotForEver() {
    for (int i = 1; i <= 100; i++) {
      failures.put("rollback " + i, LOST);
    }
    assertThatThrownBy(() -> sessions.open(PROFILE)).hasMessage(LOST);
    assertThat(connections).isEqualTo(5);
  }

  @Test
  void aConnectionThatIsNotToBeHadIsNotAskedForAgain() {
    failures.put("getConnection 1", LOST);
    assertThatThrownBy(() -> sessions.open(PROFILE)).hasMessage(LOST);
    assertThat(connections).isEqualTo(1);
  }

  /** HikariCP may forget one of several that ask at the same moment. */
  @Test
  void aPoolIsAskedByOneThreadAtATime() throws Exception {
    AtomicInteger asking = new AtomicInteger();
    CountDownLatch group = new CountDownLatch(1);
    DataSource pool =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (p, m, a) -> {
                  if (asking.incrementAndGet() > 1) {
                    group.countDown();
                  }
                  boolean met = group.await(200, TimeUnit.MILLISECONDS);
                  asking.decrementAndGet();
                  assertThat(met).as("another asks meanwhile").isFalse();
                  return answering(Connection.class, Map.of("isClosed", false));
                });
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      // As the tables of one script do, which share the caller's pool.
      Callable<Session> open = () -> Sessions.borrow(driver, pool).open(PROFILE);
      for (Future<Session> opened : threads.invokeAll(List.of(open, open, open))) {
        opened.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void whatIsRefusedIsNotTriedAgain() {
    failures.put("configure 1", "denied");
    assertThatThrownBy(() -> sessions.open(PROFILE)).hasMessage("denied");
    assertThat(connections).isEqualTo(1);
    assertThat(calls).contains("abort 1", "close 1");
  }

  @Test
  void whatIsDoneOnceIsNotDoneOnAnotherConnection() throws Exception {
    Session session = sessions.open(PROFILE);
    failures.put("commit 1", LOST);
    failures.put("rollback 1", LOST);
    assertThatThrownBy(() -> session.runOnce(c -> 1)).hasMessage(LOST);
    assertThat(connections).isEqualTo(1);
    assertThat(session.<Integer>runOnce(c -> 1)).isEqualTo(1);
    assertThat(connections).isEqualTo(2);
  }

  @Test
  void aTransactionIsDoneAgain() throws Exception {
    Session session = sessions.open(PROFILE);
    failures.put("commit 1", LOST);
    failures.put("rollback 2", LOST);
    assertThat(session.<Integer>transaction(c -> connections)).isEqualTo(3);
  }

  @Test
  void theErrorOfARehearsalIsNotHiddenByThatOfItsEnd() throws Exception {
    Session session = sessions.open(PROFILE);
    failures.put("rollback 1", LOST);
    assertThatThrownBy(
            () ->
                session.runAndRollback(
                    c -> {
                      throw new SQLException("does not fit");
                    }))
        .hasMessage("does not fit");
  }

  @Test
  void restoresWhatItChanged() throws Exception {
    try (Session session = sessions.open(PROFILE)) {
      assertThat(session.number()).isEqualTo(7);
    }
    assertThat(List.copyOf(calls)).endsWith("isClosed 1", "rollback 1", "close 1");
  }

  private <T> T answering(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, (p, m, a) -> answer(m, a, answers)));
  }

  private Object answer(Method method, Object[] arguments, Map<String, Object> answers)
      throws SQLException {
    String name = method.getName();
    if (name.equals("classify")) {
      return LOST.equals(((SQLException) arguments[0]).getMessage())
          ? ErrorClass.CONNECTION_LOST
          : ErrorClass.OTHER;
    }
    if (name.equals("getConnection")) {
      connections++;
    }
    String call = name + " " + connections;
    calls.add(call);
    if (failures.containsKey(call)) {
      throw new SQLException(failures.get(call));
    }
    if (name.equals("getConnection")) {
      return answering(Connection.class, Map.of("isClosed", false));
    }
    return answers.get(name);
  }
}
