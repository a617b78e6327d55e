package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copy and comparison are held while there is a reason, which is said; the replay continues. */
@OnServers
class ThrottleTest {

  @Provided private Db db;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(20_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO t SELECT i, i FROM n",
        "CREATE TABLE hold (n INT)",
        "INSERT INTO hold VALUES (1)");
  }

  /** Waits, held in the copy, for some reports; then has the reason removed. */
  private abstract static class HeldInTheCopy extends PausingListener {
    private int held;
    private boolean released;
    private String reason = "";

    abstract void release() throws Exception;

    @Override
    public void progress(Progress p) {
      super.progress(p);
      if (p.throttled().isEmpty() || released) {
        return;
      }
      reason = p.throttled().get();
      assertThat(p.phase()).isEqualTo(Phase.COPY);
      assertThat(p.rowsDone()).as("rows copied while it is held").isZero();
      if (++held == 6) {
        released = true;
        try {
          release();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  @Test
  void aQueryHoldsTheCopy() throws Exception {
    HeldInTheCopy listener =
        new HeldInTheCopy() {
          @Override
          void release() throws Exception {
            try (Connection c = schema.connect();
                var s = c.createStatement()) {
              s.execute("UPDATE hold SET n = 0");
            }
          }
        };
    schema
        .ghost("t", "ADD COLUMN note INT")
        .throttleQuery("SELECT MAX(n) FROM hold")
        .listener(listener)
        .build()
        .run();
    assertThat(listener.released).isTrue();
    assertThat(listener.reason).contains("throttle query");
    assertThat(schema.hasColumn("t", "note")).isTrue();
  }

  @Test
  void anAddressHoldsTheCopy() throws Exception {
    AtomicInteger answer = new AtomicInteger(503);
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/may-i",
        exchange -> {
          assertThat(exchange.getRequestMethod()).isEqualTo("HEAD");
          exchange.sendResponseHeaders(answer.get(), -1);
          exchange.close();
        });
    http.start();
    try {
      HeldInTheCopy listener =
          new HeldInTheCopy() {
            @Override
            void release() {
              answer.set(200);
            }
          };
      schema
          .ghost("t", "ADD COLUMN note INT")
          .throttleHttp(
              URI.create("http://127.0.0.1:%d/may-i".formatted(http.getAddress().getPort())))
          .listener(listener)
          .build()
          .run();
      assertThat(listener.released).isTrue();
      assertThat(listener.reason).contains("/may-i says 503");
    } finally {
      http.stop(0);
    }
    assertThat(schema.hasColumn("t", "note")).isTrue();
  }

  /** Both threads together; and chunks small enough for the pace to be even. */
  @Test
  void noMoreRowsASecondThanAllowed() throws Exception {
    MigrationResult result =
        schema
            .ghost("t", "ADD COLUMN note INT")
            .maxRowsPerSecond(15_000)
            .verify(false)
            .build()
            .run();
    assertThat(result.rowsCopied()).isEqualTo(20_000);
    assertThat(result.phases().get(Phase.COPY)).isGreaterThan(Duration.ofMillis(800));
  }

  /** Held in the comparison: the ghost is kept in step all the same. */
  @Test
  void aFileHoldsTheComparisonButNotTheReplay(@TempDir Path folder) throws Exception {
    schema.execute("DELETE FROM t WHERE id > 6000");
    Path file = folder.resolve("hold");
    AtomicLong appliedWhileHeld = new AtomicLong();
    PausingListener listener =
        new PausingListener() {
          private long before = -1;

          @Override
          public void progress(Progress p) {
            super.progress(p);
            if (p.phase() != Phase.VERIFY || p.throttled().isEmpty() || !Files.exists(file)) {
              return;
            }
            assertThat(p.throttled().get()).contains(file.toString());
            try {
              if (before < 0) {
                before = p.keysApplied();
                write();
              } else if (p.keysApplied() - before >= 500) {
                appliedWhileHeld.set(p.keysApplied() - before);
                Files.delete(file);
              }
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          }

          private void write() throws Exception {
            try (Connection c = schema.connect();
                var s = c.createStatement()) {
              s.execute("UPDATE t SET v = -v WHERE id <= 500");
            }
          }
        }.at(Phase.VERIFY, () -> Files.createFile(file));
    schema
        .ghost("t", "ADD COLUMN note INT")
        .throttleFile(file)
        // Two seconds for the comparison, whatever the machine: the throttle looks before it is
        // over.
        .maxRowsPerSecond(3_000)
        .listener(listener)
        .build()
        .run();
    assertThat(appliedWhileHeld).hasValueGreaterThanOrEqualTo(500);
    assertThat(schema.count("t WHERE v < 0")).isEqualTo(500);
  }

  @Test
  void beyondTheCriticalLoadTheRunEnds() throws Exception {
    try (Connection open = schema.connect()) {
      open.setAutoCommit(false);
      open.createStatement().executeQuery("SELECT 1 FROM hold").close();
      String figure = db == Db.POSTGRES ? "idle_in_transaction" : "Threads_connected";
      StoppedException e =
          catchThrowableOfType(
              StoppedException.class,
              () ->
                  schema
                      .ghost("t", "ADD COLUMN note INT")
                      .criticalLoad(Map.of(figure, 0.0))
                      .build()
                      .run());
      assertThat(e).hasMessageContaining("critical load").hasMessageContaining(figure);
      open.rollback();
    }
    assertThat(schema.tables()).containsExactly("hold", "t");
    assertThat(schema.leftovers()).isEmpty();
  }

  @Test
  void aFigureThatIsNotKnownIsUsage() throws Exception {
    UsageException e =
        catchThrowableOfType(
            UsageException.class,
            () ->
                schema
                    .ghost("t", "ADD COLUMN note INT")
                    .maxLoad(Map.of("no_such_figure", 1.0))
                    .build()
                    .run());
    assertThat(e).hasMessageContaining("no_such_figure");
    assertThat(schema.tables()).containsExactly("hold", "t");
  }
}
