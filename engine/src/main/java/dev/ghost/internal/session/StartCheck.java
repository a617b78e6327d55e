package dev.ghost.internal.session;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.Whereabouts;
import dev.ghost.internal.function.SqlRunnable;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Checks the server and the way to it before a run writes anything: is it a server that a run can
 * rely on, and are our connections sessions of that one server? Used by one thread.
 */
final class StartCheck implements AutoCloseable {

  /** A balancer that chooses at random leads four connections to one of two servers in 1 of 8. */
  private static final int PROBES = 4;

  /** How long the answer to a trivial question may take. */
  private static final int PATIENCE_MILLIS = 10_000;

  private static final int MOST_TRIES = 5;

  private static final int DEEPEST = 20;

  private final ConnectionSource source;
  private final Driver driver;
  private final List<Probe> probes = new ArrayList<>();

  /**
   * A connection, with what is put back when it is given back.
   *
   * @param mark what was left in its session
   * @param networkTimeout in milliseconds
   */
  private record Probe(Connection c, String mark, boolean autoCommit, int networkTimeout) {}

  private StartCheck(ConnectionSource source, Driver driver) {
    this.source = source;
    this.driver = driver;
  }

  /**
   * Checks; again, when a connection that we had is lost.
   *
   * @return the identity of the server
   * @throws RefusedException if a run would not be safe
   */
  static String run(ConnectionSource source, Driver driver, boolean assumeOneWriter)
      throws SQLException {
    for (int tries = 1; ; tries++) {
      StartCheck check = new StartCheck(source, driver);
      try (check) {
        return check.identity(assumeOneWriter);
      } catch (SQLException e) {
        // A pool that has no connection for us has waited for one already.
        boolean had = check.probes.size() == PROBES;
        if (tries == MOST_TRIES || !had || driver.classify(e) != ErrorClass.CONNECTION_LOST) {
          throw e;
        }
      }
    }
  }

  private String identity(boolean assumeOneWriter) throws SQLException {
    open();
    driver.refuseServer(probes.get(0).c, assumeOneWriter);
    release();
    refusePooler();
    return refuseOtherServers();
  }

  private void open() throws SQLException {
    for (int i = 0; i < PROBES; i++) {
      Connection c = source.get();
      probes.add(
          new Probe(c, UUID.randomUUID().toString(), c.getAutoCommit(), c.getNetworkTimeout()));
      c.setNetworkTimeout(Runnable::run, PATIENCE_MILLIS);
      c.setAutoCommit(false);
      // A pool's own test of the connection may have begun a transaction.
      c.rollback();
    }
  }

  /**
   * Makes a pooler that lends a session for the length of a transaction show it. Two connections
   * hold transactions at the same moment, so each needs a session of its own. Then both end, and
   * each begins another one: first in the same order, and then in the other. The one order gets the
   * wrong session from a pooler that lends what came back last, the other order from one that lends
   * what came back first.
   */
  private void refusePooler() throws SQLException {
    Probe a = probes.get(0);
    Probe b = probes.get(1);
    for (Probe probe : List.of(a, b)) {
      driver.mark(probe.c, probe.mark);
      probe.c.commit();
    }
    long session = driver.session(a.c);
    a.c.rollback();
    Whereabouts ofA = ask(a);
    if (ofA.session() != session) {
      throw pooler(
          "it answers for the server: session %d says that it is %d"
              .formatted(ofA.session(), session),
          null);
    }
    // Before the other one asks, who may have to wait for the only session.
    refuseUnlessOwn(a, ofA, ofA);
    Whereabouts ofB = ask(b);
    refuseUnlessOwn(b, ofB, ofB);
    if (ofA.sameServer(ofB) && ofA.session() == ofB.session()) {
      throw pooler("two connections share the session %d".formatted(ofA.session()), null);
    }
    release();
    refuseUnlessOwn(a, ofA, ask(a));
    refuseUnlessOwn(b, ofB, ask(b));
    release();
    refuseUnlessOwn(b, ofB, ask(b));
    refuseUnlessOwn(a, ofA, ask(a));
    release();
  }

  private Whereabouts ask(Probe probe) throws SQLException {
    try {
      return driver.whereabouts(probe.c, false);
    } catch (SQLException e) {
      if (timedOut(e)) {
        throw pooler("a connection gets no answer while another one is in a transaction", e);
      }
      throw e;
    }
  }

  private static void refuseUnlessOwn(Probe probe, Whereabouts first, Whereabouts now) {
    if (first.session() != now.session()) {
      throw pooler(
          "two transactions of one connection ran in the sessions %d and %d"
              .formatted(first.session(), now.session()),
          null);
    }
    if (!now.mark().equals(probe.mark)) {
      throw pooler(
          "what one transaction of a connection has set in its session, the next does not find",
          null);
    }
  }

  private static RefusedException pooler(String sign, @Nullable SQLException cause) {
    return new RefusedException(
        "A pooler in transaction mode, such as PgBouncer with pool_mode = transaction, is between here and the server: %s."
            .formatted(sign),
        "Connect to the server directly, or to a pool with pool_mode = session. A run holds locks"
            + " and settings for as long as its sessions last.",
        cause);
  }

  private static boolean timedOut(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private String refuseOtherServers() throws SQLException {
    Connection first = probes.get(0).c;
    String identity = driver.identity(first);
    Whereabouts there = driver.whereabouts(first, true);
    first.rollback();
    for (Probe probe : probes) {
      Optional<String> stray = SameServer.stray(driver, probe.c, identity);
      if (stray.isPresent()) {
        throw new RefusedException(stray.get(), SameServer.REMEDY);
      }
      Whereabouts here = driver.whereabouts(probe.c, true);
      probe.c.rollback();
      if (!here.sameServer(there)) {
        throw new RefusedException(
            "The address leads to different servers, which are copies of each other: %s and %s."
                .formatted(there.server(), here.server()),
            SameServer.REMEDY);
      }
    }
    return identity;
  }

  /** Ends all transactions. */
  private void release() throws SQLException {
    for (Probe probe : probes) {
      probe.c.commit();
    }
  }

  @Override
  public void close() throws SQLException {
    List<SQLException> failures = new ArrayList<>();
    // All of them before the first is given back: that takes a statement, which may have to wait.
    probes.forEach(p -> attempt(failures, p.c::rollback));
    probes.forEach(p -> attempt(failures, () -> giveBack(p)));
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  private void giveBack(Probe probe) throws SQLException {
    try (Connection c = probe.c) {
      try {
        driver.mark(c, "");
        c.commit();
        c.setAutoCommit(probe.autoCommit);
        c.setNetworkTimeout(Runnable::run, probe.networkTimeout);
      } catch (SQLException e) {
        // Its settings are not what its pool thinks they are.
        c.abort(Runnable::run);
        throw e;
      }
    }
  }

  private static void attempt(List<SQLException> failures, SqlRunnable step) {
    try {
      step.run();
    } catch (SQLException e) {
      failures.add(e);
    }
  }
}
