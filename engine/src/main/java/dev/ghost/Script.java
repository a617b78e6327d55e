package dev.ghost;

import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.migration.CutoverGroup;
import dev.ghost.migration.report.RunLog;
import dev.ghost.migration.script.Statements;
import dev.ghost.session.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Several migrations, as a script of {@code ALTER TABLE} statements names them: one after the
 * other, or with one cutover for all of them.
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
 * killed, the same script continues with that one. Statements that are not made yet may be changed
 * in the meantime. A script is run once; {@link #run} blocks, {@link #stop} and {@link #cancel} may
 * be called from any thread.
 */
public final class Script {

  private final Ghost.Builder settings;
  private final String script;
  private final MigrationListener listener;

  private boolean atomic;

  // Guarded by this.
  private final List<Ghost> begun = new ArrayList<>();
  private Consumer<Ghost> order;

  Script(Ghost.Builder settings, String script, MigrationListener listener) {
    this.settings = settings;
    this.script = script;
    this.listener = listener;
  }

  /**
   * Has all tables swapped at the same moment: each is copied and verified in its turn, and kept in
   * step until the last is ready. Each statement must alter another table, and each is made by a
   * ghost. When one cannot be made, none is; what was copied is kept.
   */
  public Script atomic() {
    atomic = true;
    return this;
  }

  /**
   * Makes the statements that are not made yet, in their order.
   *
   * @return what each did that was made by this run
   * @throws dev.ghost.api.GhostException if one cannot be made; those before it are
   */
  public List<MigrationResult> run() {
    RunLog.Course course = RunLog.begins("The script", Ghost.version());
    List<MigrationResult> made;
    try (Server server = settings.safeServer()) {
      Statements statements = statements(server);
      made =
          atomic
              ? statements.runTogether(this::make, (s, t) -> plan(s, new MigrationListener() {}, t))
              : statements.run(this::make);
    } catch (GhostException e) {
      throw course.failed(e);
    }
    return course.done(made);
  }

  /**
   * Plans the statements that are not made yet. One whose table another statement before it alters
   * is left out: its table has not that shape yet. A warning of the other's plan says so.
   *
   * @throws dev.ghost.api.GhostException if one would be refused
   */
  public List<MigrationPlan> plan() {
    try (Server server = settings.safeServer()) {
      return statements(server).plan((s, t) -> plan(s, listener, t), atomic);
    }
  }

  private Statements statements(Server server) {
    return new Statements(server, script, settings.acceptedPublications(), listener);
  }

  private MigrationResult make(
      String statement, MigrationListener told, Optional<CutoverGroup> group) {
    return next(statement, told, group).run();
  }

  private MigrationPlan plan(
      String statement, MigrationListener told, Optional<CutoverGroup> group) {
    return next(statement, told, group).plan();
  }

  /** Ends what is being made as {@link Ghost#stop} does, and begins no other. */
  public void stop() {
    tell(Ghost::stop);
  }

  /** Ends what is being made as {@link Ghost#cancel} does, and begins no other. */
  public void cancel() {
    tell(Ghost::cancel);
  }

  private synchronized void tell(Consumer<Ghost> wanted) {
    order = wanted;
    begun.forEach(wanted);
  }

  private synchronized Ghost next(
      String statement, MigrationListener told, Optional<CutoverGroup> group) {
    if (order != null) {
      throw new CancelledException(
          "The script was ended before this statement: " + statement,
          "Run it again, and it continues there.");
    }
    Ghost next = new Ghost(settings, statement, told, group);
    begun.add(next);
    return next;
  }
}
