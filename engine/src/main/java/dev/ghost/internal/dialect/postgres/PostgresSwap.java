package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.InterferenceException;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.postgres.lock.Autovacuum;
import dev.ghost.internal.dialect.postgres.lock.GuardedWait;
import dev.ghost.internal.dialect.postgres.lock.PostgresHeldUp;
import dev.ghost.internal.dialect.postgres.lock.PostgresLockLimits;
import dev.ghost.internal.dialect.postgres.rows.PostgresSearchIndex;
import dev.ghost.internal.dialect.postgres.schema.Dependents;
import dev.ghost.internal.dialect.postgres.schema.Neighbours;
import dev.ghost.internal.dialect.postgres.schema.Neighbours.Locked;
import dev.ghost.internal.dialect.postgres.schema.NewForeignKey;
import dev.ghost.internal.dialect.postgres.schema.TakenNames;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The cutover of PostgreSQL, in one transaction. First EXCLUSIVE: writers wait, readers continue,
 * while the last changes are applied. Then ACCESS EXCLUSIVE for the swap itself. What the swap
 * alters beside the sources is locked before them, as the application does it. Where one of all
 * these cannot be locked, all are released, and that one is the first the next time. So the order
 * becomes that in which the application writes to them.
 *
 * <p>The second lock can deadlock with a session that has read the table and now wants to write to
 * it. The server's deadlock check comes after deadlock_timeout and could choose the application. So
 * we wait for the second lock only as long as that time, counted from the first, cannot be up; past
 * it we do not wait at all.
 */
final class PostgresSwap implements Swap {

  /** For the locks of other tables, when there is no time to wait. */
  private static final Duration MOMENT = Duration.ofMillis(100);

  /** Of the time until a deadlock check, one is for the locks after the first. */
  private static final int SHARES = 5;

  private final List<PostgresMigration> benches;

  /** Empty until the lock is asked for, and once all is closed. */
  private Optional<Connections> connections = Optional.empty();

  private Duration timeout = Duration.ZERO;
  private Duration hold = Duration.ZERO;
  private int backend;
  private long lockedAt;
  private boolean committed;
  private Duration deadlockTimeout = Duration.ZERO;

  private List<Locked> views = List.of();
  private List<Locked> tables = List.of();

  /** The tables and views whose lock was waited for when a wait was ended. */
  private List<String> awaited = List.of();

  /** What swaps the names, and what depended on the sources when it was put together. */
  private List<String> statements = List.of();

  private String dependents = "";

  /**
   * Who makes the swap.
   *
   * @param holder has the locks, or waits for them
   */
  private record Connections(Connection holder, Connection guard) {}

  PostgresSwap(List<PostgresMigration> benches) {
    this.benches = benches;
  }

  @Override
  public boolean lockerWrites() {
    return false;
  }

  @Override
  public Lock clear(Connection locker, List<Connection> guards) throws SQLException {
    // Before anybody waits for us; whether it still is right is seen under the locks.
    prepare(locker);
    views = Neighbours.views(locker, sources());
    tables =
        Neighbours.tables(
            locker,
            sources(),
            benches.stream()
                .flatMap(b -> b.later().newForeignKeys().stream())
                .map(NewForeignKey::parent)
                .toList());
    return Autovacuum.giveWay(
        locker,
        guards.get(0),
        Stream.concat(
                Stream.of(only(TableNames::source), only(TableNames::ghost)),
                tables.stream().map(t -> Sql.quote(t.name())))
            .collect(Collectors.joining(", ")));
  }

