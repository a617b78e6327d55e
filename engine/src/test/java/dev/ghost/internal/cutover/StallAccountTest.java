package dev.ghost.internal.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.session.Sessions;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What transactions of the application have waited for, over several tries at a cutover. */
@Timeout(20)
class StallAccountTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Transactions that have not ended, with the names that they go by now. */
  private final Map<String, String> open = new HashMap<>();

  private StallAccount stalls;
  private Session session;

  @BeforeEach
  void prepare() throws Exception {
    Driver driver =
        fake(
            Driver.class,
            (p, method, arguments) -> {
              if (method.getName().equals("unfinished")) {
                Map<String, String> left = new HashMap<>(open);
                left.keySet().retainAll((Set<?>) arguments[1]);
                return left;
              }
              return method.getName().equals("session") ? 1L : null;
            });
    Connection connection =
        fake(Connection.class, (p, m, a) -> m.getName().equals("isClosed") ? false : null);
    DataSource pool = fake(DataSource.class, (p, m, a) -> connection);
    session = Sessions.borrow(driver, pool).open(SessionProfile.work("s"));
    stalls = new StallAccount(driver, SECOND.multipliedBy(2));
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Test
  void aTryThatHeldNobodyUpLeavesTheWholeLimit() {
    stalls.add(SECOND, Set.of());
    assertThat(stalls.left()).isEqualTo(Duration.ofSeconds(2));
    assertThat(stalls.longest()).isEqualTo(SECOND);
  }

  @Test
  void whatOneTransactionWaitsForAddsUp() throws Exception {
    open.put("a", "a");
    stalls.add(SECOND, Set.of("a", "b"));
    stalls.awaitThrough(session, Duration.ZERO);
    assertThat(stalls.open()).isOne();
    assertThat(stalls.left()).isEqualTo(SECOND);
    stalls.add(Duration.ofMillis(700), Set.of("a", "c"));
    assertThat(stalls.longest()).isEqualTo(Duration.ofMillis(1_700));
    assertThat(stalls.left()).isEqualTo(Duration.ofMillis(300));
  }

  /** It had not begun when it was noted, and is known by another name since. */
  @Test
  void aTransactionMayGoByAnotherNameLater() throws Exception {
    open.put("5@", "5@12:00");
    stalls.add(SECOND, Set.of("5@"));
    stalls.awaitThrough(session, Duration.ZERO);
    open.clear();
    open.put("5@12:00", "5@12:00");
    stalls.awaitThrough(session, Duration.ZERO);
    assertThat(stalls.left()).isEqualTo(SECOND);
  }

  @Test
  void whoeverIsThroughCountsNoMore() throws Exception {
    stalls.add(SECOND, Set.of("a"));
    stalls.awaitThrough(session, Duration.ofSeconds(10));
    assertThat(stalls.open()).isZero();
    stalls.add(SECOND, Set.of("b"));
    assertThat(stalls.longest()).isEqualTo(SECOND);
    assertThat(stalls.left()).isEqualTo(SECOND);
  }
}
