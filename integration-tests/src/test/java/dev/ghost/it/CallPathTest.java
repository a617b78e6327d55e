package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.Ghost;
import dev.ghost.api.Strategy;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Counts the frames of ghost's own code between the call of a migration and the statement that
 * copies a chunk. It counts those of both threads, the caller's and the one that copies, with their
 * lambdas.
 */
@OnServers
class CallPathTest {

  /** On both threads together. */
  private static final int MOST_FRAMES = 10;

  @Provided private Server server;
  @Provided private Schema schema;

  /** The thread that has called {@link dev.ghost.Migration#run}. */
  private Thread caller;

  private final Queue<List<String>> paths = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, n INT)", "INSERT INTO t SELECT i, i FROM n");
  }

  @Test
  void aChunkIsAFewCallsAwayFromItsMigration() throws Exception {
    caller = Thread.currentThread();
    HikariConfig config = server.pool(schema.name());
    config.setMaximumPoolSize(20);
    try (HikariDataSource pool = new WatchedPool(config)) {
      Ghost.connect(pool)
          .migration("t")
          .alter("ADD COLUMN x INT")
          .strategy(Strategy.GHOST)
          .fullSpeed(true)
          .build()
          .run();
    }
    assertThat(paths).as("chunks whose INSERT was seen").isNotEmpty();
    assertThat(paths).allSatisfy(path -> assertThat(path).hasSizeLessThanOrEqualTo(MOST_FRAMES));
  }

  /** Notes both stacks when a chunk is written. */
  private void note() {
    List<String> copying = frames(Thread.currentThread());
    List<String> calling = frames(caller);
    int waiting = indexOf(calling, ".Workers.await");
    // Above that the caller may be at its periodic work, which is not the way of a chunk.
    if (indexOf(copying, ".Copier.run") >= 0 && waiting >= 0) {
      List<String> path = new ArrayList<>(copying);
      path.addAll(calling.subList(waiting, calling.size()));
      paths.add(path);
    }
  }

  private static int indexOf(List<String> frames, String name) {
    for (int i = 0; i < frames.size(); i++) {
      if (frames.get(i).endsWith(name)) {
        return i;
      }
    }
    return -1;
  }

  /** The frames of ghost's own code; the top comes first. */
  private static List<String> frames(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .filter(f -> f.getClassName().startsWith("dev.ghost."))
        .filter(f -> !f.getClassName().startsWith("dev.ghost.it."))
        .map(f -> f.getClassName() + "." + f.getMethodName())
        .toList();
  }

  /** A pool that knows when a row is inserted into a ghost. */
  private final class WatchedPool extends HikariDataSource {

    WatchedPool(HikariConfig config) {
      super(config);
    }

    @Override
    public Connection getConnection() throws SQLException {
      return watched(Connection.class, super.getConnection(), "");
    }
  }

  private <T> T watched(Class<T> type, Object target, String sql) {
    boolean copies = sql.strip().startsWith("INSERT INTO") && sql.contains("_gho");
    return type.cast(
        Proxy.newProxyInstance(
            CallPathTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (copies && method.getName().startsWith("execute")) {
                note();
              }
              try {
                Object result = method.invoke(target, arguments);
                return result instanceof PreparedStatement && method.getReturnType() != Object.class
                    ? watched(method.getReturnType(), result, (String) arguments[0])
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
