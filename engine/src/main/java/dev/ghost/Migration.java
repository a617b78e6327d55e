package dev.ghost;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.internal.migration.Operation;
import dev.ghost.internal.migration.report.RunLog;
import dev.ghost.internal.session.Server;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One change of one table, forward or back. It is run once. {@link #run} blocks; {@link #cancel}
 * and {@link #stop} may be called from any thread.
 *
 * <pre>{@code
 * Migration migration = ghost.migration("orders").alter("ADD COLUMN note VARCHAR(64)").build();
 * Runtime.getRuntime().addShutdownHook(new Thread(migration::stop));
 * MigrationResult result = migration.run();
 * }</pre>
 *
 * @since 0.1
 */
public final class Migration {

  private final RunAccess access;
  private final Optional<String> table;
  private final Function<Server, Operation> begin;

  // Guarded by this.
  private @Nullable Operation operation;

  /** A command that came before the run was there to take it. */
  private Consumer<Operation> early = o -> {};

  /**
   * @param table as the caller names it, for the log; empty where a statement names it
   * @param begin makes the operation, which does not begin to work yet
   */
  Migration(RunAccess access, Optional<String> table, Function<Server, Operation> begin) {
    this.access = access;
    this.table = table;
    this.begin = begin;
  }

  /**
   * Changes the table: copies, replays, verifies, swaps. A revert swaps back to the retired table.
   *
   * @throws dev.ghost.api.GhostException if it cannot be done; the source is untouched then
   */
  public MigrationResult run() {
    RunLog.Course course = begins("The run");
    MigrationResult made;
    try (Server server = access.open()) {
      made = begin(server).run();
    } catch (GhostException e) {
      throw course.failed(e);
    }
    return course.done(made);
  }

  /**
   * Returns what {@link #run} would do. It creates an empty ghost, lets the server apply the change
   * to it, and drops it again; the source is only read.
   *
   * @throws dev.ghost.api.GhostException if it would be refused
   */
  public MigrationPlan plan() {
    RunLog.Course course = begins("The plan");
    MigrationPlan plan;
    try (Server server = access.open()) {
      plan = begin(server).plan();
    } catch (GhostException e) {
      throw course.failed(e);
    }
    return course.done(plan);
  }

  /** Ends the migration soon, and has it clean up. Has no effect once the tables are swapped. */
  public void cancel() {
    tell(Operation::cancel);
  }

  /**
   * Ends the migration soon, and keeps what it has copied: the same migration, built and run again,
   * continues there. Has no effect once the tables are swapped.
   */
  public void stop() {
    tell(Operation::stop);
  }

  private synchronized void tell(Consumer<Operation> command) {
    if (operation == null) {
      early = command;
    } else {
      command.accept(operation);
    }
  }

  private RunLog.Course begins(String what) {
    return RunLog.begins(
        table.map(t -> "%s of %s".formatted(what, t)).orElse(what), Ghost.version());
  }

  private synchronized Operation begin(Server server) {
    operation = begin.apply(server);
    early.accept(operation);
    return operation;
  }
}