  @Override
  public Lock lock(Connection locker, List<Connection> guards, Duration limit, Duration holdFor)
      throws SQLException {
    Connections by = new Connections(locker, guards.get(0));
    connections = Optional.of(by);
    timeout = limit;
    hold = holdFor;
    locker.rollback();
    backend = Integer.parseInt(Sql.string(locker, "SELECT pg_backend_pid()"));
    deadlockTimeout = Autovacuum.deadlockTimeout(locker);
    List<Locked> order = new ArrayList<>(views);
    order.addAll(tables);
    benches.forEach(b -> order.add(Locked.source(b.names().source())));
    long deadline = System.nanoTime() + limit.toNanos();
    // Mostly nobody is in the way. Then no moment is between the locks, in which somebody gets the
    // second and waits for the first.
    boolean firstAlone = order.size() == 1;
    while (true) {
      Optional<Missed> missed =
          lockInOrder(by, order, firstAlone, Duration.ofNanos(deadline - System.nanoTime()));
      if (missed.isEmpty()) {
        return Lock.GRANTED;
      }
      Locked table = missed.get().table();
      boolean waitedFor = firstAlone && table.equals(order.get(0));
      if (waitedFor || deadline - System.nanoTime() <= 0) {
        return missed.get().lock();
      }
      order.remove(table);
      order.add(0, table);
      firstAlone = true;
    }
  }

  /** A table or view whose lock was not to be had. */
  private record Missed(Locked table, Lock lock) {}

