package dev.ghost.cli;

import dev.ghost.Migration;
import dev.ghost.Script;
import dev.ghost.api.MigrationPlan;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a command runs: a migration, or a script of several.
 *
 * @param run makes the changes, and reports each
 */
record Work(Runnable run, Supplier<List<MigrationPlan>> plans, Runnable stop) {

  static Work of(Migration migration, Reporter reporter) {
    return new Work(
        () -> reporter.done(migration.run()), () -> List.of(migration.plan()), migration::stop);
  }

  /** The reporter is the script's listener, and told of each statement there. */
  static Work of(Script script) {
    return new Work(script::run, script::plan, script::stop);
  }
}
