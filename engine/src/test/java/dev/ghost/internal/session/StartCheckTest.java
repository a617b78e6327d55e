package dev.ghost.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.session.Ways.Balancer;
import dev.ghost.internal.session.Ways.Pooler;
import dev.ghost.internal.session.Ways.Splitter;
import dev.ghost.internal.session.Ways.Way;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What lies between a run and its server is found out before anything is written. */
class StartCheckTest {

  private static final SessionProfile PROFILE = SessionProfile.work("s");
  private static final String LOST = "lost";

  /** What the server itself is refused for; null when it is not. */
  private RefusedException refusal;

  private final List<Client> clients = new ArrayList<>();

  /** One of ghost's connections. */
  private static final class Client {
    private boolean autoCommit = true;
    private int timeout;
    private boolean open = true;
    private boolean aborted;
  }

  @Test
  void sessionsOfOneServerWillDo() throws Exception {
    Sessions sessions = sessions(new Ways.Direct("a"));
    sessions.refuseUnsafe(false);
    assertThat(clients)
        .allSatisfy(
            c -> {
              assertThat(c.open).isFalse();
              assertThat(c.aborted).isFalse();
              assertThat(c.autoCommit).as("a caller's pool gets it back as it was").isTrue();
              assertThat(c.timeout).isZero();
            });
    sessions.open(PROFILE).close();
  }

  @Test
  void theServerItselfIsRefusedFirst() {
    refusal = new RefusedException("read-only", "elsewhere");
    assertThatThrownBy(() -> sessions(new Splitter("a", "b")).refuseUnsafe(false))
        .isSameAs(refusal);
    assertThat(clients).noneMatch(c -> c.open);
  }

  /** Whichever session it lends next, and however many it has. */
  @ParameterizedTest(name = "{0} sessions, last in first out: {1}, marks kept apart: {2}")
  @CsvSource({
    "1, true, false",
    "2, true, false",
    "2, false, false",
    "5, true, false",
    "5, false, false",
    "2, true, true",
    "2, false, true",
    "5, true, true",
    "5, false, true"
  })
  void aPoolerInTransactionMode(int size, boolean lifo, boolean tracksMarks) {
    RefusedException e = refused(new Pooler("a", size, lifo, tracksMarks));
    assertThat(e.what()).contains("A pooler in transaction mode");
    assertThat(e.remedy()).contains("pool_mode = session");
    assertThat(clients).noneMatch(c -> c.open);
  }

  /** The second connection would wait for the first for ever. */
  @Test
  void aPoolerThatHasOneSessionForAll() {
    assertThat(refused(new Pooler("a", 1, true, true)).what())
        .contains("no answer while another one is in a transaction");
  }

