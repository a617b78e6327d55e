package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Statements of others that the server's list of sessions cannot show as text. */
@OnServers(whichHave = Ability.STATEMENTS_OF_ANY_BYTES)
class OddStatementsTest {

  private static final String SMILE = "\ud83d\ude00";
  private static final byte[] NO_TEXT = {(byte) 0xff, (byte) 0xfe, (byte) 0xed, (byte) 0xaf, 0x27};

  @Provided private Schema schema;

  private final List<Future<?>> running = new ArrayList<>();
  private final List<Connection> others = new ArrayList<>();
  private final List<Long> sessions = new ArrayList<>();

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t SELECT i, i FROM n");
  }

  @AfterEach
  void endThem() throws Exception {
    end();
    for (Connection other : others) {
      other.close();
    }
  }

  private void end() throws Exception {
    for (long session : sessions) {
      schema.execute("KILL " + session);
    }
    sessions.clear();
    for (Future<?> each : running) {
      each.get(1, TimeUnit.MINUTES);
    }
    running.clear();
  }

  /**
   * Runs a query for long, in a transaction that has read the table.
   *
   * @param value of its parameter
   */
  private void runs(String sql, byte[] value) throws Exception {
    Connection other = schema.connect();
    others.add(other);
    other.setAutoCommit(false);
    try (ResultSet rs = other.createStatement().executeQuery("SELECT CONNECTION_ID()")) {
      rs.next();
      sessions.add(rs.getLong(1));
    }
    other.createStatement().executeQuery("SELECT COUNT(*) FROM t").close();
    running.add(
        Async.run(
            () -> {
              try (PreparedStatement statement = other.prepareStatement(sql)) {
                statement.setBytes(1, value);
                statement.executeQuery();
              } catch (SQLException e) {
                // It was ended.
              }
            }));
    long session = sessions.get(sessions.size() - 1);
    await()
        .until(
            () ->
                schema.rows("SHOW FULL PROCESSLIST").stream()
                    .anyMatch(s -> s.startsWith(session + "|") && s.contains("SLEEP")));
  }

  @Test
  void theyDoNoHarm() throws Exception {
    runs("SELECT SLEEP(600), ? /* " + SMILE + " */", new byte[] {1});
    runs("SELECT SLEEP(601), ?", NO_TEXT);
    PausingListener listener =
        new PausingListener()
            .whenPostponed(
                attempt -> {
                  if (attempt == 2) {
                    end();
                  }
                });
    schema.ghost("t", "ADD COLUMN note INT").fullSpeed(false).listener(listener).build().run();
    assertThat(schema.hasColumn("t", "note")).isTrue();
    assertThat(listener.postponed).hasSizeGreaterThanOrEqualTo(2);
    assertThat(listener.postponed.get(0)).contains("SLEEP(60");
  }
}
