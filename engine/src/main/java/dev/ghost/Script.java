package dev.ghost;

import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.migration.Statements;
import java.util.List;
import java.util.function.Consumer;

/**
 * Several migrations, one after the other, as a script of {@code ALTER TABLE} statements names
 * them.
 *
 * <pre>{@code
 * List<MigrationResult> results =
 *     Ghost.migration()
 *         .url("mysql://app@127.0.0.1:3306/shop")
 *         .password(secret)
 *         .script("ALTER TABLE orders ADD note TEXT; ALTER TABLE items ADD INDEX (day);")
 *         .run();
 * }</pre>
 *
 * <p>Which statements are made is noted in the database: when one of them fails, or the run is
 * killed, the same script goes on with that one. Statements that are not made yet may be changed in
 * the meantime. A script is run once; {@link #run} blocks, {@link #stop} and {@link #cancel} may be
 * called from any thread.
 */
public final class Script {

  private final Ghost.Builder settings;
  private final String script;
  private final MigrationListener listener;

  // Guarded by this.
  private Ghost current;
  private Consumer<Ghost> order;

  Script(Ghost.Builder settings, String script, MigrationListener listener) {
    this.settings = settings;
    this.script = script;
    this.listener = listener;
  }

  /**
   * Makes the statements that are not made yet, in their order.
   *
   * @return what each did that was made by this run
   * @throws dev.ghost.api.GhostException if one cannot be made; those before it are
   */
  public List<MigrationResult> run() {
    return settings.onServer(
        (dialect, address, sessions) ->
            new Statements(dialect, sessions, address, script, listener)
                .run((statement, told) -> next(statement, told).run()));
  }

  /**
   * Plans the statements that are not made yet. One whose table another statement before it alters
   * is left out, and the listener is warned of that.
   *
   * @throws dev.ghost.api.GhostException if one would be refused
   */
  public List<MigrationPlan> plan() {
    return settings.onServer(
        (dialect, address, sessions) ->
            new Statements(dialect, sessions, address, script, listener)
                .plan(statement -> next(statement, listener).plan()));
  }

  /** Ends the statement that is being made as {@link Ghost#stop} does, and begins no other. */
  public void stop() {
    tell(Ghost::stop);
  }

  /** Ends the statement that is being made as {@link Ghost#cancel} does, and begins no other. */
  public void cancel() {
    tell(Ghost::cancel);
  }

  private synchronized void tell(Consumer<Ghost> wanted) {
    order = wanted;
    if (current != null) {
      wanted.accept(current);
    }
  }

  private synchronized Ghost next(String statement, MigrationListener told) {
    if (order != null) {
      throw new CancelledException(
          "The script was ended before this statement: " + statement,
          "Run it again, and it goes on there.");
    }
    current = new Ghost(settings, statement, told);
    return current;
  }
}
