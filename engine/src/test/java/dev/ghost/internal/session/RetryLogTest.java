package dev.ghost.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.log.CapturedLog;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.logging.Level;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What a session logs: retries, the louder the more there are; and SQL without values. */
class RetryLogTest {

  private int tries;

  @Test
  void aRetryIsAWarningFromTheFifthOn() throws Exception {
    try (CapturedLog log = new CapturedLog(Level.FINE);
        Session session = session(false)) {
      assertThat(session.<Integer>transaction(c -> deadlockedBefore(7))).isEqualTo(7);
      List<String> retries = log.lines().stream().filter(l -> l.contains(": try ")).toList();
      assertThat(retries).hasSize(6);
      assertThat(retries.subList(0, 4))
          .allMatch(l -> l.startsWith("FINE Session 7: try "))
          .first()
          .asString()
          .endsWith("try 1 of 40 failed, DEADLOCK: SQLSTATE 40001, error 1213: of '…'");
      assertThat(retries.subList(4, 6))
          .allMatch(l -> l.startsWith("WARNING Session 7: try "))
          .noneMatch(l -> l.contains("geheim"));
    }
  }

  private int deadlockedBefore(int last) throws SQLException {
    if (++tries < last) {
      throw new SQLException("of 'geheim'", "40001", 1213);
    }
    return tries;
  }

  @Test
  void sqlIsTracedWithoutValues() throws Exception {
    try (CapturedLog log = new CapturedLog(Level.FINEST);
        Session session = session(true)) {
      session.execute(
          c -> {
            try (PreparedStatement s = c.prepareStatement("DELETE FROM \"t\"\n WHERE id = ?")) {
              s.setString(1, "geheim");
              s.executeUpdate();
            }
            try (var s = c.createStatement()) {
              s.execute("COMMENT ON TABLE t IS 'geheim'");
            }
          });
      assertThat(log.lines())
          .anyMatch(
              l -> l.startsWith("FINEST ") && l.endsWith("ms: DELETE FROM \"t\" WHERE id = ?"))
          .anyMatch(l -> l.endsWith("ms: COMMENT ON TABLE t IS '…'"))
          .anyMatch(l -> l.endsWith("ms: COMMIT"))
          .noneMatch(l -> l.contains("geheim"));
    }
  }

  @Test
  void anErrorComesThroughAsItIs() throws Exception {
    try (CapturedLog log = new CapturedLog(Level.FINEST);
        Session session = session(true)) {
      SQLException thrown = new SQLException("bad");
      Connection c = session.connection();
      failure = thrown;
      assertThat(catchThrowable(() -> c.prepareStatement("x"))).isSameAs(thrown);
      failure = null;
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void nothingIsWrappedWhileNobodyListens() throws Exception {
    try (CapturedLog log = new CapturedLog(Level.FINE);
        Session session = session(true)) {
      assertThat(Proxy.getInvocationHandler(session.connection())).isNotInstanceOf(TracedSql.class);
      assertThat(log.lines()).isEmpty();
    }
  }

  private SQLException failure;

  private Session session(boolean postgres) throws SQLException {
    Driver driver =
        answering(
            Driver.class,
            (p, m, a) ->
                switch (m.getName()) {
                  case "configure" -> (Driver.Restore) () -> {};
                  case "session" -> 7L;
                  case "speaks" -> postgres;
                  case "classify" -> ErrorClass.DEADLOCK;
                  default -> null;
                });
    Connection connection = answering(Connection.class, this::answer);
    DataSource pool = answering(DataSource.class, (p, m, a) -> connection);
    return Sessions.borrow(driver, pool).open(SessionProfile.work("s"));
  }

  private Object answer(Object proxy, Method m, Object[] a) throws SQLException {
    if (failure != null) {
      throw failure;
    }
    if (m.getReturnType().isInterface()) {
      return answering(m.getReturnType(), this::answer);
    }
    if (m.getReturnType() == int.class) {
      return 1;
    }
    return m.getReturnType() == boolean.class ? false : null;
  }

  private static <T> T answering(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
