package dev.ghost.cli;

import dev.ghost.Ghost;
import dev.ghost.Script;
import dev.ghost.api.MigrationPlan;
import java.util.List;

/** What a command runs: a migration, or a script of several. */
interface Work {

  /** Makes the changes, and reports each. */
  void run();

  List<MigrationPlan> plans();

  void stop();

  static Work of(Ghost ghost, Reporter reporter) {
    return new Work() {
      @Override
      public void run() {
        reporter.done(ghost.run());
      }

      @Override
      public List<MigrationPlan> plans() {
        return List.of(ghost.plan());
      }

      @Override
      public void stop() {
        ghost.stop();
      }
    };
  }

  /** The reporter is the script's listener, and told of each statement there. */
  static Work of(Script script) {
    return new Work() {
      @Override
      public void run() {
        script.run();
      }

      @Override
      public List<MigrationPlan> plans() {
        return script.plan();
      }

      @Override
      public void stop() {
        script.stop();
      }
    };
  }
}