  @Test
  void aProxyThatAnswersForTheServer() {
    Way way =
        new Ways.Direct("a") {
          @Override
          public long number(Object client) throws SQLException {
            return super.number(client) + 1_000;
          }
        };
    assertThat(refused(way).what()).contains("it answers for the server");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aProxyThatSplitsReads(boolean alsoInTransactions) {
    Splitter splitter = new Splitter("primary", "replica");
    splitter.alsoInTransactions = alsoInTransactions;
    RefusedException e = refused(splitter);
    assertThat(e.what())
        .contains("splits reads", "replica has answered a SELECT, and primary")
        .contains("FOR UPDATE");
    assertThat(e.remedy()).contains("Connect to the server directly");
  }

  @Test
  void aBalancerBetweenServers() {
    assertThat(refused(new Balancer("a", "b")).what())
        .contains("different servers: first to a, now to b");
  }

  @Test
  void aLostConnectionIsReplaced() throws Exception {
    Ways.Direct way =
        new Ways.Direct("a") {
          @Override
          public long number(Object client) throws SQLException {
            if (clients.size() <= 4) {
              throw new SQLException(LOST);
            }
            return super.number(client);
          }
        };
    sessions(way).refuseUnsafe(false);
    assertThat(clients).hasSize(8).noneMatch(c -> c.open);
  }

  @Test
  void butNotForEver() {
    Ways.Direct way =
        new Ways.Direct("a") {
          @Override
          public long number(Object client) throws SQLException {
            throw new SQLException(LOST);
          }
        };
    assertThatThrownBy(() -> sessions(way).refuseUnsafe(false)).hasMessage(LOST);
    assertThat(clients).hasSize(20).noneMatch(c -> c.open);
  }

  @Test
  void anotherServerInTheMiddleOfARun() throws Exception {
    Ways.Direct way = new Ways.Direct("a");
    Sessions sessions = sessions(way);
    sessions.refuseUnsafe(false);
    Session session = sessions.open(PROFILE);
    way.server = "b";
    assertThatThrownBy(() -> sessions.open(PROFILE))
        .isInstanceOf(InterferenceException.class)
        .hasMessageContaining("first to a, now to b");
    assertThat(session.<Integer>runOnce(c -> 1)).as("the others are where they were").isEqualTo(1);
  }

  @Test
  void readsAreSplitFromTheMiddleOfARunOn() throws Exception {
    Splitter way = new Splitter("a", "a");
    Sessions sessions = sessions(way);
    sessions.refuseUnsafe(false);
    way.replica = "b";
    assertThatThrownBy(() -> sessions.open(PROFILE))
        .isInstanceOf(InterferenceException.class)
        .hasMessageContaining("splits reads");
  }

  /** Status, cleaning up and the lag of replicas do not care. */
  @Test
  void withoutTheCheckAnyServerWillDo() throws Exception {
    Ways.Direct way = new Ways.Direct("a");
    Sessions sessions = sessions(way);
    sessions.open(PROFILE).close();
    way.server = "b";
    sessions.open(PROFILE).close();
  }

  private RefusedException refused(Way way) {
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> sessions(way).refuseUnsafe(false));
    assertThat(e).as("it was not refused").isNotNull();
    return e;
  }

  private Sessions sessions(Way way) {
    return Sessions.borrow(
        answering(Driver.class, (p, m, a) -> driver(way, m.getName(), a)),
        answering(DataSource.class, (p, m, a) -> connection(way)));
  }

  private Object driver(Way way, String method, Object[] a) throws SQLException {
    Connection c = a[0] instanceof Connection asked ? asked : null;
    return switch (method) {
      case "refuseServer" -> refuseServer();
      case "configure" -> configured(c);
      case "session" -> way.number(c);
      case "identity" -> way.ask(c, true, c.getAutoCommit()).server();
      case "whereabouts" -> way.ask(c, (Boolean) a[1], c.getAutoCommit());
      case "mark" -> way.mark(c, (String) a[1]);
      case "classify" ->
          LOST.equals(((SQLException) a[0]).getMessage())
              ? ErrorClass.CONNECTION_LOST
              : ErrorClass.OTHER;
      default -> throw new UnsupportedOperationException(method);
    };
  }

  private Object refuseServer() {
    if (refusal != null) {
      throw refusal;
    }
    return null;
  }

  private static Driver.Restore configured(Connection c) throws SQLException {
    c.setAutoCommit(false);
    return () -> {};
  }

  private Connection connection(Way way) {
    Client client = new Client();
    clients.add(client);
    return answering(
        Connection.class,
        (proxy, m, a) -> {
          switch (m.getName()) {
            case "setAutoCommit" -> client.autoCommit = (Boolean) a[0];
            case "setNetworkTimeout" -> client.timeout = (Integer) a[1];
            case "commit", "rollback" -> way.end(proxy);
            case "abort" -> {
              client.aborted = true;
              way.end(proxy);
            }
            case "close" -> {
              client.open = false;
              way.end(proxy);
            }
            default -> {
              return state(client, proxy, m.getName(), a);
            }
          }
          return null;
        });
  }

  private static Object state(Client client, Object proxy, String question, Object[] a) {
    return switch (question) {
      case "getAutoCommit" -> client.autoCommit;
      case "getNetworkTimeout" -> client.timeout;
      case "isClosed" -> !client.open;
      case "hashCode" -> System.identityHashCode(proxy);
      case "equals" -> proxy == a[0];
      default -> throw new UnsupportedOperationException(question);
    };
  }

  private static <T> T answering(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
