package dev.ghost;

import dev.ghost.api.CancelledException;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.migration.CutoverGroup;
import dev.ghost.internal.migration.Settings;
import dev.ghost.internal.migration.report.RunLog;
import dev.ghost.internal.migration.script.Statements;
import dev.ghost.internal.session.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Several changes, as a script of {@code ALTER TABLE} statements names them: one after the other,
 * or with one cutover for all of them.
 *
 * <pre>{@code
 * List<MigrationResult> results =
 *     ghost.script("ALTER TABLE orders ADD note TEXT; ALTER TABLE items ADD INDEX (day);")
 *         .build()
 *         .run();
 * }</pre>
 *
 * <p>Which statements are made is noted in the database: when one of them fails, or the run is
 * killed, the same script continues with that one. Statements that are not made yet may be changed
 * in the meantime. A script is run once; {@link #run} blocks, {@link #stop} and {@link #cancel} may
 * be called from any thread.
 *
 * @since 0.1
 */
public final class Script {

  private final RunAccess access;
  private final String sql;
  private final boolean atomic;
  private final Function<ServerAddress, Settings> settings;
  private final Set<String> acceptedPublications;
  private final MigrationListener listener;

  // Guarded by this.
  private final List<Migration> begun = new ArrayList<>();

  /** What was told to those that have begun; null while nothing was. */
  private @Nullable Consumer<Migration> told;

  Script(
      RunAccess access,
      String sql,
      boolean atomic,
      Function<ServerAddress, Settings> settings,
      Set<String> acceptedPublications,
      MigrationListener listener) {
    this.access = access;
    this.sql = sql;
    this.atomic = atomic;
    this.settings = settings;
    this.acceptedPublications = acceptedPublications;
    this.listener = listener;
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
    try (Server server = access.open()) {
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
    try (Server server = access.open()) {
      return statements(server).plan((s, t) -> plan(s, listener, t), atomic);
    }
  }

  private Statements statements(Server server) {
    return new Statements(server, sql, acceptedPublications, listener);
  }

  private MigrationResult make(
      String statement, MigrationListener listening, Optional<CutoverGroup> group) {
    return next(statement, listening, group).run();
  }

  private MigrationPlan plan(
      String statement, MigrationListener listening, Optional<CutoverGroup> group) {
    return next(statement, listening, group).plan();
  }

  /** Ends what is being made as {@link Migration#stop} does, and begins no other. */
  public void stop() {
    tell(Migration::stop);
  }

  /** Ends what is being made as {@link Migration#cancel} does, and begins no other. */
  public void cancel() {
    tell(Migration::cancel);
  }

  private synchronized void tell(Consumer<Migration> command) {
    told = command;
    begun.forEach(command);
  }

  private synchronized Migration next(
      String statement, MigrationListener listening, Optional<CutoverGroup> group) {
    if (told != null) {
      throw new CancelledException(
          "The script was ended before this statement: " + statement,
          "Run it again, and it continues there.");
    }
    Migration next =
        new Migration(
            access,
            Optional.empty(),
            server ->
                new dev.ghost.internal.migration.Migration(
                    server,
                    server.dialect().parse(statement),
                    settings.apply(server.address()),
                    listening,
                    group));
    begun.add(next);
    return next;
  }
}