  /**
   * Locks all together, or the first one alone and then the others. With one held, the others are
   * waited for only as long as the server would not yet look for a deadlock: who has written to one
   * of them may want to write to the first.
   */
  private Optional<Missed> lockInOrder(
      Connections by, List<Locked> order, boolean firstAlone, Duration limit) throws SQLException {
    if (firstAlone) {
      Lock lock = lock(by, order.subList(0, 1), limit);
      if (!lock.granted()) {
        by.holder().rollback();
        return Optional.of(new Missed(order.get(0), lock));
      }
    }
    lockedAt = System.nanoTime();
    List<Locked> others = order.subList(firstAlone ? 1 : 0, order.size());
    Duration left = shorter(limit, beforeDeadlockCheck());
    Lock lock =
        others.isEmpty()
            ? Lock.GRANTED
            : lock(by, others, shorter(left, deadlockTimeout.dividedBy(SHARES)));
    if (lock.granted()) {
      return Optional.empty();
    }
    by.holder().rollback();
    Locked missed =
        others.stream()
            .filter(o -> awaited.contains(o.name().toString()))
            .findFirst()
            .orElse(others.get(0));
    return Optional.of(new Missed(missed, lock));
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private Lock lock(Connections by, List<Locked> some, Duration wait) throws SQLException {
    Connection holder = by.holder();
    String statements = some.stream().map(Locked::statement).collect(Collectors.joining("; "));
    awaited = List.of();
    try {
      return new GuardedWait(holder, by.guard())
          .within(
              wait,
              () ->
                  Sql.execute(
                      holder,
                      PostgresLockLimits.sql(holder, wait, timeout, hold) + "; " + statements),
              names -> awaited = names);
    } catch (SQLException e) {
      if (tables.isEmpty() || !PostgresErrors.classOf(e).missing()) {
        throw e;
      }
      // Somebody has just dropped one of them; the next try does not know of it.
      return new Lock(false, LockQueue.NOT_SEEN);
    }
  }

  /** Since the first lock, what is left until the server could look for a deadlock. */
  private Duration beforeDeadlockCheck() {
    return deadlockTimeout
        .multipliedBy(7)
        .dividedBy(10)
        .minus(Duration.ofNanos(System.nanoTime() - lockedAt));
  }

  @Override
  public void holdAtMost(Duration left) throws SQLException {
    hold = left;
    Sql.execute(connections.orElseThrow().holder(), PostgresLockLimits.resting(left));
  }

  @Override
  public Set<String> heldUp() throws SQLException {
    Connection guard = connections.orElseThrow().guard();
    Set<String> found = PostgresHeldUp.behind(guard, backend);
    guard.commit();
    return found;
  }

  /** All of one kind, for a LOCK TABLE. */
  private String only(Function<TableNames, TableName> kind) {
    return benches.stream()
        .map(b -> "ONLY " + Sql.quote(kind.apply(b.names())))
        .collect(Collectors.joining(", "));
  }

  /** What is altered under a lock of its table waits for ours by now; the rest may yet change. */
  @Override
  public void check() throws SQLException {
    for (PostgresMigration planned : benches) {
      planned.checkSource(connections.orElseThrow().holder());
    }
  }

  private void prepare(Connection c) throws SQLException {
    dependents = Dependents.fingerprint(c, sources());
    statements = statements(c);
  }

  private List<Long> sources() {
    return benches.stream().map(b -> b.inspection().source().oid()).toList();
  }

  @Override
  public Lock swap() throws SQLException {
    Connections by = connections.orElseThrow();
    Connection holder = by.holder();
    Duration left = beforeDeadlockCheck();
    boolean mayWait = left.toMillis() > 0;
    Duration wait = !mayWait ? MOMENT : left.compareTo(timeout) < 0 ? left : timeout;
    Lock lock =
        new GuardedWait(holder, by.guard())
            .within(
                wait,
                () -> {
                  Sql.execute(
                      holder,
                      List.of(
                          PostgresLockLimits.sql(holder, wait, hold),
                          "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE%s"
                              .formatted(only(TableNames::source), mayWait ? "" : " NOWAIT")));
                  Sql.execute(
                      holder,
                      "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE".formatted(only(TableNames::ghost)));
                  // Who has made a view, say, holds a lock that only this one had to wait for.
                  if (!dependents.equals(Dependents.fingerprint(holder, sources()))) {
                    prepare(holder);
                  }
                  Sql.execute(holder, statements);
                  holder.commit();
                  committed = true;
                });
    if (committed) {
      return Lock.GRANTED;
    }
    holder.rollback();
    return lock;
  }

  /**
   * What swaps the names. What depends on one table may name another: so all old things are out of
   * the way, and all tables renamed, before anything is made again.
   */
  private List<String> statements(Connection c) throws SQLException {
    List<String> before = new ArrayList<>();
    List<String> renames = new ArrayList<>();
    List<String> after = new ArrayList<>();
    List<Long> sources = sources();
    for (PostgresMigration planned : benches) {
      TableNames names = planned.names();
      planned.checkSource(c);
      Dependents.refuseMeanwhile(c, names.source(), planned.inspection().source().oid());
      refuseTakenNames(c, planned);
      PostgresAttachments attachments =
          PostgresAttachments.read(
              c, planned.inspection(), planned.later(), planned.counters(), sources);
      Optional<Retirement> returning = planned.inspection().retirement();
      if (returning.isEmpty()) {
        before.add(PostgresSearchIndex.drop(names.ghost()));
      }
      before.addAll(attachments.before());
      renames.add(
          "ALTER TABLE %s RENAME TO %s"
              .formatted(Sql.quote(names.source()), Sql.quote(names.retired().table())));
      renames.add(
          returning.isPresent()
              ? "ALTER TABLE %s RENAME TO %s"
                  .formatted(Sql.quote(names.ghost()), Sql.quote(names.source().table()))
              : "ALTER TABLE %s SET SCHEMA %s"
                  .formatted(Sql.quote(names.ghost()), Sql.quote(names.source().schema())));
      returning.ifPresent(r -> renames.addAll(r.undo()));
      after.addAll(planned.later().unvalidated());
      planned.later().newForeignKeys().forEach(key -> after.add(key.addTo(names.source())));
      after.addAll(attachments.after());
      after.addAll(Retirements.statements(names, planned.retirement(c, attachments), returning));
      after.add(
          PostgresControlTable.of(planned.inspection().all()).swappedSql(attachments.toValidate()));
    }
    return Stream.of(before, renames, after).flatMap(List::stream).toList();
  }

  /** Somebody can take one while the rows are copied. */
  private static void refuseTakenNames(Connection c, PostgresMigration planned)
      throws SQLException {
    List<String> taken =
        TakenNames.of(c, planned.inspection().source().oid(), planned.inspection().names());
    if (!taken.isEmpty()) {
      throw new InterferenceException(
          "While %s was being migrated, somebody took names that the new table needs: %s."
              .formatted(planned.names().source(), String.join(", ", taken)),
          "Rename these, and run the command again: it continues where it was.",
          null,
          true);
    }
  }

  @Override
  public void close() throws SQLException {
    if (connections.isPresent() && !connections.get().holder().isClosed()) {
      connections.get().holder().rollback();
      connections = Optional.empty();
    }
  }
}
