package dev.ghost.dialect.postgres;

import dev.ghost.dialect.Retirement;
import dev.ghost.dialect.Swap;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The cutover of PostgreSQL, in one transaction. First EXCLUSIVE: writers wait, readers go on,
 * while the last changes are applied. Then ACCESS EXCLUSIVE for the swap itself. Where there are
 * several tables and one cannot be locked, all are let go, and that one is the first the next time:
 * so the order becomes that in which the application writes to them.
 *
 * <p>The second lock can deadlock with a session that has read the table and now wants to write to
 * it. The server's deadlock check comes after deadlock_timeout and could choose the application. So
 * we wait for the second lock only as long as that time, counted from the first, cannot be up; past
 * it we do not wait at all.
 */
final class PostgresSwap implements Swap {

  /** For the locks of other tables, when there is no time to wait. */
  private static final Duration MOMENT = Duration.ofMillis(100);

  /** Of the time until a deadlock check, one is for each lock after the first. */
  private static final int SHARES = 5;

  private final List<PostgresWorkbench> benches;
  private Connection holder;
  private Connection guard;
  private Duration timeout = Duration.ZERO;
  private long lockedAt;
  private boolean committed;
  private Duration deadlockTimeout = Duration.ZERO;

  /** What swaps the names, and what hung on the sources when it was put together. */
  private List<String> statements = List.of();

  private String dependents = "";

  PostgresSwap(List<PostgresWorkbench> benches) {
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
    return Autovacuum.giveWay(
        locker, guards.get(0), only(TableNames::source) + ", " + only(TableNames::ghost));
  }

  @Override
  public Lock lock(Connection locker, List<Connection> guards, Duration limit) throws SQLException {
    holder = locker;
    guard = guards.get(0);
    timeout = limit;
    locker.rollback();
    deadlockTimeout = Autovacuum.deadlockTimeout(locker);
    List<TableName> order = new ArrayList<>(benches.stream().map(b -> b.names().source()).toList());
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      Optional<Missed> missed = lockInOrder(order, left);
      if (missed.isEmpty()) {
        return Lock.GRANTED;
      }
      TableName table = missed.get().table();
      if (table.equals(order.get(0)) || deadline - System.nanoTime() <= 0) {
        return missed.get().lock();
      }
      order.remove(table);
      order.add(0, table);
    }
  }

  /** A table whose lock was not to be had. */
  private record Missed(TableName table, Lock lock) {}

  /**
   * Locks one after the other. With the first held, the others are waited for only as long as the
   * server would not yet look for a deadlock: who has written to one of them may want to write to
   * the first.
   */
  private Optional<Missed> lockInOrder(List<TableName> order, Duration limit) throws SQLException {
    Duration wait = limit;
    for (TableName table : order) {
      Duration allowed = wait;
      Lock lock =
          new GuardedWait(holder, guard)
              .within(
                  allowed,
                  () ->
                      Sql.execute(
                          holder,
                          List.of(
                              GuardedWait.timeoutSql(allowed),
                              "LOCK TABLE ONLY %s IN EXCLUSIVE MODE".formatted(Sql.quote(table)))));
      if (!lock.granted()) {
        holder.rollback();
        return Optional.of(new Missed(table, lock));
      }
      if (table.equals(order.get(0))) {
        lockedAt = System.nanoTime();
      }
      Duration left = beforeDeadlockCheck();
      Duration most = deadlockTimeout.dividedBy(SHARES);
      wait = left.compareTo(most) > 0 ? most : left.isNegative() ? Duration.ZERO : left;
    }
    return Optional.empty();
  }

  /** Since the first lock, what is left until the server could look for a deadlock. */
  private Duration beforeDeadlockCheck() {
    return deadlockTimeout
        .multipliedBy(8)
        .dividedBy(10)
        .minus(Duration.ofNanos(System.nanoTime() - lockedAt));
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
    for (PostgresWorkbench bench : benches) {
      bench.checkSource(holder);
    }
  }

  private void prepare(Connection c) throws SQLException {
    dependents = Dependents.fingerprint(c, sources());
    statements = statements(c);
  }

  private List<Long> sources() {
    return benches.stream().map(b -> b.draft().source().oid()).toList();
  }

  @Override
  public Lock swap() throws SQLException {
    Duration left = beforeDeadlockCheck();
    boolean mayWait = left.toMillis() > 0;
    Duration wait = !mayWait ? MOMENT : left.compareTo(timeout) < 0 ? left : timeout;
    Lock lock =
        new GuardedWait(holder, guard)
            .within(
                wait,
                () -> {
                  Sql.execute(
                      holder,
                      List.of(
                          GuardedWait.timeoutSql(wait),
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
   * What swaps the names. What hangs on one table may name another: so all old things are out of
   * the way, and all tables renamed, before anything is made again.
   */
  private List<String> statements(Connection c) throws SQLException {
    List<String> before = new ArrayList<>();
    List<String> renames = new ArrayList<>();
    List<String> after = new ArrayList<>();
    List<Long> sources = sources();
    for (PostgresWorkbench bench : benches) {
      TableNames names = bench.names();
      bench.checkSource(c);
      Dependents.refuse(c, names.source(), bench.draft().source().oid());
      Attachments attachments =
          Attachments.read(c, bench.draft(), bench.later().foreignKeys(), sources);
      Optional<Retirement> returning = bench.draft().retirement();
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
      after.addAll(attachments.after());
      after.addAll(
          Retirements.statements(names, bench.retirement(c, attachments.undo()), returning));
      after.add(Control.of(bench.draft().all()).swappedSql());
    }
    return Stream.of(before, renames, after).flatMap(List::stream).toList();
  }

  @Override
  public void close() throws SQLException {
    if (holder != null && !holder.isClosed()) {
      holder.rollback();
      holder = null;
    }
  }
}
