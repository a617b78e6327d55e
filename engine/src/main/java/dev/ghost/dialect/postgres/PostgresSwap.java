package dev.ghost.dialect.postgres;

import dev.ghost.dialect.Retirement;
import dev.ghost.dialect.Swap;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cutover of PostgreSQL, in one transaction. First EXCLUSIVE: writers wait, readers go on,
 * while the last changes are applied. Then ACCESS EXCLUSIVE for the swap itself.
 *
 * <p>The second lock can deadlock with a session that has read the table and now wants to write to
 * it. The server's deadlock check comes after deadlock_timeout and could choose the application. So
 * we wait for the second lock only as long as that time, counted from the first, cannot be up; past
 * it we do not wait at all.
 */
final class PostgresSwap implements Swap {

  /** For the locks of other tables, when there is no time to wait. */
  private static final Duration MOMENT = Duration.ofMillis(100);

  private final PostgresWorkbench bench;
  private final TableNames names;
  private Connection holder;
  private Connection guard;
  private Duration timeout = Duration.ZERO;
  private long lockedAt;
  private boolean committed;
  private Duration deadlockTimeout = Duration.ZERO;

  PostgresSwap(PostgresWorkbench bench) {
    this.bench = bench;
    this.names = bench.names();
  }

  @Override
  public boolean lockerWrites() {
    return false;
  }

  @Override
  public Lock lock(Connection locker, Connection watcher, Duration limit) throws SQLException {
    holder = locker;
    guard = watcher;
    timeout = limit;
    locker.rollback();
    deadlockTimeout =
        Duration.ofMillis(
            Long.parseLong(
                Sql.string(
                    locker, "SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'")));
    Lock lock =
        new GuardedWait(holder, guard)
            .within(
                limit,
                () -> {
                  Sql.execute(
                      holder,
                      List.of(
                          GuardedWait.timeoutSql(limit),
                          "LOCK TABLE ONLY %s IN EXCLUSIVE MODE"
                              .formatted(Sql.quote(names.source()))));
                  lockedAt = System.nanoTime();
                });
    if (!lock.granted()) {
      holder.rollback();
    }
    return lock;
  }

  @Override
  public Lock swap() throws SQLException {
    bench.checkSource(holder);
    Attachments attachments = Attachments.read(holder, bench.draft(), bench.later().foreignKeys());
    Optional<Retirement> returning = bench.draft().retirement();
    Retirement retired = bench.retirement(holder, attachments.undo());
    Duration left =
        deadlockTimeout
            .multipliedBy(8)
            .dividedBy(10)
            .minus(Duration.ofNanos(System.nanoTime() - lockedAt));
    boolean mayWait = left.toMillis() > 0;
    Duration wait = !mayWait ? MOMENT : left.compareTo(timeout) < 0 ? left : timeout;
    String source = Sql.quote(names.source());
    Lock lock =
        new GuardedWait(holder, guard)
            .within(
                wait,
                () -> {
                  Sql.execute(
                      holder,
                      List.of(
                          GuardedWait.timeoutSql(wait),
                          "LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE%s"
                              .formatted(source, mayWait ? "" : " NOWAIT")));
                  Sql.execute(
                      holder,
                      "LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE"
                          .formatted(Sql.quote(names.ghost())));
                  List<String> statements = new ArrayList<>(attachments.before());
                  statements.add(
                      "ALTER TABLE %s RENAME TO %s"
                          .formatted(source, Sql.quote(names.retired().table())));
                  statements.add(
                      returning.isPresent()
                          ? "ALTER TABLE %s RENAME TO %s"
                              .formatted(
                                  Sql.quote(names.ghost()), Sql.quote(names.source().table()))
                          : "ALTER TABLE %s SET SCHEMA %s"
                              .formatted(
                                  Sql.quote(names.ghost()), Sql.quote(names.source().schema())));
                  returning.ifPresent(r -> statements.addAll(r.undo()));
                  statements.addAll(attachments.after());
                  statements.addAll(Retirements.statements(names, retired, returning));
                  statements.add(Control.of(bench.draft().all()).swappedSql());
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

  @Override
  public void close() throws SQLException {
    if (holder != null && !holder.isClosed()) {
      holder.rollback();
      holder = null;
    }
  }
}
